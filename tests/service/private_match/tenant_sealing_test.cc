#include "service/private_match/tenant_sealing.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "crypto/master_key.h"
#include "crypto/sealed_entry.h"
#include "service/private_match/directory_sealer.h"
#include "service/private_match/entry_sealing.h"
#include "service/private_match/epoch_key.h"
#include "service/private_match/sealed_directories.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/fixtures.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::service {
namespace {

using fixtures::By;
using fixtures::Global;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using fixtures::Salt;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::int64_t kNoLimit = 1'000'000;
constexpr int kStepsMax = 1'000;

class TenantSealingTest : public testing::Test {
 protected:
  TenantSealingTest() {
    crypto::InitializeOrDie();
    key_store_ = *storage::OpenSqliteKeyStore(directory_ / "keys.db");
    keys_ = *storage::KeyRing::Open(*crypto::MasterKey::Parse(crypto::MasterKey::GenerateText()),
                                    *key_store_);
    store_ = *storage::OpenSqliteStore(directory_ / "data.db", *keys_);
    Tenant tenant = fixtures::NewTenant("acme");
    tenant.policy.private_mode = PrivateMode::kOffered;
    EXPECT_TRUE(store_->CreateTenant(tenant, Salt(1), By(kNow)).ok());
  }

  static absl::Status GoOn() { return absl::OkStatus(); }

  SealingContext Context() {
    return {*store_, *keys_, log_, [this] { return now_; }};
  }
  void Apply(const storage::DirectoryChange& change) {
    ASSERT_TRUE(store_->Apply(acme_, change, kNoLimit, By(now_)).ok());
  }
  // To the end; the number of steps.
  int Seal() {
    TenantSealing sealing(Context());
    for (int steps = 0; steps < kStepsMax; ++steps) {
      const absl::StatusOr<bool> more = sealing.Step(acme_, GoOn);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) return steps;
    }
    ADD_FAILURE() << "no end";
    return kStepsMax;
  }
  std::vector<storage::SealedDirectoryState> States() { return *store_->ListSealed(acme_); }

  // Which addresses the identifiers lead to in an epoch, as a client finds out; and that there is
  // nothing else but padding, or so many entries altogether.
  std::multimap<std::string, std::string> Open(std::int64_t epoch,
                                               const std::vector<std::int64_t>& numbers,
                                               std::optional<std::int64_t> entry_count = {}) {
    const crypto::OprfServer server = *EpochKey(**keys_->Get(acme_), epoch);
    std::multimap<std::string, std::string> found;
    std::size_t total = 0;
    std::vector<std::string> entries;
    EXPECT_TRUE(store_
                    ->ReadSealed(acme_, epoch, 0,
                                 [&](const auto& entry) {
                                   if (!entry.bytes.empty()) entries.push_back(entry.bytes);
                                 })
                    .ok());
    for (const std::int64_t number : numbers) {
      const crypto::OprfOutput output = *server.Evaluate(Global(number).value());
      for (const std::string& entry : entries) {
        if (crypto::ParseEntryHeader(entry)->locator != crypto::LocatorOf(output)) continue;
        const absl::StatusOr<std::string> label = crypto::OpenEntry(output, entry);
        EXPECT_TRUE(label.ok()) << label.status();
        if (label.ok()) found.emplace(absl::StrCat(number), *label);
      }
    }
    total = entries.size();
    const auto states = States();
    const auto state = std::find_if(states.begin(), states.end(),
                                    [&](const auto& of) { return of.epoch == epoch; });
    if (state == states.end()) {
      ADD_FAILURE() << "no sealed directory of epoch " << epoch;
      return found;
    }
    EXPECT_EQ(state->entry_count, entry_count.value_or(static_cast<std::int64_t>(found.size())));
    EXPECT_EQ(static_cast<std::int64_t>(total), state->entry_count + state->padding_count);
    EXPECT_EQ(total % kPaddingStep, 0U);
    return found;
  }

  const TemporaryDirectory directory_;
  const Log log_ = *Log::Create("error");
  const TenantId acme_ = Id("acme");
  absl::Time now_ = kNow;
  std::unique_ptr<storage::KeyStore> key_store_;
  std::unique_ptr<storage::KeyRing> keys_;
  std::unique_ptr<storage::Store> store_;
};

std::pair<const std::string, std::string> Pair(int number, int aor) {
  return {absl::StrCat(number), fixtures::AorOf(aor).value()};
}

TEST_F(TenantSealingTest, EverySubscriberIsSealedAndFollowed) {
  Apply({.upserts = {Person(1, {491, 492}), Person(2, {493})}});
  Seal();
  ASSERT_EQ(States().size(), 1U);
  EXPECT_TRUE(States()[0].complete);
  EXPECT_EQ(States()[0].revision, 1);
  EXPECT_THAT(Open(1, {491, 492, 493, 494}),
              UnorderedElementsAre(Pair(491, 1), Pair(492, 1), Pair(493, 2)));

  Apply({.upserts = {Person(1, {492, 494}), Person(3, {493})}, .removals = {}});
  Seal();
  EXPECT_EQ(States()[0].revision, 2);
  EXPECT_THAT(Open(1, {491, 492, 493, 494}),
              UnorderedElementsAre(Pair(492, 1), Pair(494, 1), Pair(493, 2), Pair(493, 3)))
      << "a number that two share leads to both";

  Apply({.removals = {fixtures::AorOf(2)}});
  Seal();
  EXPECT_THAT(Open(1, {491, 492, 493, 494}),
              UnorderedElementsAre(Pair(492, 1), Pair(494, 1), Pair(493, 3)));
}

TEST_F(TenantSealingTest, WhoIsHiddenIsNotThere) {
  Subscriber hidden = Person(1, {491});
  hidden.discoverable = false;
  Subscriber disabled = Person(2, {492});
  disabled.enabled = false;
  Apply({.upserts = {hidden, disabled, Person(3, {493})}});
  Seal();
  EXPECT_THAT(Open(1, {491, 492, 493}), ElementsAre(Pair(493, 3)));
  EXPECT_TRUE(store_->SetChoice(acme_, fixtures::AorOf(1), true, std::nullopt, By(now_)).ok());
  EXPECT_TRUE(store_->SetChoice(acme_, fixtures::AorOf(3), false, std::nullopt, By(now_)).ok());
  Seal();
  EXPECT_THAT(Open(1, {491, 492, 493}), ElementsAre(Pair(491, 1)));
}

TEST_F(TenantSealingTest, WhatIsInStepIsLeftAlone) {
  Apply({.upserts = {Person(1, {491})}});
  EXPECT_GT(Seal(), 0);
  const auto before = States();
  EXPECT_EQ(Seal(), 0);
  EXPECT_EQ(States(), before);
}

TEST_F(TenantSealingTest, ALongSealingGoesOnWhereItWas) {
  std::vector<Subscriber> people;
  for (int i = 0; i < 1'300; ++i) people.push_back(Person(i, {4'900'000 + i}));
  Apply({.upserts = people});
  {
    TenantSealing sealing(Context());
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(*sealing.Step(acme_, GoOn));
  }
  EXPECT_FALSE(States()[0].complete);
  EXPECT_EQ(States()[0].done_count, 500);
  EXPECT_EQ(States()[0].total_count, 1'300);
  // Meanwhile.
  Apply({.upserts = {Person(7, {4'999'999}), Person(5'000, {4'888'888})},
         .removals = {fixtures::AorOf(8)}});
  Seal();
  EXPECT_TRUE(States()[0].complete);
  EXPECT_EQ(States()[0].revision, 2);
  EXPECT_EQ(States()[0].entry_count, 1'300);
  EXPECT_THAT(Open(1, {4'999'999, 4'888'888, 4'900'006, 4'900'007, 4'900'008, 4'901'299}, 1'300),
              UnorderedElementsAre(Pair(4'999'999, 7), Pair(4'888'888, 5'000), Pair(4'900'006, 6),
                                   Pair(4'901'299, 1'299)));
}

TEST_F(TenantSealingTest, ADirectoryThatWasEmptyIsSealedPageByPage) {
  Seal();
  EXPECT_EQ(States()[0].revision, 0);
  EXPECT_THAT(Open(1, {491}), IsEmpty());
  Apply({.upserts = {Person(1, {491})}});
  Seal();
  EXPECT_EQ(States()[0].revision, 1);
  EXPECT_THAT(Open(1, {491}), ElementsAre(Pair(491, 1)));
}

TEST_F(TenantSealingTest, AnAddressThatDoesNotFitMakesLabelsLarger) {
  Apply({.upserts = {Person(1, {491})}});
  Seal();
  const std::size_t before = States()[0].label_size;
  Subscriber longer = Person(2, {492});
  longer.aor = *Aor::Parse(absl::StrCat(std::string(200, 'a'), "@acme.example"));
  Apply({.upserts = {longer}});
  Seal();
  EXPECT_GT(States()[0].label_size, before);
  EXPECT_THAT(Open(1, {491, 492}),
              UnorderedElementsAre(Pair(491, 1), std::pair<const std::string, std::string>(
                                                     "492", longer.aor.value())));
}

TEST_F(TenantSealingTest, ARotationWaitsForItsDirectory) {
  Apply({.upserts = {Person(1, {491})}});
  Seal();
  ASSERT_TRUE(
      store_->BeginRotation(acme_, {.overlap = absl::Hours(1), .actor = "operator:x"}).ok());
  EXPECT_EQ(store_->ListEpochs(acme_)->front().number, 1) << "not before it is complete";
  Seal();
  const auto epochs = *store_->ListEpochs(acme_);
  EXPECT_EQ(epochs.front().number, 2);
  EXPECT_EQ(epochs.back().expire_time, now_ + absl::Hours(1));
  EXPECT_EQ(States().size(), 2U) << "both are served during the overlap";
  EXPECT_THAT(Open(2, {491}), ElementsAre(Pair(491, 1)));
  EXPECT_THAT(Open(1, {491}), ElementsAre(Pair(491, 1)));
  const auto audit = *store_->ListAuditEntries(acme_, 0, 100);
  EXPECT_EQ(audit.back().action, "epoch.rotate");
  EXPECT_EQ(audit.back().actor, "operator:x") << "who asked for it";

  now_ += absl::Hours(2);
  Seal();
  ASSERT_EQ(States().size(), 1U) << "the ended epoch's directory goes";
  EXPECT_EQ(States()[0].epoch, 2);
}

TEST_F(TenantSealingTest, WithoutThePrivateModeNothingIsKept) {
  Apply({.upserts = {Person(1, {491})}});
  Seal();
  ASSERT_TRUE(
      store_->BeginRotation(acme_, {.overlap = absl::Hours(1), .actor = "operator:x"}).ok());
  EXPECT_TRUE(store_
                  ->UpdateTenant(
                      acme_,
                      [](Tenant& changed) {
                        changed.policy.private_mode = PrivateMode::kOff;
                        return absl::OkStatus();
                      },
                      By(now_))
                  .ok());
  Seal();
  EXPECT_THAT(States(), IsEmpty());
  EXPECT_EQ(store_->ListEpochs(acme_)->front().number, 2) << "the rotation is not lost";
  const std::vector<storage::Count> counts = *store_->CountTenant(acme_);
  EXPECT_THAT(counts, testing::Contains(
                          testing::AllOf(testing::Field(&storage::Count::kind, "sealed_entries"),
                                         testing::Field(&storage::Count::count, 0))));
}

TEST_F(TenantSealingTest, TwoWhoSealAtOnceMakeOneDirectory) {
  std::vector<Subscriber> people;
  for (int i = 0; i < 2'000; ++i) people.push_back(Person(i, {4'900'000 + i}));
  Apply({.upserts = people});
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([this] { Seal(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(States()[0].complete);
  EXPECT_EQ(States()[0].entry_count, 2'000);
}

TEST_F(TenantSealingTest, WhatIsInMemoryIsWhatTheStoreHasAndLeavesWithItsTenant) {
  SealedDirectories directories(*store_, 1 << 20);
  EXPECT_TRUE(absl::IsUnavailable(directories.Get(acme_, 1).status())) << "not sealed yet";
  Apply({.upserts = {Person(1, {491})}});
  Seal();
  std::shared_ptr<const SealedDirectory> first = *directories.Get(acme_, 1);
  EXPECT_EQ(*directories.Get(acme_, 1), first) << "nothing has changed";
  Apply({.upserts = {Person(2, {492})}});
  Seal();
  std::shared_ptr<const SealedDirectory> second = *directories.Get(acme_, 1);
  EXPECT_EQ(second->revision(), 2);
  EXPECT_EQ(second->ChangesSince(1).entries.size() / second->entry_size(), 1U)
      << "padding went for it";
  const std::weak_ptr<const SealedDirectory> kept = second;
  first = second = nullptr;
  directories.DropUnless([](const TenantId&) { return true; });
  EXPECT_FALSE(kept.expired());
  directories.DropUnless([](const TenantId&) { return false; });
  EXPECT_TRUE(kept.expired());
}

TEST_F(TenantSealingTest, APurgedTenantIsNoWork) {
  EXPECT_TRUE(store_->BeginPurge(acme_, By(now_)).ok());
  TenantSealing sealing(Context());
  EXPECT_TRUE(absl::IsNotFound(sealing.Step(acme_, GoOn).status()));
}

TEST_F(TenantSealingTest, TheSealerFollowsByItself) {
  TenantCache tenants(
      *store_, [this] { return now_; }, log_, std::size_t{1} << 30);
  DirectorySealer sealer(Context(), tenants);
  tenants.OnChange([&sealer] { sealer.Wake(); });
  const auto await = [this](std::int64_t revision) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      const auto states = States();
      if (!states.empty() && states[0].complete && states[0].revision == revision) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  };
  Apply({.upserts = {Person(1, {491})}});
  EXPECT_TRUE(tenants.Get(acme_).ok());
  EXPECT_TRUE(await(1));
  Apply({.upserts = {Person(2, {492})}});
  EXPECT_TRUE(tenants.Refresh(acme_).ok());
  EXPECT_TRUE(await(2));
}

}  // namespace
}  // namespace smartcontacts::service
