#include "service/matching/tenant_cache.h"

#include <gmock/gmock.h>

#include <thread>

#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/fixtures.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::service {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using fixtures::Salt;

constexpr std::int64_t kNoLimit = 1'000'000;

class TenantCacheTest : public testing::Test {
 protected:
  TenantCacheTest() {
    crypto::InitializeOrDie();
    key_store_ = *storage::OpenSqliteKeyStore(directory_ / "keys.db");
    keys_ = *storage::KeyRing::Open(*crypto::MasterKey::Parse(crypto::MasterKey::GenerateText()),
                                    *key_store_);
    store_ = *storage::OpenSqliteStore(directory_ / "data.db", *keys_);
    for (const char* name : {"acme", "globex", "initech"}) {
      EXPECT_TRUE(store_->CreateTenant(fixtures::NewTenant(name), Salt(1), By(kNow)).ok());
    }
  }

  TenantCache MakeCache(std::size_t bytes_max = std::size_t{1} << 30) {
    return {*store_, [this] { return now_; }, log_, bytes_max};
  }
  void Upsert(const std::string& tenant, std::vector<Subscriber> people) {
    ASSERT_TRUE(store_->Apply(Id(tenant), {.upserts = std::move(people)}, kNoLimit, By(kNow)).ok());
  }

  const TemporaryDirectory directory_;
  const Log log_ = *Log::Create("error");
  absl::Time now_ = kNow;
  std::unique_ptr<storage::KeyStore> key_store_;
  std::unique_ptr<storage::KeyRing> keys_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(TenantCacheTest, ATenantLoadsOnFirstUse) {
  Upsert("acme", {Person(1, {491})});
  TenantCache cache = MakeCache();
  EXPECT_EQ(cache.GetIfLoaded(Id("acme")), nullptr);
  const auto tenant = cache.Get(Id("acme"));
  ASSERT_TRUE(tenant.ok()) << tenant.status();
  EXPECT_EQ((*tenant)->directory->subscriber_count(), 1U);
  EXPECT_EQ((*tenant)->directory->revision(), 1);
  EXPECT_EQ(cache.GetIfLoaded(Id("acme")), *tenant);
  EXPECT_TRUE(absl::IsNotFound(cache.Get(Id("nobody")).status()));
}

TEST_F(TenantCacheTest, WhoHoldsATenantKeepsItAsItWas) {
  TenantCache cache = MakeCache();
  const auto before = *cache.Get(Id("acme"));
  Upsert("acme", {Person(1, {491})});
  EXPECT_TRUE(cache.Refresh(Id("acme")).ok());
  EXPECT_EQ(before->directory->subscriber_count(), 0U);
  const auto after = cache.GetIfLoaded(Id("acme"));
  EXPECT_EQ(after->directory->subscriber_count(), 1U);
  EXPECT_TRUE(after->directory->FindAccount(AorOf(1).value()).has_value());
}

TEST_F(TenantCacheTest, RefreshBringsPolicyAndEpochs) {
  Upsert("acme", {Person(1, {491})});
  TenantCache cache = MakeCache();
  ASSERT_TRUE(cache.Get(Id("acme")).ok());
  const auto suspend = [](Tenant& tenant) {
    tenant.state = TenantState::kSuspended;
    return absl::OkStatus();
  };
  ASSERT_TRUE(store_->UpdateTenant(Id("acme"), suspend, By(kNow)).ok());
  ASSERT_TRUE(
      store_->RotateEpoch(Id("acme"), Salt(2), absl::Hours(1), By(kNow), storage::kAnyEpoch).ok());
  EXPECT_TRUE(cache.Refresh(Id("acme")).ok());
  const auto tenant = cache.GetIfLoaded(Id("acme"));
  EXPECT_EQ(tenant->tenant.state, TenantState::kSuspended);
  EXPECT_EQ(tenant->epochs.front().number, 2);
  EXPECT_TRUE(tenant->directory->HasEpoch(1));
  const crypto::Digest digest = crypto::Digester(Salt(2))(fixtures::Global(491));
  EXPECT_TRUE(tenant->directory->Holds(2, digest, AorOf(1).value()));

  now_ = kNow + absl::Hours(2);
  EXPECT_TRUE(cache.Refresh(Id("acme")).ok());
  EXPECT_FALSE(cache.GetIfLoaded(Id("acme"))->directory->HasEpoch(1)) << "it has expired";
}

TEST_F(TenantCacheTest, BeyondTheBudgetTheLeastRecentlyUsedLeaves) {
  TenantCache cache = MakeCache(/*bytes_max=*/1);
  ASSERT_TRUE(cache.Get(Id("acme")).ok());
  EXPECT_NE(cache.GetIfLoaded(Id("acme")), nullptr) << "one alone stays";
  ASSERT_TRUE(cache.Get(Id("globex")).ok());
  EXPECT_EQ(cache.GetIfLoaded(Id("acme")), nullptr);
  EXPECT_NE(cache.GetIfLoaded(Id("globex")), nullptr);

  const std::size_t one = (*cache.Get(Id("globex")))->directory->bytes();
  TenantCache two = MakeCache(2 * one);
  ASSERT_TRUE(two.Get(Id("acme")).ok());
  ASSERT_TRUE(two.Get(Id("globex")).ok());
  two.GetIfLoaded(Id("acme"));
  ASSERT_TRUE(two.Get(Id("initech")).ok());
  EXPECT_NE(two.GetIfLoaded(Id("acme")), nullptr);
  EXPECT_EQ(two.GetIfLoaded(Id("globex")), nullptr);
}

TEST_F(TenantCacheTest, WhatWasWrittenBeforeARefreshIsSeenAfterIt) {
  TenantCache cache = MakeCache();
  ASSERT_TRUE(cache.Get(Id("acme")).ok());
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < 20; ++i) {
        const Subscriber person = Person(100 * writer + i, {49000 + 100 * writer + i});
        Upsert("acme", {person});
        EXPECT_TRUE(cache.Refresh(Id("acme")).ok());
        const auto tenant = cache.GetIfLoaded(Id("acme"));
        ASSERT_NE(tenant, nullptr);
        EXPECT_TRUE(tenant->directory->FindAccount(person.aor.value()).has_value());
        const crypto::Digest digest =
            crypto::Digester(tenant->epochs.front().salt)(person.identifiers.front());
        EXPECT_TRUE(tenant->directory->Holds(1, digest, person.aor.value()));
      }
    });
  }
  // Readers and evictions go on meanwhile.
  threads.emplace_back([&] {
    for (int i = 0; i < 200; ++i) {
      const auto tenant = cache.Get(Id(i % 2 == 0 ? "acme" : "globex"));
      EXPECT_TRUE(tenant.ok());
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.GetIfLoaded(Id("acme"))->directory->subscriber_count(), 80U);
}

}  // namespace
}  // namespace smartcontacts::service
