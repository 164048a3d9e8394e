#include "service/retention/sync_slots.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

Account AccountOf(int n) {
  return {*TenantId::Parse("acme"), *Aor::Parse(absl::StrCat(n, "@acme.example"))};
}

Reason ReasonOf(const absl::Status& status) { return GetError(status).value().reason; }

TEST(SyncSlotsTest, AnAccountHasItsShareAndGetsItBack) {
  SyncSlots slots;
  for (int n = 0; n < SyncSlots::kSlotsPerAccount; ++n) EXPECT_TRUE(slots.Take(AccountOf(1)).ok());
  EXPECT_EQ(ReasonOf(slots.Take(AccountOf(1))), Reason::kConflict);
  EXPECT_TRUE(slots.Take(AccountOf(2)).ok()) << "of another account";
  slots.Release(AccountOf(1));
  EXPECT_TRUE(slots.Take(AccountOf(1)).ok());
  EXPECT_EQ(ReasonOf(slots.Take(AccountOf(1))), Reason::kConflict);
}

TEST(SyncSlotsTest, AllAccountsTogetherHaveNoMoreThanThereAre) {
  SyncSlots slots;
  for (int n = 0; n < static_cast<int>(SyncSlots::kSlots); ++n) {
    ASSERT_TRUE(slots.Take(AccountOf(n)).ok()) << n;
  }
  const absl::Status refused = slots.Take(AccountOf(100'000));
  EXPECT_EQ(ReasonOf(refused), Reason::kServiceUnavailable);
  EXPECT_TRUE(GetError(refused)->details.retry_delay.has_value());
  slots.Release(AccountOf(7));
  EXPECT_TRUE(slots.Take(AccountOf(100'000)).ok());
}

}  // namespace
}  // namespace smartcontacts::service
