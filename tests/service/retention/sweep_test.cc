#include "service/retention/sweep.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>

#include "absl/time/clock.h"
#include "service/retention/sweeper.h"
#include "tests/conformance/fixtures.h"

namespace smartcontacts::service {
namespace {

using fixtures::Id;
using fixtures::kNow;
using storage::BookFilter;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Duration kInterval = absl::Seconds(60);
constexpr absl::Duration kCeiling = absl::Hours(24 * 365);

// Of the store what a sweep asks for: tenants, and what was asked to be erased.
class FakeStore final : public storage::TenantStore,
                        public storage::EpochStore,
                        public storage::AddressBookStore,
                        public storage::LeaseStore {
 public:
  struct Discarded {
    TenantId id;
    BookFilter filter;
    storage::Act act;
    std::string action;
  };

  absl::StatusOr<std::vector<Tenant>> ListTenants(const std::optional<TenantId>& after,
                                                  int limit) override {
    if (!available) return absl::UnavailableError("no database");
    std::vector<Tenant> page;
    for (const auto& [id, tenant] : tenants) {
      if (after.has_value() && !(*after < id)) continue;
      if (page.size() < static_cast<std::size_t>(limit)) page.push_back(tenant);
    }
    return page;
  }
  absl::StatusOr<std::vector<storage::EpochRecord>> ListEpochs(const TenantId&) override {
    return epochs;
  }
  absl::StatusOr<storage::BookCounts> DiscardBooks(const TenantId& id, const BookFilter& filter,
                                                   const storage::Act& act,
                                                   const std::string& action) override {
    if (purged == id) return absl::NotFoundError("no such tenant");
    if (broken == id) return absl::DataLossError("a row does not open");
    discarded.push_back({id, filter, act, action});
    return storage::BookCounts{};
  }
  absl::StatusOr<std::int64_t> EraseDiscarded(const TenantId& id,
                                              std::int64_t contacts_max) override {
    if (purged == id) return absl::NotFoundError("no such tenant");
    const std::int64_t erased = std::min<std::int64_t>(left, contacts_max);
    left -= erased;
    return erased;
  }
  absl::StatusOr<bool> TakeLease(const std::string& name, const std::string& holder,
                                 absl::Duration duration, absl::Time now) override {
    EXPECT_EQ(name, "sweep");
    EXPECT_EQ(duration, 3 * kInterval);
    ++leases_asked;
    if (holder != lease_holder && now < lease_end) return false;
    lease_holder = holder;
    lease_end = now + duration;
    return true;
  }

  std::map<TenantId, Tenant> tenants;
  std::vector<storage::EpochRecord> epochs = {{.number = 1}};
  std::vector<Discarded> discarded;
  std::atomic<std::int64_t> left = 0;
  std::optional<TenantId> purged;
  std::optional<TenantId> broken;
  bool available = true;
  std::string lease_holder;
  absl::Time lease_end = absl::InfinitePast();
  int leases_asked = 0;

 private:
  // What a sweep has no business with.
  static absl::Status Refused() { return absl::InternalError("not the sweep's business"); }
  absl::StatusOr<Tenant> CreateTenant(const Tenant&, const crypto::EpochSalt&,
                                      const storage::Act&) override {
    return Refused();
  }
  absl::StatusOr<Tenant> GetTenant(const TenantId&) override { return Refused(); }
  absl::StatusOr<Tenant> UpdateTenant(const TenantId&, const std::function<absl::Status(Tenant&)>&,
                                      const storage::Act&) override {
    return Refused();
  }
  absl::StatusOr<std::vector<storage::TenantVersion>> ReadVersions(
      absl::Span<const TenantId>) override {
    return Refused();
  }
  absl::StatusOr<storage::EpochRecord> RotateEpoch(const TenantId&, const crypto::EpochSalt&,
                                                   absl::Duration, const storage::Act&,
                                                   std::int64_t) override {
    return Refused();
  }
  absl::StatusOr<storage::SyncOutcome> SyncBook(const TenantId&, const storage::BookSync&,
                                                const storage::BookConditions&,
                                                absl::Time) override {
    return Refused();
  }
  absl::StatusOr<std::vector<storage::BookRecord>> ListBooks(const TenantId&, const Aor&,
                                                             absl::Time) override {
    return Refused();
  }
  absl::StatusOr<std::vector<storage::BookKey>> FindBooks(const TenantId&,
                                                          absl::Span<const storage::BookKey>,
                                                          absl::Time) override {
    return Refused();
  }
  absl::StatusOr<std::vector<storage::Holder>> FindHolders(const TenantId&, std::int64_t,
                                                           absl::Span<const crypto::Digest>,
                                                           const std::optional<storage::BookKey>&,
                                                           absl::Time) override {
    return Refused();
  }
  absl::StatusOr<storage::BookCounts> CountBooks(const TenantId&, const BookFilter&) override {
    return Refused();
  }
};

class SweepTest : public testing::Test {
 protected:
  SweepTest() {
    crypto::InitializeOrDie();
    AddTenant("acme");
  }

  void AddTenant(const std::string& name) {
    Tenant tenant = fixtures::NewTenant(name);
    tenant.policy.retention = {.offered = true, .period = absl::Hours(24 * 30)};
    store_.tenants.emplace(tenant.id, tenant);
  }
  SweepContext Context() {
    return {.tenants = store_,
            .epochs = store_,
            .books = store_,
            .leases = store_,
            .pace = pace_,
            .log = log_,
            .clock = [this] { return wall_; },
            .running_clock = [this] { return running_; },
            .interval = kInterval,
            .retention_max = kCeiling};
  }
  // What is between two rounds while the clock is right.
  void Wait(absl::Duration duration) {
    wall_ += duration;
    running_ += duration;
  }
  // The times before which a round let books expire.
  std::vector<absl::Time> Expired(Sweep& sweep) {
    store_.discarded.clear();
    EXPECT_TRUE(sweep.Round().ok());
    std::vector<absl::Time> times;
    for (const FakeStore::Discarded& discarded : store_.discarded) {
      if (discarded.filter.synced_before.has_value())
        times.push_back(*discarded.filter.synced_before);
    }
    return times;
  }

  const Log log_ = *Log::Create("error");
  Pace pace_;
  FakeStore store_;
  absl::Time wall_ = kNow;
  absl::Duration running_ = absl::Hours(5);
};

TEST_F(SweepTest, WhatWasNotSyncedForThePeriodExpiresAndTheLogSaysThatTheServiceDidIt) {
  Sweep sweep(Context());
  EXPECT_THAT(Expired(sweep), ElementsAre(kNow - absl::Hours(24 * 30)));
  const FakeStore::Discarded& discarded = store_.discarded.front();
  EXPECT_EQ(discarded.id, Id("acme"));
  EXPECT_EQ(discarded.act.actor, "service");
  EXPECT_EQ(discarded.act.time, kNow);
  EXPECT_EQ(discarded.action, "expire");
  EXPECT_FALSE(discarded.filter.account.has_value() || discarded.filter.epoch_below.has_value());
}

TEST_F(SweepTest, WithoutAnOfferEverythingExpires) {
  store_.tenants.at(Id("acme")).policy.retention.offered = false;
  Sweep sweep(Context());
  EXPECT_THAT(Expired(sweep), ElementsAre(absl::InfiniteFuture()));
}

TEST_F(SweepTest, BooksOfEpochsThatEndedExpire) {
  store_.epochs = {{.number = 7}, {.number = 6, .expire_time = kNow + absl::Seconds(1)}};
  Sweep sweep(Context());
  ASSERT_TRUE(sweep.Round().ok());
  EXPECT_EQ(store_.discarded.back().filter.epoch_below, 6);
  Wait(absl::Seconds(1));
  ASSERT_TRUE(sweep.Round().ok());
  EXPECT_EQ(store_.discarded.back().filter.epoch_below, 7);
}

TEST_F(SweepTest, EveryTenantIsSweptWhateverHappensToOthers) {
  for (int i = 0; i < 250; ++i) AddTenant(absl::StrCat("tenant-", i));
  store_.purged = Id("tenant-1");
  store_.broken = Id("tenant-2");
  Sweep sweep(Context());
  EXPECT_TRUE(absl::IsDataLoss(sweep.Round()));
  EXPECT_EQ(sweep.last_success(), absl::UnixEpoch());
  EXPECT_EQ(store_.discarded.size(), 2U * (251 - 2));
}

TEST_F(SweepTest, WhatIsDiscardedIsErasedInBatchesToTheEnd) {
  store_.left = 12'345;
  Sweep sweep(Context());
  ASSERT_TRUE(sweep.Round().ok());
  EXPECT_EQ(store_.left, 0);
}

TEST_F(SweepTest, OnlyOneServerExpiresAndAnotherFollowsItWhenItIsGone) {
  Sweep first(Context());
  Sweep second(Context());
  EXPECT_EQ(Expired(first).size(), 1U);
  EXPECT_THAT(Expired(second), IsEmpty());
  EXPECT_EQ(first.last_success(), wall_);
  EXPECT_EQ(second.last_success(), absl::UnixEpoch()) << "it did nothing";
  Wait(kInterval);
  EXPECT_EQ(Expired(first).size(), 1U) << "the lease is renewed";
  Wait(3 * kInterval - absl::Seconds(1));
  EXPECT_THAT(Expired(second), IsEmpty());
  Wait(absl::Seconds(1));
  EXPECT_EQ(Expired(second).size(), 1U);
  EXPECT_THAT(Expired(first), IsEmpty()) << "it notices that it leads no more";
}

TEST_F(SweepTest, NothingExpiresForAnHourAfterTheClockJumpedAhead) {
  Sweep sweep(Context());
  EXPECT_EQ(Expired(sweep).size(), 1U);
  const absl::Time before = sweep.last_success();
  Wait(kInterval);
  wall_ += absl::Hours(24 * 365 * 10);
  store_.left = 10;
  const int leases_asked = store_.leases_asked;
  EXPECT_THAT(Expired(sweep), IsEmpty());
  EXPECT_EQ(store_.leases_asked, leases_asked) << "no lease that ends in ten years";
  EXPECT_EQ(store_.left, 0) << "what was erased before needs no clock";
  EXPECT_EQ(sweep.erased_contacts(), 10);
  EXPECT_EQ(sweep.last_success(), before) << "that is no success";
  Wait(absl::Minutes(59));
  EXPECT_THAT(Expired(sweep), IsEmpty());
  Wait(absl::Minutes(2));
  EXPECT_EQ(Expired(sweep).size(), 1U) << "not for ever";
}

TEST_F(SweepTest, AnotherJumpBeginsAnotherHour) {
  Sweep sweep(Context());
  EXPECT_EQ(Expired(sweep).size(), 1U);
  wall_ += absl::Hours(1);
  EXPECT_THAT(Expired(sweep), IsEmpty());
  Wait(absl::Minutes(50));
  wall_ += absl::Hours(1);
  EXPECT_THAT(Expired(sweep), IsEmpty());
  Wait(absl::Minutes(50));
  EXPECT_THAT(Expired(sweep), IsEmpty());
  Wait(absl::Minutes(10));
  EXPECT_EQ(Expired(sweep).size(), 1U);
}

TEST_F(SweepTest, ASmallCorrectionAndAClockThatWasSetBackDoNotMatter) {
  Sweep sweep(Context());
  EXPECT_EQ(Expired(sweep).size(), 1U);
  wall_ += absl::Minutes(10);
  EXPECT_EQ(Expired(sweep).size(), 1U);
  wall_ -= absl::Hours(24);
  EXPECT_THAT(Expired(sweep), ElementsAre(wall_ - absl::Hours(24 * 30)));
}

TEST_F(SweepTest, AStoppedSweepBeginsNothing) {
  Sweep sweep(Context());
  sweep.Stop();
  store_.left = 10;
  EXPECT_THAT(Expired(sweep), IsEmpty());
  EXPECT_TRUE(sweep.EraseDiscarded(Id("acme")).ok());
  EXPECT_EQ(store_.left, 10);
}

TEST_F(SweepTest, TheThreadBeginsAtOnceAndAgainWhenItIsWoken) {
  store_.left = 10;
  Sweeper sweeper(Context());
  const auto await_erased = [this] {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    while (store_.left > 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    return store_.left == 0;
  };
  EXPECT_TRUE(await_erased());
  store_.left = 10;
  sweeper.Wake(Id("acme"));
  EXPECT_TRUE(await_erased());
}

TEST(PaceTest, AllTogetherTakeAQuarterOfTheTimeAtMost) {
  Pace pace;
  std::atomic<bool> running = false;
  const absl::Time begin = absl::Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int batch = 0; batch < 3; ++batch) {
        pace.Run([&] {
          EXPECT_FALSE(running.exchange(true)) << "one batch at a time";
          absl::SleepFor(absl::Milliseconds(20));
          running = false;
          return 0;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(absl::Now() - begin, 4 * 6 * absl::Milliseconds(20));
}

}  // namespace
}  // namespace smartcontacts::service
