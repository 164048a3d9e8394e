#include "service/quota/account_slots.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

Account AccountOf(int n, const std::string& tenant = "acme") {
  return {*TenantId::Parse(tenant), *Aor::Parse(absl::StrCat(n, "@", tenant, ".example"))};
}

Reason ReasonOf(const absl::Status& status) { return GetError(status).value().reason; }

TEST(AccountSlotsTest, AnAccountHasItsShareAndGetsItBack) {
  AccountSlots slots({.all = 100, .tenant = 100, .account = 2});
  EXPECT_TRUE(slots.Take(AccountOf(1)).ok());
  EXPECT_TRUE(slots.Take(AccountOf(1)).ok());
  const absl::Status refused = slots.Take(AccountOf(1));
  EXPECT_EQ(ReasonOf(refused), Reason::kConflict);
  EXPECT_TRUE(GetError(refused)->details.retry_delay.has_value());
  EXPECT_TRUE(slots.Take(AccountOf(2)).ok()) << "of another account";
  EXPECT_TRUE(slots.Take(AccountOf(1, "globex")).ok()) << "of another tenant";
  slots.Release(AccountOf(1));
  EXPECT_TRUE(slots.Take(AccountOf(1)).ok());
  EXPECT_EQ(ReasonOf(slots.Take(AccountOf(1))), Reason::kConflict);
}

TEST(AccountSlotsTest, ATenantDoesNotKeepTheOthersOut) {
  AccountSlots slots({.all = 100, .tenant = 3, .account = 2});
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(slots.Take(AccountOf(n)).ok()) << n;
  EXPECT_EQ(ReasonOf(slots.Take(AccountOf(3))), Reason::kServiceUnavailable);
  EXPECT_TRUE(slots.Take(AccountOf(3, "globex")).ok());
  slots.Release(AccountOf(1));
  EXPECT_TRUE(slots.Take(AccountOf(3)).ok());
}

TEST(AccountSlotsTest, AllTogetherHaveNoMoreThanThereAre) {
  AccountSlots slots({.all = 3, .tenant = 3, .account = 2});
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(slots.Take(AccountOf(n)).ok()) << n;
  const absl::Status refused = slots.Take(AccountOf(1, "globex"));
  EXPECT_EQ(ReasonOf(refused), Reason::kServiceUnavailable);
  EXPECT_TRUE(GetError(refused)->details.retry_delay.has_value());
  slots.Release(AccountOf(2));
  EXPECT_TRUE(slots.Take(AccountOf(1, "globex")).ok());
}

}  // namespace
}  // namespace smartcontacts::service
