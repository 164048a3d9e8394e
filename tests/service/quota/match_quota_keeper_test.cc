#include "service/quota/match_quota_keeper.h"

#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "crypto/secret.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'790'000'000);
// 1 digest a second comes back.
const MatchQuota kQuota{.full_capacity = 1000,
                        .full_refill_per_day = 86'400,
                        .incremental_capacity = 5000,
                        .incremental_refill_per_day = 864'000};

Account AccountOf(const std::string& tenant, const std::string& user) {
  return {*TenantId::Parse(tenant), *Aor::Parse(user + "@" + tenant + ".example")};
}

class MatchQuotaKeeperTest : public testing::Test {
 protected:
  void SetUp() override { crypto::InitializeOrDie(); }
};

TEST_F(MatchQuotaKeeperTest, AChargeIsAllOrNothingAndSaysHowLongToWait) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kFull, 900, kQuota, kStart).ok());
  const absl::Status refused = keeper.Charge(account, MatchKind::kFull, 150, kQuota, kStart);
  const auto error = GetError(refused);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->reason, Reason::kQuotaExceeded);
  EXPECT_EQ(error->details.quota, "match-full");
  EXPECT_EQ(error->details.retry_delay, absl::Seconds(50));
  EXPECT_FALSE(
      keeper.Charge(account, MatchKind::kFull, 150, kQuota, kStart + absl::Seconds(49)).ok());
  EXPECT_TRUE(
      keeper.Charge(account, MatchKind::kFull, 150, kQuota, kStart + absl::Seconds(50)).ok());
}

TEST_F(MatchQuotaKeeperTest, FullAndIncrementalAreSeparate) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kFull, 1000, kQuota, kStart).ok());
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kIncremental, 5000, kQuota, kStart).ok());
  const auto error = GetError(keeper.Charge(account, MatchKind::kIncremental, 1, kQuota, kStart));
  EXPECT_EQ(error->details.quota, "match-incremental");
}

TEST_F(MatchQuotaKeeperTest, AccountsAndTenantsAreSeparate) {
  MatchQuotaKeeper keeper(100);
  EXPECT_TRUE(keeper.Charge(AccountOf("acme", "101"), MatchKind::kFull, 1000, kQuota, kStart).ok());
  EXPECT_TRUE(keeper.Charge(AccountOf("acme", "102"), MatchKind::kFull, 1000, kQuota, kStart).ok());
  const Account elsewhere{*TenantId::Parse("globex"), AccountOf("acme", "101").aor};
  EXPECT_TRUE(keeper.Charge(elsewhere, MatchKind::kFull, 1000, kQuota, kStart).ok());
}

TEST_F(MatchQuotaKeeperTest, WhatIsLeftComesBackAndIsNeverMoreThanTheCapacity) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  const auto available = [&](absl::Time now) {
    return keeper.Available(account, MatchKind::kFull, kQuota, now);
  };
  EXPECT_EQ(available(kStart), 1000) << "nothing was used";
  EXPECT_EQ(keeper.FullAt(account, MatchKind::kFull, kStart), kStart);
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kFull, 900, kQuota, kStart).ok());
  EXPECT_EQ(available(kStart), 100);
  EXPECT_EQ(available(kStart + absl::Seconds(300)), 400);
  EXPECT_EQ(keeper.FullAt(account, MatchKind::kFull, kStart), kStart + absl::Seconds(900));
  EXPECT_EQ(available(kStart + absl::Hours(48)), 1000);
  EXPECT_EQ(keeper.Available(account, MatchKind::kIncremental, kQuota, kStart), 5000);
}

TEST_F(MatchQuotaKeeperTest, WhatIsLeftCanBeCharged) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kFull, 333, kQuota, kStart).ok());
  const absl::Time later = kStart + absl::Milliseconds(500);
  const std::int64_t left = keeper.Available(account, MatchKind::kFull, kQuota, later);
  EXPECT_FALSE(keeper.Charge(account, MatchKind::kFull, left + 1, kQuota, later).ok());
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kFull, left, kQuota, later).ok());
}

TEST_F(MatchQuotaKeeperTest, WithALowerCapacityNothingIsLeftRatherThanLess) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  EXPECT_TRUE(keeper.Charge(account, MatchKind::kFull, 900, kQuota, kStart).ok());
  MatchQuota lower = kQuota;
  lower.full_capacity = 500;
  EXPECT_EQ(keeper.Available(account, MatchKind::kFull, lower, kStart), 0);
}

TEST_F(MatchQuotaKeeperTest, WhatTheBucketNeverHoldsIsNoMatterOfWaiting) {
  MatchQuotaKeeper keeper(100);
  const auto error =
      GetError(keeper.Charge(AccountOf("acme", "101"), MatchKind::kFull, 1001, kQuota, kStart));
  EXPECT_EQ(error->reason, Reason::kBatchTooLarge);
}

TEST_F(MatchQuotaKeeperTest, AgreesWithABucketThatIsCountedSecondBySecond) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  std::mt19937 random(3);
  std::int64_t available = kQuota.full_capacity;
  absl::Time now = kStart;
  for (int i = 0; i < 5000; ++i) {
    const auto seconds = static_cast<std::int64_t>(random() % 100);
    now += absl::Seconds(seconds);
    available = std::min(available + seconds, kQuota.full_capacity);
    const auto digests = static_cast<std::int64_t>(random() % 200);
    const bool expected = digests <= available;
    ASSERT_EQ(keeper.Charge(account, MatchKind::kFull, digests, kQuota, now).ok(), expected);
    if (expected) available -= digests;
  }
}

TEST_F(MatchQuotaKeeperTest, WhoUsedMostIsForgottenLast) {
  MatchQuotaKeeper keeper(160);
  const Account heavy = AccountOf("acme", "heavy");
  ASSERT_TRUE(keeper.Charge(heavy, MatchKind::kFull, 1000, kQuota, kStart).ok());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(
        keeper.Charge(AccountOf("acme", std::to_string(i)), MatchKind::kFull, 1, kQuota, kStart)
            .ok());
  }
  EXPECT_FALSE(keeper.Charge(heavy, MatchKind::kFull, 1000, kQuota, kStart).ok());
}

TEST_F(MatchQuotaKeeperTest, ThreadsTogetherGetNoMoreThanTheBucket) {
  MatchQuotaKeeper keeper(100);
  const Account account = AccountOf("acme", "101");
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 500; ++j) {
        if (keeper.Charge(account, MatchKind::kFull, 1, kQuota, kStart).ok()) ++granted;
        keeper
            .Charge(AccountOf("acme", "other-" + std::to_string(j)), MatchKind::kFull, 1, kQuota,
                    kStart)
            .IgnoreError();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 1000);
}

}  // namespace
}  // namespace smartcontacts::service
