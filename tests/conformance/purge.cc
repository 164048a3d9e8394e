#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/conformance/audit_conformance.h"
#include "tests/conformance/fixtures.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::NewTenant;
using fixtures::Person;
using fixtures::Salt;
using testing::IsEmpty;
using testing::SizeIs;

using Counts = std::map<std::string, std::int64_t>;

Counts CountsOf(Store& store, const TenantId& id) {
  const auto counts = store.CountTenant(id);
  EXPECT_TRUE(counts.ok()) << counts.status();
  Counts found;
  if (counts.ok()) {
    for (const Count& count : *counts) found[count.kind] = count.count;
  }
  return found;
}

// Until nothing is left, in small batches; returns what was deleted.
Counts PurgeAllRows(Store& store, const TenantId& id) {
  constexpr std::int64_t kRowsMax = 2;
  Counts purged;
  for (int calls = 0; calls < 1000; ++calls) {
    const auto counts = store.PurgeRows(id, kRowsMax);
    EXPECT_TRUE(counts.ok()) << counts.status();
    if (!counts.ok() || counts->empty()) return purged;
    std::int64_t rows = 0;
    for (const Count& count : *counts) {
      rows += count.count;
      purged[count.kind] += count.count;
    }
    EXPECT_LE(rows, kRowsMax);
  }
  ADD_FAILURE() << "a purge without end";
  return purged;
}

TEST_P(AuditConformance, WhatThereIsOfATenantIsCountedByKind) {
  EXPECT_EQ(CountsOf(store(), kAcme)["keys"], 1);
  EXPECT_EQ(CountsOf(store(), kAcme)["subscribers"], 0);
  Fill(kAcme);
  EXPECT_EQ(CountsOf(store(), kAcme), kFilled);
  EXPECT_EQ(CountsOf(store(), kGlobex)["subscribers"], 0);
  EXPECT_TRUE(absl::IsNotFound(store().CountTenant(Id("nobody")).status()));
}

TEST_P(AuditConformance, APurgeLeavesNothingOfTheTenantButItsLog) {
  Fill(kAcme);
  const std::int64_t entries = VerifiedCount();
  EXPECT_EQ(*store().BeginPurge(kAcme, {"operator:anna", kNow}), 1);
  EXPECT_EQ(Last().action, "purge.begin");
  EXPECT_EQ(Last().actor, "operator:anna");
  EXPECT_TRUE(absl::IsNotFound(backend_->key_store().Get(kAcme).status())) << "the key is first";
  Counts left = kFilled;
  left["keys"] = 0;
  EXPECT_EQ(CountsOf(store(), kAcme), left);

  Counts purged = PurgeAllRows(store(), kAcme);
  purged["keys"] = 0;
  EXPECT_EQ(purged, left);
  EXPECT_TRUE(absl::IsNotFound(store().CountTenant(kAcme).status()));
  EXPECT_THAT(*store().PurgeRows(kAcme, 100), IsEmpty()) << "safe to repeat";
  ASSERT_TRUE(store().AppendAuditEntry(kAcme, By(kNow), "purge", {{"subscribers", 3}}).ok());
  imports_.clear();  // does not outlive the store
  backend_->Reopen();
  EXPECT_EQ(Last().action, "purge");
  EXPECT_EQ(VerifiedCount(), entries + 2);
}

TEST_P(AuditConformance, APurgeThatWasInterruptedIsRepeated) {
  Fill(kAcme);
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  ASSERT_TRUE(store().PurgeRows(kAcme, 3).ok());
  imports_.clear();
  backend_->Reopen();
  EXPECT_FALSE(CountsOf(store(), kAcme).empty()) << "also of one that is not finished";
  EXPECT_EQ(*store().BeginPurge(kAcme, By(kNow)), 0) << "the key is gone already";
  PurgeAllRows(store(), kAcme);
  EXPECT_TRUE(absl::IsNotFound(store().CountTenant(kAcme).status()));
  EXPECT_TRUE(absl::IsNotFound(store().BeginPurge(kAcme, By(kNow)).status()));
  EXPECT_GT(VerifiedCount(), 0);
}

TEST_P(AuditConformance, ATenantThatIsBeingPurgedIsNotFound) {
  Fill(kAcme);
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  const auto keep = [](Tenant&) { return absl::OkStatus(); };
  const BookKey book{};
  const BookSync sync{
      .account = AorOf(1), .device = *DeviceId::Parse("phone"), .sync_id = {}, .epoch = 1};
  const absl::Status statuses[] = {
      store().GetTenant(kAcme).status(),
      store().UpdateTenant(kAcme, keep, By(kNow)).status(),
      store().RotateEpoch(kAcme, Salt(3), absl::Hours(1), By(kNow), storage::kAnyEpoch).status(),
      store().ListEpochs(kAcme).status(),
      store().Apply(kAcme, {}, kNoLimit, By(kNow)).status(),
      store().BeginImport(kAcme, {}, By(kNow)).status(),
      store().SetChoice(kAcme, AorOf(1), true, std::nullopt, By(kNow)).status(),
      store().GetSubscriber(kAcme, AorOf(1)).status(),
      store().ListSubscribers(kAcme, std::nullopt, 10).status(),
      store().ReadDirectory(kAcme, 0, [](const auto&) {}).status(),
      store().SyncBook(kAcme, sync, {}, kNow).status(),
      store().ListBooks(kAcme, AorOf(1), kNow).status(),
      store().FindBooks(kAcme, {&book, 1}, kNow).status(),
      store().FindHolders(kAcme, 1, {DigestOf(1)}, std::nullopt, kNow).status(),
      store().CountBooks(kAcme, {}).status(),
      store().DiscardBooks(kAcme, {}, By(kNow), "erase").status(),
      store().EraseDiscarded(kAcme, 10).status(),
      store().BeginSealing(kAcme, 3, 0, 64),
      store().ListSealed(kAcme).status(),
      store().WriteSealed(kAcme, {.epoch = 2, .from_revision = 1, .revision = 2}).status(),
      store().ReadSealed(kAcme, 2, 0, [](const auto&) {}).status(),
      store().DropSealed(kAcme, 2, 10).status(),
      store().ForgetSealedRemovals(kAcme, 2, 1, 10).status(),
  };
  for (std::size_t i = 0; i < std::size(statuses); ++i) {
    EXPECT_TRUE(absl::IsNotFound(statuses[i])) << "function " << i << ": " << statuses[i];
  }
  EXPECT_THAT(*store().ListTenants(std::nullopt, 10), SizeIs(1));
  const std::vector<TenantId> ids = {kAcme, kGlobex};
  ASSERT_THAT(*store().ReadVersions(ids), SizeIs(1));
  EXPECT_EQ(store().ReadVersions(ids)->front().id, kGlobex);
  imports_.front()->Stage({{Person(6, {})}}).IgnoreError();
  EXPECT_FALSE(imports_.front()->Commit().ok()) << "it had begun before";
  EXPECT_GT(VerifiedCount(), 0) << "its log is there";
}

TEST_P(AuditConformance, TheNameIsTakenUntilThePurgeIsFinished) {
  Fill(kAcme);
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  const auto refused = store().CreateTenant(NewTenant("acme"), Salt(3), By(kNow));
  EXPECT_TRUE(absl::IsAlreadyExists(refused.status())) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), testing::StartsWith("tenant"));
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("purge"));
  EXPECT_TRUE(absl::IsNotFound(backend_->key_store().Get(kAcme).status())) << "has no new key";
  Tenant other = NewTenant("initech");
  other.sip_domains = {"acme.example"};
  EXPECT_TRUE(store().CreateTenant(other, Salt(3), By(kNow)).ok()) << "the SIP domain is free";

  PurgeAllRows(store(), kAcme);
  const std::int64_t entries = VerifiedCount();
  Tenant again = NewTenant("acme");
  again.sip_domains = {"again.example"};
  ASSERT_TRUE(store().CreateTenant(again, Salt(3), By(kNow)).ok());
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_THAT(*store().ListEpochs(kAcme), SizeIs(1));
  EXPECT_EQ(CountsOf(store(), kAcme)["retained_contacts"], 0);
  Upsert({Person(1, {491})});
  Retain(1, {DigestOf(1)});
  EXPECT_THAT(All(), testing::ElementsAre(Person(1, {491})));
  EXPECT_EQ(VerifiedCount(), entries + 2) << "the log goes on";
}

TEST_P(AuditConformance, AnImportIsOfTheTenantItBeganWith) {
  Fill(kAcme);
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  PurgeAllRows(store(), kAcme);
  const absl::Time later = kNow + absl::Seconds(1);
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(3), By(later)).ok());
  Upsert({Person(1, {491})});
  EXPECT_FALSE(imports_.front()->Commit().ok()) << "another tenant has the name now";
  EXPECT_THAT(All(), testing::ElementsAre(Person(1, {491})));
}

TEST_P(AuditConformance, APurgeTouchesOneTenantOnly) {
  Fill(kAcme);
  Fill(kGlobex);
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  PurgeAllRows(store(), kAcme);
  EXPECT_EQ(CountsOf(store(), kGlobex), kFilled);
  EXPECT_THAT(All(kGlobex), SizeIs(3));
  EXPECT_THAT(*store().FindHolders(kGlobex, 1, {DigestOf(1)}, std::nullopt, kNow), SizeIs(2));
  EXPECT_EQ((*store().ListTenants(std::nullopt, 10)).front().id, kGlobex);
  EXPECT_TRUE(imports_.back()->Commit().ok());
  EXPECT_GT(VerifiedCount(kGlobex), 0);
}

TEST_P(AuditConformance, RowsOfATenantThatIsNotBeingPurgedStay) {
  Fill(kAcme);
  EXPECT_FALSE(store().PurgeRows(kAcme, 100).ok());
  EXPECT_EQ(CountsOf(store(), kAcme), kFilled);
}

TEST_P(AuditConformance, APurgeAndChangesAtTheSameTimeLeaveNothing) {
  Fill(kAcme);
  std::atomic<bool> purged{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 1; !purged; ++j) {
        const DirectoryChange change = {.upserts = {Person(100 * i + j, {})}};
        store().Apply(kAcme, change, kNoLimit, By(kNow)).IgnoreError();
        store()
            .SyncBook(kAcme,
                      {.account = AorOf(1),
                       .device = *DeviceId::Parse("tablet"),
                       .sync_id = {{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j)}},
                       .consent = Consent{.privacy_policy_version = "1", .agree_time = kNow},
                       .epoch = 2,
                       .added = {DigestOf(7), DigestOf(8)}},
                      {.privacy_policy_version = "1", .contacts_max = 10, .devices_max = 5}, kNow)
            .IgnoreError();
        const std::uint8_t byte = static_cast<std::uint8_t>(j);
        store().BeginSealing(kAcme, 10 + i, 0, 64).IgnoreError();
        SealedBatch batch{.epoch = 10 + i, .label_size = 64};
        batch.subscribers = {{crypto::Tag{{byte}}, {{crypto::Locator{{byte}}, "sealed"}}}};
        store().WriteSealed(kAcme, batch).IgnoreError();
      }
    });
  }
  EXPECT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  PurgeAllRows(store(), kAcme);
  purged = true;
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(3), By(kNow)).ok());
  Counts counts = CountsOf(store(), kAcme);
  counts.erase("keys");
  for (const auto& [kind, count] : counts) EXPECT_EQ(count, 0) << kind;
  EXPECT_GT(VerifiedCount(), 0);
}

// ---- Leadership ----

TEST_P(StoreConformance, ALeaseHasOneHolderUntilItEnds) {
  const auto take = [&](const std::string& name, const std::string& holder, absl::Time now) {
    const auto taken = store().TakeLease(name, holder, absl::Seconds(30), now);
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.value_or(false);
  };
  EXPECT_TRUE(take("retention", "a", kNow));
  EXPECT_FALSE(take("retention", "b", kNow + absl::Seconds(29)));
  EXPECT_TRUE(take("purge", "b", kNow)) << "another lease";
  EXPECT_TRUE(take("retention", "a", kNow + absl::Seconds(20))) << "renewed";
  EXPECT_FALSE(take("retention", "b", kNow + absl::Seconds(49)));
  EXPECT_TRUE(take("retention", "b", kNow + absl::Seconds(50)));
  EXPECT_FALSE(take("retention", "a", kNow + absl::Seconds(51)));
}

TEST_P(StoreConformance, OneOfManyTakesALease) {
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto lease = store().TakeLease("retention", std::to_string(i), absl::Seconds(30), kNow);
      EXPECT_TRUE(lease.ok()) << lease.status();
      if (lease.value_or(false)) ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace smartcontacts::storage
