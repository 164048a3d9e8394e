#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <utility>

#include "tests/conformance/fixtures.h"
#include "tests/conformance/store_conformance.h"

namespace smartcontacts::storage {
namespace {

using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::NewTenant;
using fixtures::Person;
using fixtures::Salt;
using testing::SizeIs;

constexpr std::int64_t kNoLimit = 1'000'000;

TEST_P(StoreConformance, ANewTenantHasRevision0AndEpoch1) {
  const auto created = store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow));
  ASSERT_TRUE(created.ok()) << created.status();
  Tenant expected = NewTenant("acme");
  expected.epoch = 1;
  expected.create_time = kNow;
  expected.update_time = kNow;
  EXPECT_EQ(*created, expected);
  EXPECT_EQ(*store().GetTenant(Id("acme")), expected);
}

TEST_P(StoreConformance, EveryFieldOfAPolicySurvivesARestart) {
  Tenant tenant = NewTenant("acme");
  tenant.state = TenantState::kSuspended;
  tenant.sip_domains = {"a.example", "b.example"};
  tenant.policy = {.dial_plan = {"MX", "9", "00", "01", "[1-7][0-9]{2}", "a.example"},
                   .matching_enabled = false,
                   .match_quota = {1, 2, 3, 4, 5, 6},
                   .check_interval = absl::Hours(7),
                   .retention = {true, absl::Hours(48)},
                   .private_mode = PrivateMode::kRequired,
                   .privacy_policy_version = "2026-11",
                   .privacy_policy_uri = "https://a.example/privacy"};
  ASSERT_TRUE(store().CreateTenant(tenant, Salt(1), By(kNow)).ok());
  backend_->Reopen();
  const auto read = store().GetTenant(Id("acme"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->policy, tenant.policy);
  EXPECT_EQ(read->sip_domains, tenant.sip_domains);
  EXPECT_EQ(read->state, tenant.state);
}

TEST_P(StoreConformance, ATenantsNameIsTakenOnce) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  Tenant other = NewTenant("acme");
  other.sip_domains = {"other.example"};
  const auto again = store().CreateTenant(other, Salt(2), By(kNow));
  EXPECT_TRUE(absl::IsAlreadyExists(again.status()));
  EXPECT_THAT(std::string(again.status().message()), testing::StartsWith("tenant"));
  EXPECT_EQ(store().GetTenant(Id("acme"))->sip_domains, NewTenant("acme").sip_domains);
  EXPECT_EQ(store().ListEpochs(Id("acme"))->front().salt, Salt(1));
}

TEST_P(StoreConformance, NoTwoTenantsShareASipDomain) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  Tenant other = NewTenant("globex");
  other.sip_domains = {"acme.example", "globex.example"};
  const auto refused = store().CreateTenant(other, Salt(1), By(kNow));
  EXPECT_TRUE(absl::IsAlreadyExists(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()), testing::StartsWith("sip domain"));
  EXPECT_TRUE(absl::IsNotFound(store().GetTenant(Id("globex")).status()));

  ASSERT_TRUE(store().CreateTenant(NewTenant("globex"), Salt(1), By(kNow)).ok());
  const auto update = store().UpdateTenant(
      Id("globex"),
      [](Tenant& tenant) {
        tenant.state = TenantState::kSuspended;
        tenant.sip_domains.push_back("acme.example");
        return absl::OkStatus();
      },
      By(kNow));
  EXPECT_TRUE(absl::IsAlreadyExists(update.status()));
  EXPECT_EQ(store().GetTenant(Id("globex"))->state, TenantState::kActive);
}

TEST_P(StoreConformance, UpdateChangesWhatItWasToldAndTheUpdateTimeOnly) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  const absl::Time later = kNow + absl::Hours(1);
  const auto updated = store().UpdateTenant(
      Id("acme"),
      [](Tenant& tenant) {
        tenant.policy.matching_enabled = false;
        return absl::OkStatus();
      },
      By(later));
  ASSERT_TRUE(updated.ok()) << updated.status();
  Tenant expected = NewTenant("acme");
  expected.policy.matching_enabled = false;
  expected.version = 1;
  expected.epoch = 1;
  expected.create_time = kNow;
  expected.update_time = later;
  EXPECT_EQ(*updated, expected);
  EXPECT_EQ(*store().GetTenant(Id("acme")), expected);
}

TEST_P(StoreConformance, AnUpdateThatFailsChangesNothing) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  const auto failed = store().UpdateTenant(
      Id("acme"),
      [](Tenant& tenant) {
        tenant.state = TenantState::kSuspended;
        return absl::InvalidArgumentError("no");
      },
      By(kNow));
  EXPECT_TRUE(absl::IsInvalidArgument(failed.status()));
  EXPECT_EQ(store().GetTenant(Id("acme"))->state, TenantState::kActive);
}

TEST_P(StoreConformance, TheVersionGrowsWithEveryChangeOfAnything) {
  std::int64_t last = store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow))->version;
  ASSERT_TRUE(store().CreateTenant(NewTenant("globex"), Salt(1), By(kNow)).ok());
  const std::vector<TenantId> ids = {Id("acme"), Id("unknown")};
  const auto grown = [&](bool ok) {
    EXPECT_TRUE(ok);
    const auto versions = store().ReadVersions(ids);
    EXPECT_TRUE(versions.ok()) << versions.status();
    EXPECT_THAT(*versions, SizeIs(1)) << "what is not there has no version";
    const std::int64_t before = std::exchange(last, versions->front().version);
    EXPECT_EQ(versions->front().id, Id("acme"));
    EXPECT_EQ(store().GetTenant(Id("acme"))->version, last);
    return last > before;
  };
  const auto keep = [](Tenant&) { return absl::OkStatus(); };
  EXPECT_TRUE(grown(store().UpdateTenant(Id("acme"), keep, By(kNow)).ok()));
  EXPECT_TRUE(grown(
      store().RotateEpoch(Id("acme"), Salt(2), absl::Hours(1), By(kNow), storage::kAnyEpoch).ok()));
  const auto apply = [&](const char* tenant, int person) {
    return store()
        .Apply(Id(tenant), {.upserts = {Person(person, {}, tenant)}}, kNoLimit, By(kNow))
        .ok();
  };
  EXPECT_TRUE(grown(apply("acme", 101)));
  EXPECT_FALSE(grown(apply("acme", 101))) << "nothing changed";
  EXPECT_FALSE(grown(apply("globex", 101))) << "another tenant";
  const auto import = store().BeginImport(Id("acme"), {kNoLimit, true}, By(kNow));
  ASSERT_TRUE((*import)->Stage({Person(102, {})}).ok());
  EXPECT_FALSE(grown(true)) << "staged only";
  EXPECT_TRUE(grown((*import)->Commit().ok()));
}

TEST_P(StoreConformance, OneOfManyCreatesATenant) {
  std::atomic<int> created{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto tenant = store().CreateTenant(NewTenant("acme"), Salt(i + 1), By(kNow));
      if (tenant.ok()) {
        ++created;
      } else {
        EXPECT_TRUE(absl::IsAlreadyExists(tenant.status())) << tenant.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_TRUE(store().ListEpochs(Id("acme")).ok());
}

TEST_P(StoreConformance, UpdatesAtTheSameTimeAreNotLost) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  constexpr int kThreads = 4;
  constexpr int kUpdates = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kUpdates; ++j) {
        const auto updated = store().UpdateTenant(
            Id("acme"),
            [](Tenant& tenant) {
              tenant.policy.check_interval += absl::Seconds(1);
              return absl::OkStatus();
            },
            By(kNow));
        EXPECT_TRUE(updated.ok()) << updated.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().GetTenant(Id("acme"))->policy.check_interval,
            NewTenant("acme").policy.check_interval + absl::Seconds(kThreads * kUpdates));
}

TEST_P(StoreConformance, TimesAreKeptToTheMicrosecondAndTextAsItIs) {
  Tenant tenant = NewTenant("acme");
  tenant.policy.privacy_policy_version = "v1 \"\\' \xc3\xa4\xe2\x82\xac\xf0\x9f\x93\x9e";
  const absl::Time now = absl::FromUnixMicros(1'790'000'000'123'456) + absl::Nanoseconds(789);
  const auto created = store().CreateTenant(tenant, Salt(1), By(now));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->create_time, absl::FromUnixMicros(1'790'000'000'123'456));
  EXPECT_EQ(*store().GetTenant(Id("acme")), *created);
  EXPECT_EQ(created->policy, tenant.policy);
}

TEST_P(StoreConformance, TenantsAreListedByNameAndPage) {
  for (const char* name : {"c", "a", "b", "d"}) {
    ASSERT_TRUE(store().CreateTenant(NewTenant(name), Salt(1), By(kNow)).ok());
  }
  const auto first = store().ListTenants(std::nullopt, 3);
  ASSERT_THAT(*first, SizeIs(3));
  EXPECT_EQ((*first)[0].id, Id("a"));
  EXPECT_EQ((*first)[2].id, Id("c"));
  const auto rest = store().ListTenants((*first)[2].id, 3);
  ASSERT_THAT(*rest, SizeIs(1));
  EXPECT_EQ((*rest)[0].id, Id("d"));
  EXPECT_EQ((*rest)[0].sip_domains, std::vector<std::string>{"d.example"});
}

TEST_P(StoreConformance, EveryOperationOnAnUnknownTenantIsNotFound) {
  const TenantId id = Id("nobody");
  const auto keep = [](Tenant&) { return absl::OkStatus(); };
  EXPECT_TRUE(absl::IsNotFound(store().GetTenant(id).status()));
  EXPECT_TRUE(absl::IsNotFound(store().UpdateTenant(id, keep, By(kNow)).status()));
  EXPECT_TRUE(absl::IsNotFound(
      store().RotateEpoch(id, Salt(1), absl::Hours(1), By(kNow), storage::kAnyEpoch).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ListEpochs(id).status()));
  EXPECT_TRUE(absl::IsNotFound(store().Apply(id, {}, kNoLimit, By(kNow)).status()));
  EXPECT_TRUE(absl::IsNotFound(store().BeginImport(id, {}, By(kNow)).status()));
  EXPECT_TRUE(absl::IsNotFound(store().GetSubscriber(id, fixtures::AorOf(1)).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ListSubscribers(id, std::nullopt, 10).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadDirectory(id, 0, [](const auto&) {}).status()));
}

TEST_P(StoreConformance, RotationKeepsTheEpochBeforeUntilItsTime) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  const absl::Time later = kNow + absl::Hours(10);
  const auto second =
      store().RotateEpoch(Id("acme"), Salt(2), absl::Hours(5), By(later), storage::kAnyEpoch);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->number, 2);
  EXPECT_EQ(second->salt, Salt(2));
  backend_->Reopen();
  const auto epochs = store().ListEpochs(Id("acme"));
  ASSERT_THAT(*epochs, SizeIs(2));
  EXPECT_EQ((*epochs)[0].number, 2);
  EXPECT_EQ((*epochs)[0].salt, Salt(2));
  EXPECT_EQ((*epochs)[0].create_time, later);
  EXPECT_EQ((*epochs)[0].expire_time, std::nullopt);
  EXPECT_EQ((*epochs)[1].salt, Salt(1));
  EXPECT_EQ((*epochs)[1].expire_time, later + absl::Hours(5));
  EXPECT_EQ(store().GetTenant(Id("acme"))->epoch, 2);

  ASSERT_TRUE(
      store().RotateEpoch(Id("acme"), Salt(3), absl::Hours(5), By(later), storage::kAnyEpoch).ok());
  EXPECT_THAT(*store().ListEpochs(Id("acme")), SizeIs(2)) << "the salt of epoch 1 is deleted";
}

TEST_P(StoreConformance, RotationTouchesOneTenantOnly) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  ASSERT_TRUE(store().CreateTenant(NewTenant("globex"), Salt(9), By(kNow)).ok());
  ASSERT_TRUE(
      store().RotateEpoch(Id("acme"), Salt(2), absl::Hours(1), By(kNow), storage::kAnyEpoch).ok());
  const auto epochs = store().ListEpochs(Id("globex"));
  ASSERT_THAT(*epochs, SizeIs(1));
  EXPECT_EQ((*epochs)[0].salt, Salt(9));
  EXPECT_EQ(store().GetTenant(Id("globex"))->epoch, 1);
}

TEST_P(StoreConformance, TheFirstKeyOfATenantStays) {
  KeyStore& keys = backend_->key_store();
  EXPECT_TRUE(absl::IsNotFound(keys.Get(Id("acme")).status()));
  const crypto::WrappedKey first{1, "first"};
  const crypto::WrappedKey second{2, "second"};
  EXPECT_EQ(keys.PutIfAbsent(Id("acme"), first, kNow)->sealed, "first");
  EXPECT_EQ(keys.PutIfAbsent(Id("acme"), second, kNow)->sealed, "first");
  EXPECT_EQ(keys.PutIfAbsent(Id("globex"), second, kNow)->sealed, "second");
  backend_->Reopen();
  EXPECT_EQ(backend_->key_store().Get(Id("acme"))->master_key_version, 1);
  EXPECT_EQ(backend_->key_store().Get(Id("acme"))->sealed, "first");
}

}  // namespace
}  // namespace smartcontacts::storage
