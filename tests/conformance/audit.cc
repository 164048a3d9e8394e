#include <gmock/gmock.h>

#include <thread>

#include "tests/conformance/audit_conformance.h"
#include "tests/conformance/fixtures.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using fixtures::Salt;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Act kAccount = {.actor = "account", .time = kNow};

TEST_P(AuditConformance, AChangeOfATenantHasItsEntry) {
  EXPECT_THAT(Log(), SizeIs(1));
  EXPECT_EQ(Last().sequence, 1);
  EXPECT_EQ(Last().action, "tenant.create");
  EXPECT_EQ(Last().actor, "operator:test");
  EXPECT_EQ(Last().time, kNow);
  EXPECT_THAT(Last().counts, IsEmpty());

  const absl::Time later = kNow + absl::Microseconds(1);
  const auto keep = [](Tenant&) { return absl::OkStatus(); };
  ASSERT_TRUE(store().UpdateTenant(kAcme, keep, {"operator:anna", later}).ok());
  EXPECT_EQ(Last().action, "tenant.update");
  EXPECT_EQ(Last().actor, "operator:anna");
  EXPECT_EQ(Last().time, later);
  EXPECT_EQ(Last().sequence, 2);

  ASSERT_TRUE(
      store()
          .RotateEpoch(kAcme, Salt(2), absl::Hours(1), {"service", kNow}, storage::kAnyEpoch)
          .ok());
  EXPECT_EQ(Last().action, "epoch.rotate");
  EXPECT_EQ(Last().actor, "service");
  EXPECT_EQ(Last().sequence, 3);
  EXPECT_EQ(VerifiedCount(), 3);
}

TEST_P(AuditConformance, AChangeOfADirectoryHasItsEntryWithWhatChanged) {
  Upsert({Person(1, {491}), Person(2, {492}), Person(3, {493})});
  EXPECT_EQ(Last().action, "directory.change");
  EXPECT_EQ(Last().actor, "operator:test");
  EXPECT_THAT(Last().counts, ElementsAre(Count{"added", 3}));
  ASSERT_TRUE(store()
                  .Apply(kAcme,
                         {.upserts = {Person(1, {499}), Person(4, {})}, .removals = {AorOf(2)}},
                         kNoLimit, By(kNow))
                  .ok());
  EXPECT_THAT(Last().counts,
              UnorderedElementsAre(Count{"added", 1}, Count{"changed", 1}, Count{"removed", 1}));

  const auto import = store().BeginImport(kAcme, {kNoLimit, true}, {"operator:anna", kNow});
  ASSERT_TRUE((*import)->Stage({{Person(1, {499}), Person(5, {})}}).ok());
  ASSERT_TRUE((*import)->Preview().ok());
  EXPECT_EQ(Last().action, "directory.change") << "a preview is no act";
  ASSERT_TRUE((*import)->Commit().ok());
  EXPECT_EQ(Last().action, "directory.import");
  EXPECT_EQ(Last().actor, "operator:anna");
  EXPECT_THAT(Last().counts, UnorderedElementsAre(Count{"added", 1}, Count{"removed", 2}));
  EXPECT_EQ(VerifiedCount(), 4);
}

TEST_P(AuditConformance, AnActThatChangesNothingHasItsEntryToo) {
  Upsert({Person(1, {491})});
  Upsert({Person(1, {491})});
  EXPECT_THAT(Log(), SizeIs(3));
  EXPECT_EQ(Last().action, "directory.change");
  EXPECT_THAT(Last().counts, IsEmpty());
  const auto import = Begin();
  ASSERT_TRUE(import->Stage({{Person(1, {491})}}).ok());
  ASSERT_TRUE(import->Commit().ok());
  EXPECT_EQ(Last().action, "directory.import");
  EXPECT_THAT(Last().counts, IsEmpty());
  EXPECT_EQ(VerifiedCount(), 4);
}

TEST_P(AuditConformance, ASubscribersChoiceHasItsEntryThatDoesNotSayWhose) {
  Upsert({Person(1, {491})});
  ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), false, std::nullopt, kAccount).ok());
  EXPECT_EQ(Last().action, "discoverability.set");
  EXPECT_EQ(Last().actor, "account");
  EXPECT_EQ(VerifiedCount(), 3);
}

TEST_P(AuditConformance, BooksThatGoWithTheirSubscriberAreCountedInTheSameEntry) {
  Upsert({Person(1, {}), Person(2, {}), Person(3, {})});
  Retain(1, {DigestOf(1), DigestOf(2)});
  Retain(2, {DigestOf(3)});
  EXPECT_EQ(Last().action, "directory.change") << "a sync is no act";
  Remove({AorOf(1)});
  EXPECT_THAT(Last().counts, UnorderedElementsAre(Count{"removed", 1}, Count{"consents", 1},
                                                  Count{"retained_contacts", 2}));
  const auto import = Begin(/*large_removal_allowed=*/true);
  ASSERT_TRUE(import->Stage({{Person(3, {})}}).ok());
  ASSERT_TRUE(import->Commit().ok());
  EXPECT_THAT(Last().counts, UnorderedElementsAre(Count{"removed", 1}, Count{"consents", 1},
                                                  Count{"retained_contacts", 1}));
}

TEST_P(AuditConformance, AnErasureHasTheEntryItIsGiven) {
  Upsert({Person(1, {})});
  Retain(1, {DigestOf(1), DigestOf(2)});
  ASSERT_TRUE(store().DiscardBooks(kAcme, {.account = AorOf(1)}, kAccount, "erase").ok());
  EXPECT_EQ(Last().action, "erase");
  EXPECT_EQ(Last().actor, "account");
  EXPECT_THAT(Last().counts,
              UnorderedElementsAre(Count{"consents", 1}, Count{"retained_contacts", 2}));
  const std::int64_t count = VerifiedCount();
  ASSERT_TRUE(store().DiscardBooks(kAcme, {.account = AorOf(1)}, kAccount, "erase").ok());
  ASSERT_TRUE(store().EraseDiscarded(kAcme, 100).ok());
  EXPECT_EQ(VerifiedCount(), count) << "there was nothing to erase";
}

TEST_P(AuditConformance, WhatIsAppendedIsThereAsItWasGiven) {
  const std::vector<Count> counts = {{"b", 2}, {"a", 1}, {"nothing", 0}, {"c", INT64_MAX}};
  const absl::Time time = absl::FromUnixMicros(1'790'000'000'123'456) + absl::Nanoseconds(789);
  ASSERT_TRUE(store().AppendAuditEntry(kAcme, {"operator:\xc3\xa4\"\\'", time}, "x", counts).ok());
  backend_->Reopen();
  const AuditEntry entry = Last();
  EXPECT_EQ(entry.sequence, 2);
  EXPECT_EQ(entry.time, absl::FromUnixMicros(1'790'000'000'123'456));
  EXPECT_EQ(entry.actor, "operator:\xc3\xa4\"\\'");
  EXPECT_EQ(entry.action, "x");
  EXPECT_THAT(entry.counts, ElementsAre(Count{"b", 2}, Count{"a", 1}, Count{"c", INT64_MAX}));
  EXPECT_NE(entry.hash, AuditHash{});
  EXPECT_NE(entry.hash, Log().front().hash);
  EXPECT_EQ(VerifiedCount(), 2) << "the chain's key survives a restart";
}

TEST_P(AuditConformance, WhatWasRefusedIsNotInTheLog) {
  Upsert({Person(1, {}), Person(2, {})});
  const std::int64_t count = VerifiedCount();
  EXPECT_FALSE(store().CreateTenant(fixtures::NewTenant("acme"), Salt(1), By(kNow)).ok());
  EXPECT_FALSE(store()
                   .UpdateTenant(
                       kAcme, [](Tenant&) { return absl::InvalidArgumentError("no"); }, By(kNow))
                   .ok());
  EXPECT_FALSE(store().Apply(kAcme, {.upserts = {Person(3, {})}}, 2, By(kNow)).ok());
  EXPECT_FALSE(store().SetChoice(kAcme, AorOf(9), true, std::nullopt, kAccount).ok());
  {
    const auto import = Begin();
    ASSERT_TRUE(import->Stage({{Person(1, {})}}).ok());
    EXPECT_FALSE(import->Commit().ok()) << "removes too much";
    const auto abandoned = Begin();
    ASSERT_TRUE(abandoned->Stage({{Person(1, {})}}).ok());
  }
  EXPECT_EQ(VerifiedCount(), count);
}

TEST_P(AuditConformance, EntriesAreListedInPagesTheOldestFirst) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(store().AppendAuditEntry(kAcme, By(kNow - absl::Hours(i)), "x", {}).ok());
  }
  const auto sequences = [&](std::int64_t after, int limit) {
    const auto entries = store().ListAuditEntries(kAcme, after, limit);
    EXPECT_TRUE(entries.ok()) << entries.status();
    std::vector<std::int64_t> found;
    for (const AuditEntry& entry : *entries) found.push_back(entry.sequence);
    return found;
  };
  EXPECT_THAT(sequences(0, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(sequences(3, 3), ElementsAre(4, 5, 6));
  EXPECT_THAT(sequences(6, 3), ElementsAre(7));
  EXPECT_THAT(sequences(7, 3), IsEmpty());
  EXPECT_EQ(VerifiedCount(), 7);
}

TEST_P(AuditConformance, EachTenantHasALogOfItsOwn) {
  Upsert({Person(1, {})});
  EXPECT_THAT(Log(kGlobex), SizeIs(1));
  ASSERT_TRUE(store().AppendAuditEntry(kGlobex, By(kNow), "x", {}).ok());
  EXPECT_THAT(Log(), SizeIs(2));
  EXPECT_NE(Log()[0].hash, Log(kGlobex)[0].hash) << "the same act, of another tenant";
  EXPECT_EQ(VerifiedCount(), 2);
  EXPECT_EQ(VerifiedCount(kGlobex), 2);
}

TEST_P(AuditConformance, ATenantThatNeverWasHasNoLog) {
  EXPECT_TRUE(absl::IsNotFound(store().ListAuditEntries(Id("nobody"), 0, 10).status()));
  EXPECT_TRUE(absl::IsNotFound(store().VerifyAuditChain(Id("nobody")).status()));
  EXPECT_TRUE(absl::IsNotFound(store().AppendAuditEntry(Id("nobody"), By(kNow), "x", {})));
}

TEST_P(AuditConformance, ActsAtTheSameTimeFollowEachOther) {
  constexpr int kActs = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kActs; ++j) {
        const absl::Status status = store().AppendAuditEntry(kAcme, By(kNow), "x", {{"n", j}});
        EXPECT_TRUE(status.ok()) << status;
      }
    });
    threads.emplace_back([&, i] {
      for (int j = 0; j < kActs; ++j) Upsert({Person(100 * i + j, {})});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<AuditEntry> entries = Log();
  ASSERT_THAT(entries, SizeIs(1 + 4 * kActs));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].sequence, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(VerifiedCount(), 1 + 4 * kActs);
}

}  // namespace
}  // namespace smartcontacts::storage
