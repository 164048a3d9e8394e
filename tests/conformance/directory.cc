#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/conformance/directory_conformance.h"
#include "tests/conformance/fixtures.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Global;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(DirectoryConformance, WhatWasWrittenIsReadAfterARestart) {
  Subscriber subscriber = Person(1, {4985449180, 12125550100});
  subscriber.identifiers.push_back(*Identifier::Extension("101", "acme.example"));
  subscriber.identifiers.push_back(*Identifier::Global("4930231250", "12"));
  std::sort(subscriber.identifiers.begin(), subscriber.identifiers.end());
  subscriber.enabled = false;
  subscriber.discoverable = false;
  subscriber.matching_access = MatchingAccess::kDenied;
  const DirectoryCounts counts = Upsert({subscriber});
  EXPECT_EQ(counts.added, 1);
  EXPECT_EQ(counts.revision, 1);
  backend_->Reopen();
  EXPECT_EQ(*store().GetSubscriber(kAcme, AorOf(1)), subscriber);
}

TEST_P(DirectoryConformance, AChangeThatChangesNothingKeepsTheRevision) {
  Upsert({Person(1, {491}), Person(2, {492, 493})});
  const DirectoryCounts again = Upsert({Person(1, {491}), Person(2, {493, 492})});
  EXPECT_EQ(again.revision, 1);
  EXPECT_EQ(again.unchanged, 2);
  EXPECT_EQ(again.changed, 0);
  EXPECT_EQ(Remove({AorOf(99)}).revision, 1);
  EXPECT_EQ(store().GetTenant(kAcme)->revision, 1);
}

TEST_P(DirectoryConformance, CountsSayWhatHappened) {
  Upsert({Person(1, {491}), Person(2, {492}), Person(3, {493})});
  Subscriber hidden = Person(3, {493});
  hidden.discoverable = false;
  const auto counts = store().Apply(
      kAcme,
      {.upserts = {Person(1, {491}), Person(2, {499}), hidden, Person(4, {})}, .removals = {}},
      kNoLimit, By(kNow));
  EXPECT_EQ(counts->added, 1);
  EXPECT_EQ(counts->changed, 2);
  EXPECT_EQ(counts->unchanged, 1);
  EXPECT_EQ(counts->revision, 2);
  EXPECT_EQ(Remove({AorOf(1), AorOf(77)}).removed, 1);
}

TEST_P(DirectoryConformance, NothingCrossesTenants) {
  // The same numbers and even the same address in both.
  Upsert({Person(1, {491}), Person(2, {492})});
  Upsert({Person(1, {491})}, kGlobex);
  EXPECT_THAT(All(kGlobex), SizeIs(1));
  Remove({AorOf(1), AorOf(2)});
  EXPECT_THAT(All(kAcme), IsEmpty());
  EXPECT_THAT(All(kGlobex), SizeIs(1));
  EXPECT_TRUE(store().GetSubscriber(kGlobex, AorOf(1)).ok());
  EXPECT_TRUE(absl::IsNotFound(store().GetSubscriber(kGlobex, AorOf(2)).status()));
  EXPECT_EQ(store().GetTenant(kGlobex)->revision, 1);

  auto import = store().BeginImport(kGlobex, {kNoLimit, true}, By(kNow));
  ASSERT_TRUE((*import)->Commit().ok());
  EXPECT_THAT(All(kGlobex), IsEmpty());
  Upsert({Person(3, {493})});
  EXPECT_THAT(All(kGlobex), IsEmpty());
  EXPECT_THAT(store().ListSubscribers(kGlobex, std::nullopt, 10)->subscribers, IsEmpty());
}

TEST_P(DirectoryConformance, TheLimitIsOnTheWholeDirectory) {
  ASSERT_TRUE(store().Apply(kAcme, {.upserts = {Person(1, {}), Person(2, {})}}, 2, By(kNow)).ok());
  const auto refused =
      store().Apply(kAcme, {.upserts = {Person(2, {492}), Person(3, {})}}, 2, By(kNow));
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_EQ(store().GetTenant(kAcme)->revision, 1);
  EXPECT_THAT(store().GetSubscriber(kAcme, AorOf(2))->identifiers, IsEmpty());
  // One out, one in.
  EXPECT_TRUE(
      store().Apply(kAcme, {.upserts = {Person(3, {})}, .removals = {AorOf(1)}}, 2, By(kNow)).ok());
}

TEST_P(DirectoryConformance, PagesStayStableWhileTheDirectoryChanges) {
  std::vector<Subscriber> people;
  for (int i = 0; i < 25; ++i) people.push_back(Person(i, {490 + i, 5900 + i}));
  Upsert(people);
  std::set<std::string> seen;
  std::optional<crypto::Tag> after;
  int pages = 0;
  do {
    const auto page = store().ListSubscribers(kAcme, after, 10);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Subscriber& subscriber : page->subscribers) {
      EXPECT_TRUE(seen.insert(subscriber.aor.value()).second);
      EXPECT_THAT(subscriber.identifiers, SizeIs(2));
      // What was read already leaves; the rest stays where it is.
      Remove({subscriber.aor});
    }
    after = page->next;
    ++pages;
  } while (after.has_value());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(seen, SizeIs(25));
}

TEST_P(DirectoryConformance, ReadersFollowByRevision) {
  Upsert({Person(1, {491}), Person(2, {492})});  // 1
  Upsert({Person(3, {493})});                    // 2
  Remove({AorOf(1)});                            // 3
  Upsert({Person(2, {492, 4922})});              // 4
  const Changes all = Read(0);
  EXPECT_EQ(all.revision, 4);
  EXPECT_THAT(all.present, SizeIs(2));
  EXPECT_EQ(all.removed, 0);
  const Changes since2 = Read(2);
  EXPECT_EQ(since2.removed, 1);
  EXPECT_THAT(since2.present, SizeIs(1));
  EXPECT_EQ(since2.present.begin()->second.subscriber, Person(2, {492, 4922}));
  const Changes since4 = Read(4);
  EXPECT_THAT(since4.present, IsEmpty());
  EXPECT_EQ(since4.removed, 0);
  Upsert({Person(1, {491})});  // 5: back again
  EXPECT_EQ(Read(2).removed, 0);
  EXPECT_THAT(Read(2).present, SizeIs(2));
  EXPECT_TRUE(absl::IsOutOfRange(store().ReadDirectory(kAcme, 6, [](const auto&) {}).status()));
}

TEST_P(DirectoryConformance, RemovalsAreForgottenAndReadersAreTold) {
  Upsert({Person(1, {491}), Person(2, {492}), Person(3, {493})});  // 1
  Remove({AorOf(1)});                                              // 2
  const absl::Time later = kNow + kRemovalMemory + absl::Hours(1);
  Remove({AorOf(2)}, later);  // 3: the removal of revision 2 is old now
  EXPECT_TRUE(absl::IsOutOfRange(store().ReadDirectory(kAcme, 1, [](const auto&) {}).status()));
  EXPECT_EQ(Read(2).removed, 1);
  EXPECT_THAT(Read(0).present, SizeIs(1));
}

TEST_P(DirectoryConformance, VisibleRevisionsSayHowLongWithoutABreak) {
  const auto revisions = [this](int number) {
    return Read(0).present.at(AorOf(number).value()).visible_revisions;
  };
  Upsert({Person(1, {491})});  // 1
  EXPECT_THAT(revisions(1), ElementsAre(1));
  Upsert({Person(1, {491, 492})});  // 2: a second number
  EXPECT_THAT(revisions(1), ElementsAre(1, 2));
  Subscriber person = Person(1, {491, 492});
  person.matching_access = MatchingAccess::kDenied;
  Upsert({person});  // 3: nothing about being found
  EXPECT_THAT(revisions(1), ElementsAre(1, 2));
  person.discoverable = false;
  Upsert({person});  // 4: hidden
  person.discoverable = true;
  Upsert({person});  // 5: back
  EXPECT_THAT(revisions(1), ElementsAre(5, 5));
  person.enabled = false;
  Upsert({person});            // 6
  Upsert({Person(1, {492})});  // 7: enabled again, without the first number
  EXPECT_THAT(revisions(1), ElementsAre(7));
  Upsert({Person(1, {491, 492})});  // 8: the first number again
  EXPECT_THAT(revisions(1), ElementsAre(8, 7));
}

TEST_P(DirectoryConformance, AnImportMakesTheDirectoryExactlyWhatItSays) {
  Upsert({Person(1, {491}), Person(2, {492}), Person(3, {493}), Person(4, {494}), Person(5, {495}),
          Person(6, {496})});
  auto import = Begin();
  ASSERT_TRUE(import->Stage({{Person(1, {491}), Person(2, {4999}), Person(3, {493})}}).ok());
  ASSERT_TRUE(import->Stage({{Person(4, {494}), Person(5, {495}), Person(7, {497})}}).ok());
  EXPECT_EQ(store().GetTenant(kAcme)->revision, 1) << "nobody sees what is staged";

  const auto preview = import->Preview();
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->revision, 1);
  EXPECT_EQ(store().GetTenant(kAcme)->revision, 1) << "a preview changes nothing";
  EXPECT_THAT(All(), SizeIs(6));

  const auto counts = import->Commit();
  ASSERT_TRUE(counts.ok()) << counts.status();
  for (const DirectoryCounts* result : {&*preview, &*counts}) {
    EXPECT_EQ(result->added, 1);
    EXPECT_EQ(result->changed, 1);
    EXPECT_EQ(result->removed, 1);
    EXPECT_EQ(result->unchanged, 4);
  }
  EXPECT_EQ(counts->revision, 2);
  EXPECT_THAT(All(), ElementsAre(Person(1, {491}), Person(2, {4999}), Person(3, {493}),
                                 Person(4, {494}), Person(5, {495}), Person(7, {497})));
}

TEST_P(DirectoryConformance, LargeDirectoriesAreReadAndPagedWhole) {
  constexpr int kSubscribers = 12'000;  // more than are read at a time
  const auto import = Begin(/*large_removal_allowed=*/true);
  for (int begin = 0; begin < kSubscribers; begin += 4'000) {
    std::vector<Subscriber> batch;
    for (int i = begin; i < begin + 4'000; ++i) {
      batch.push_back(Person(i, {493'000'000'000 + i, 494'000'000'000 + i}));
    }
    ASSERT_TRUE(import->Stage(batch).ok());
  }
  const auto counts = import->Commit();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->added, kSubscribers);
  EXPECT_EQ(All().size(), std::size_t{kSubscribers});
  std::set<std::string> listed;
  std::optional<crypto::Tag> after;
  do {
    const auto page = store().ListSubscribers(kAcme, after, 5'000);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Subscriber& subscriber : page->subscribers) listed.insert(subscriber.aor.value());
    after = page->next;
  } while (after.has_value());
  EXPECT_EQ(listed.size(), std::size_t{kSubscribers});
  // One change of everything is followed as well.
  std::vector<Aor> all;
  for (int i = 0; i < kSubscribers; ++i) all.push_back(fixtures::AorOf(i));
  EXPECT_EQ(Remove(all).removed, kSubscribers);
  EXPECT_EQ(Read(counts->revision).removed, kSubscribers);
}

TEST_P(DirectoryConformance, AnImportThatChangesNothingKeepsTheRevision) {
  Upsert({Person(1, {491})});
  auto import = Begin();
  ASSERT_TRUE(import->Stage({{Person(1, {491})}}).ok());
  EXPECT_EQ(import->Commit()->revision, 1);
}

TEST_P(DirectoryConformance, AnImportThatIsDroppedLeavesNoTrace) {
  Upsert({Person(1, {491})});
  { ASSERT_TRUE(Begin()->Stage({{Person(2, {492})}}).ok()); }
  EXPECT_THAT(All(), ElementsAre(Person(1, {491})));
  auto import = Begin();
  ASSERT_TRUE(import->Stage({{Person(2, {492}), Person(1, {491})}}).ok())
      << "nor does it stand in the way of the next";
  EXPECT_EQ(import->Commit()->added, 1);
}

TEST_P(DirectoryConformance, ALargeRemovalNeedsToBeAllowed) {
  std::vector<Subscriber> people;
  for (int i = 0; i < 10; ++i) people.push_back(Person(i, {490 + i}));
  Upsert(people);
  people.erase(people.begin() + 7, people.end());
  {
    auto import = Begin();
    ASSERT_TRUE(import->Stage(people).ok());
    const auto refused = import->Commit();
    EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
    EXPECT_EQ(refused.status().GetPayload(kLargeRemovalPayloadUrl), absl::Cord("3/10"));
    EXPECT_THAT(All(), SizeIs(10));
    EXPECT_EQ(store().GetTenant(kAcme)->revision, 1);
  }
  {
    auto import = Begin(/*large_removal_allowed=*/true);
    ASSERT_TRUE(import->Stage(people).ok());
    EXPECT_EQ(import->Commit()->removed, 3);
  }
}

TEST_P(DirectoryConformance, AFifthMayBeRemovedWithoutAsking) {
  std::vector<Subscriber> people;
  for (int i = 0; i < 10; ++i) people.push_back(Person(i, {490 + i}));
  Upsert(people);
  people.erase(people.begin() + 8, people.end());
  auto import = Begin();
  ASSERT_TRUE(import->Stage(people).ok());
  EXPECT_EQ(import->Commit()->removed, 2);
}

TEST_P(DirectoryConformance, AnImportNamesASubscriberThatIsThereTwice) {
  auto import = Begin();
  ASSERT_TRUE(import->Stage({{Person(1, {491}), Person(2, {})}}).ok());
  const absl::Status status = import->Stage({{Person(3, {}), Person(1, {})}});
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("subscriber 3"));
}

TEST_P(DirectoryConformance, AnImportStopsAtTheLimit) {
  auto import = Begin(false, 2);
  EXPECT_TRUE(
      absl::IsResourceExhausted(import->Stage({{Person(1, {}), Person(2, {}), Person(3, {})}})));
}

TEST_P(DirectoryConformance, AnImportIsComparedWithTheDirectoryOfItsCommit) {
  Upsert({Person(1, {491})});
  auto import = Begin(/*large_removal_allowed=*/true);
  ASSERT_TRUE(import->Stage({{Person(1, {491})}}).ok());
  Upsert({Person(2, {492})});
  const auto counts = import->Commit();
  EXPECT_EQ(counts->removed, 1);
  EXPECT_EQ(counts->revision, 3);
  EXPECT_THAT(All(), ElementsAre(Person(1, {491})));
}

TEST_P(DirectoryConformance, AnyHistoryAgreesWithAPlainModel) {
  std::mt19937 random(20261123);
  const auto below = [&random](int bound) { return static_cast<int>(random() % bound); };
  std::map<int, Subscriber> model;
  std::vector<std::map<int, Subscriber>> history = {model};  // by revision
  for (int step = 0; step < 150; ++step) {
    DirectoryChange change;
    std::set<int> touched;
    for (int i = below(4); i >= 0; --i) {
      const int number = below(12);
      if (!touched.insert(number).second) continue;
      if (below(3) == 0) {
        change.removals.push_back(AorOf(number));
        model.erase(number);
      } else {
        Subscriber person = Person(number, {});
        for (int j = below(3); j > 0; --j) person.identifiers.push_back(Global(4900 + below(9)));
        std::sort(person.identifiers.begin(), person.identifiers.end());
        person.identifiers.erase(std::unique(person.identifiers.begin(), person.identifiers.end()),
                                 person.identifiers.end());
        person.enabled = below(4) != 0;
        person.discoverable = below(4) != 0;
        model.insert_or_assign(number, person);
        change.upserts.push_back(person);
      }
    }
    const auto counts = store().Apply(kAcme, change, kNoLimit, By(kNow));
    ASSERT_TRUE(counts.ok()) << counts.status();
    if (model != history.back()) history.push_back(model);
    ASSERT_EQ(counts->revision, static_cast<std::int64_t>(history.size()) - 1);

    // A reader at any revision arrives at the present.
    const int since = below(static_cast<int>(history.size()));
    const Changes changes = Read(since);
    std::map<std::string, Subscriber> followed;
    if (since > 0) {
      for (const auto& [number, person] : history[static_cast<std::size_t>(since)]) {
        if (model.contains(number)) followed.emplace(person.aor.value(), person);
      }
    }
    for (const auto& [aor, entry] : changes.present) {
      followed.insert_or_assign(aor, *entry.subscriber);
    }
    std::map<std::string, Subscriber> expected;
    for (const auto& [number, person] : model) expected.emplace(person.aor.value(), person);
    ASSERT_EQ(followed, expected) << "step " << step << " since " << since;

    // A pair is visible since the revision before which it was not.
    for (const auto& [aor, entry] : changes.present) {
      if (!entry.subscriber->visible()) continue;
      for (std::size_t i = 0; i < entry.visible_revisions.size(); ++i) {
        std::size_t first = history.size() - 1;
        const auto shown = [&](std::size_t revision) {
          for (const auto& [number, person] : history[revision]) {
            if (person.aor.value() != aor || !person.visible()) continue;
            return std::binary_search(person.identifiers.begin(), person.identifiers.end(),
                                      entry.subscriber->identifiers[i]);
          }
          return false;
        };
        while (first > 1 && shown(first - 1)) --first;
        ASSERT_EQ(entry.visible_revisions[i], static_cast<std::int64_t>(first));
      }
    }
  }
}

TEST_P(DirectoryConformance, WritersAndReadersWorkAtTheSameTime) {
  constexpr int kWriters = 4;
  constexpr int kChanges = 15;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([this, writer] {
      for (int i = 0; i < kChanges; ++i) Upsert({Person(writer * 100 + i, {4900 + i})});
    });
  }
  threads.emplace_back([this] {
    std::size_t seen = 0;
    for (int i = 0; i < 30; ++i) {
      const Changes changes = Read(0);
      EXPECT_EQ(changes.present.size(), static_cast<std::size_t>(changes.revision))
          << "each revision added one";
      EXPECT_GE(changes.present.size(), seen);
      seen = changes.present.size();
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Read(0).revision, kWriters * kChanges);
}

}  // namespace
}  // namespace smartcontacts::storage
