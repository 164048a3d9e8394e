// The sealed directories of the private mode.

#include <gmock/gmock.h>

#include <atomic>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/conformance/sealed_directory_conformance.h"

namespace smartcontacts::storage {
namespace {

using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using fixtures::Salt;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// ---- Where the sealing stands ----

TEST_P(SealedDirectoryConformance, ADirectoryBeginsIncompleteAndEmptyAndOncePerEpoch) {
  EXPECT_THAT(States(), IsEmpty());
  ASSERT_TRUE(
      store()
          .Apply(kAcme, {.upserts = {Person(1, {491}), Person(2, {492})}}, kNoLimit, By(kNow))
          .ok());
  Begin();
  const SealedDirectoryState expected{
      .epoch = 1, .revision = 10, .label_size = kLabelSize, .changes_floor = 10, .total_count = 2};
  EXPECT_THAT(States(), ElementsAre(expected));
  EXPECT_THAT(Live(), IsEmpty());
  EXPECT_TRUE(absl::IsAlreadyExists(store().BeginSealing(kAcme, 1, 11, 128)));
  EXPECT_THAT(States(), ElementsAre(expected)) << "the second changes nothing";
}

TEST_P(SealedDirectoryConformance, EveryFieldOfTheStateSurvivesARestart) {
  Begin(1, 9);
  ASSERT_TRUE(store().BeginSealing(kAcme, 2, 10, 272).ok());
  const SealedDirectoryState begun{
      .epoch = 2, .revision = 10, .label_size = 272, .changes_floor = 10};
  backend_->Reopen();
  EXPECT_EQ(State(2), begun);

  SealedBatch batch = Next({Subscriber(1, {{1, "a"}, {2, "b"}})}, 2);
  batch.sealed_up_to = TagOf(1);
  batch.done_count = 1;
  Write(batch);
  SealedDirectoryState expected = begun;
  expected.sealed_up_to = TagOf(1);
  expected.done_count = 1;
  expected.entry_count = 2;
  backend_->Reopen();
  EXPECT_EQ(State(2), expected);

  batch = Next({Subscriber(2, {{3, "c"}})}, 2);
  batch.complete = true;
  batch.revision = 12;
  batch.done_count = 2;
  batch.pad = [](std::int64_t, std::int64_t) {
    return PaddingChange{.added = {{LocatorOf(4), "p"}}, .removed = {}};
  };
  Write(batch);
  expected.complete = true;
  expected.revision = 12;
  expected.sealed_up_to = std::nullopt;
  expected.done_count = 2;
  expected.entry_count = 3;
  expected.padding_count = 1;
  backend_->Reopen();
  EXPECT_EQ(State(2), expected);
  ASSERT_THAT(States(), SizeIs(2));
  EXPECT_EQ(States()[0].epoch, 2) << "the newest first";
}

TEST_P(SealedDirectoryConformance, ARotationWaitsUntilThereIsOne) {
  EXPECT_EQ(*store().GetPendingRotation(kAcme), std::nullopt);
  const PendingRotation rotation{.overlap = absl::Hours(24 * 14) + absl::Microseconds(1),
                                 .actor = "operator:anna"};
  EXPECT_TRUE(store().BeginRotation(kAcme, rotation).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(
      store().BeginRotation(kAcme, {.overlap = absl::Hours(1), .actor = "operator:ben"})));
  backend_->Reopen();
  EXPECT_EQ(*store().GetPendingRotation(kAcme), rotation);
  EXPECT_EQ(*store().GetPendingRotation(kGlobex), std::nullopt);
  // It does not hang on a directory, which may have to be made anew.
  Begin(2);
  DropAll(2, 100);
  EXPECT_EQ(*store().GetPendingRotation(kAcme), rotation);

  EXPECT_TRUE(
      absl::IsAborted(store().RotateEpoch(kAcme, Salt(2), absl::Hours(1), By(kNow), 2).status()))
      << "1 is current";
  EXPECT_EQ(*store().GetPendingRotation(kAcme), rotation);
  ASSERT_TRUE(store().RotateEpoch(kAcme, Salt(2), absl::Hours(1), By(kNow), 1).ok());
  EXPECT_EQ(*store().GetPendingRotation(kAcme), std::nullopt);
  EXPECT_TRUE(absl::IsNotFound(store().BeginRotation(Id("nobody"), rotation)));
  EXPECT_TRUE(absl::IsNotFound(store().GetPendingRotation(Id("nobody")).status()));
}

// ---- Batches ----

TEST_P(SealedDirectoryConformance, BatchesFollowOneAnother) {
  Begin();
  for (int number = 1; number <= 3; ++number) {
    SealedBatch batch = Next({Subscriber(number, {{number, Sealed("a")}, {10 + number, "b"}})});
    batch.sealed_up_to = TagOf(number);
    batch.done_count = number;
    const SealedDirectoryState state = Write(batch);
    EXPECT_FALSE(state.complete);
    EXPECT_EQ(state.revision, 10);
    EXPECT_EQ(state.entry_count, 2 * number);
  }
  EXPECT_TRUE(Write(Complete(10, {})).complete);
  EXPECT_EQ(Live(), (Entries{{{1, 1}, Sealed("a")},
                             {{1, 11}, "b"},
                             {{2, 2}, Sealed("a")},
                             {{2, 12}, "b"},
                             {{3, 3}, Sealed("a")},
                             {{3, 13}, "b"}}));
}

TEST_P(SealedDirectoryConformance, ABatchFromElsewhereChangesNothing) {
  Begin();
  SealedBatch first = Next({Subscriber(1, {{1, "a"}})});
  first.sealed_up_to = TagOf(1);
  Write(first);
  const SealedDirectoryState before = State();

  SealedBatch other = Next({Subscriber(1, {{2, "b"}}), Subscriber(9, {{9, "c"}})});
  other.sealed_up_to = TagOf(9);
  SealedBatch resized = other;
  resized.label_size = 128;
  SealedBatch older = other;
  older.from_revision = 9;
  SealedBatch newer = other;
  newer.from_revision = 11;
  newer.revision = 11;
  SealedBatch ahead = other;
  ahead.from_tag = TagOf(2);
  for (const SealedBatch* batch : {&first, &resized, &older, &newer, &ahead}) {
    const absl::Status refused = store().WriteSealed(kAcme, *batch).status();
    EXPECT_TRUE(absl::IsAborted(refused)) << refused;
  }
  SealedBatch falling = other;
  falling.revision = 9;
  EXPECT_TRUE(absl::IsInvalidArgument(store().WriteSealed(kAcme, falling).status()));
  EXPECT_EQ(State(), before);
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "a"}}));
}

// The place at which a sealing ends may look like the one at which it began.
TEST_P(SealedDirectoryConformance, ABatchOfTheSealingComesTooLateOnceItIsComplete) {
  Begin();
  SealedBatch late = Next({Subscriber(1, {{2, "late"}})});
  late.sealed_up_to = TagOf(1);
  SealedBatch whole = late;
  whole.sealed_up_to = std::nullopt;
  whole.complete = true;
  Write(Complete(10, {Subscriber(1, {{1, "a"}})}));
  const SealedDirectoryState before = State();
  EXPECT_TRUE(absl::IsAborted(store().WriteSealed(kAcme, late).status()));
  EXPECT_TRUE(absl::IsAborted(store().WriteSealed(kAcme, whole).status()))
      << "what clients got of revision 10 stays true";
  late.revision = 11;
  EXPECT_TRUE(absl::IsAborted(store().WriteSealed(kAcme, late).status()))
      << "complete is never again false";
  EXPECT_EQ(State(), before);
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "a"}}));
}

TEST_P(SealedDirectoryConformance, OfTwoBatchesFromTheSamePlaceOneWins) {
  Begin();
  constexpr int kThreads = 4;
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> written{0};
    std::atomic<int> aborted{0};
    const SealedBatch base = Next({});
    std::vector<std::thread> threads;
    for (int i = 1; i <= kThreads; ++i) {
      threads.emplace_back([&, i] {
        SealedBatch batch = base;
        const int number = 10 * round + i;
        batch.sealed_up_to = TagOf(number);
        batch.subscribers = {Subscriber(number, {{number, "a"}, {number + 1000, "b"}})};
        const absl::Status status = store().WriteSealed(kAcme, batch).status();
        EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
        ++(status.ok() ? written : aborted);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(written, 1);
    EXPECT_EQ(aborted, kThreads - 1);
    EXPECT_THAT(Live(), SizeIs(2 * (round + 1)));
  }
}

// ---- Entries ----

TEST_P(SealedDirectoryConformance, AnEntryThatIsThereStaysAsItIs) {
  SealAll({Subscriber(1, {{1, "a"}, {2, "b"}})});
  const SealedDirectoryState state =
      Write(Complete(11, {Subscriber(1, {{1, "other"}, {2, "other"}, {3, "new"}})}));
  EXPECT_EQ(state.entry_count, 3);
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "a"}, {{1, 2}, "b"}, {{1, 3}, "new"}}));
  EXPECT_EQ(Read(10).entries, (Entries{{{1, 3}, "new"}}));
}

TEST_P(SealedDirectoryConformance, WhatASubscriberHasNoMoreGoes) {
  SealAll(
      {Subscriber(1, {{1, "a"}, {2, "b"}}), Subscriber(2, {{3, "c"}}), Subscriber(3, {{4, "d"}})});
  Write(Complete(11, {Subscriber(1, {{2, "x"}}), Subscriber(2, {})}));
  EXPECT_EQ(Live(), (Entries{{{1, 2}, "b"}, {{3, 4}, "d"}})) << "one number, and who is hidden";
  EXPECT_EQ(Read(10).entries, (Entries{{{1, 1}, ""}, {{2, 3}, ""}}));
  EXPECT_EQ(State().entry_count, 2);
  Write(Complete(12, {Subscriber(2, {}), Subscriber(9, {})}));
  EXPECT_THAT(Read(11).entries, IsEmpty()) << "who had nothing has nothing to lose";
}

TEST_P(SealedDirectoryConformance, WhatWentComesAgainWithOtherBytes) {
  SealAll({Subscriber(1, {{1, "a"}, {2, "b"}})});
  Write(Complete(11, {Subscriber(1, {{2, "x"}})}));
  Write(Complete(12, {Subscriber(1, {{1, "again"}, {2, "x"}})}));
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "again"}, {{1, 2}, "b"}}));
  EXPECT_EQ(Read(10).entries, (Entries{{{1, 1}, "again"}})) << "once, as it is now";
  EXPECT_EQ(Read(10).revisions, (std::map<std::pair<int, int>, std::int64_t>{{{1, 1}, 12}}));
  EXPECT_THAT(Read(12).entries, IsEmpty());
  EXPECT_EQ(Forget(12), 0) << "it is not gone";
  EXPECT_THAT(Live(), SizeIs(2));
}

TEST_P(SealedDirectoryConformance, ASharedNumberIsAnEntryOfEachOfItsSubscribers) {
  SealAll({Subscriber(1, {{7, "one"}, {1, "a"}}), Subscriber(2, {{7, "two"}, {2, "b"}})});
  EXPECT_THAT(Live(), SizeIs(4));
  // One loses the shared number, the other the own one.
  Write(Complete(11, {Subscriber(1, {{1, "x"}}), Subscriber(2, {{7, "x"}})}));
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "a"}, {{2, 7}, "two"}}));
  EXPECT_EQ(Read(10).entries, (Entries{{{1, 7}, ""}, {{2, 2}, ""}}));
}

TEST_P(SealedDirectoryConformance, ALargeBatchIsOneBatch) {
  constexpr int kEntries = 20'000;
  constexpr int kPerSubscriber = 2;
  std::vector<SealedSubscriber> subscribers;
  for (int i = 1; i <= kEntries / kPerSubscriber; ++i) {
    subscribers.push_back(
        Subscriber(i, {{i, std::string(100, 'a')}, {kEntries + i, absl::StrCat("entry ", i)}}));
  }
  SealAll(subscribers);
  EXPECT_EQ(State().entry_count, kEntries);
  EXPECT_EQ(Live().at({777, kEntries + 777}), "entry 777");
  // Each loses one, and one gets another.
  for (SealedSubscriber& subscriber : subscribers) subscriber.entries.pop_back();
  subscribers.front().entries.push_back({LocatorOf(0), "new"});
  Write(Complete(11, subscribers));
  EXPECT_EQ(State().entry_count, kEntries / 2 + 1);
  EXPECT_THAT(Live(), SizeIs(kEntries / 2 + 1));
  EXPECT_THAT(Read(10).entries, SizeIs(kEntries / 2 + 1));
  EXPECT_EQ(Forget(11, 7'000), 7'000);
  EXPECT_EQ(Forget(11, 7'000), 3'000);
  EXPECT_EQ(Forget(11, 7'000), 0);
  EXPECT_EQ(DropAll(1, 7'000), kEntries / 2 + 2) << "the state is a row too";
}

// ---- Padding ----

TEST_P(SealedDirectoryConformance, PaddingIsAskedForOnceTheSubscribersAreIn) {
  std::vector<std::pair<std::int64_t, std::int64_t>> asked;
  const auto pad = [&asked](PaddingChange change) {
    return [&asked, change](std::int64_t entries, std::int64_t padding) {
      asked.emplace_back(entries, padding);
      return change;
    };
  };
  Begin();
  SealedBatch batch = Next({Subscriber(1, {{1, "a"}})});
  batch.sealed_up_to = TagOf(1);
  batch.pad = pad({.added = {{LocatorOf(90), "never"}}, .removed = {}});
  Write(batch);
  EXPECT_THAT(asked, IsEmpty()) << "not while it is incomplete";

  batch = Complete(10, {Subscriber(2, {{2, "b"}, {3, "c"}})});
  batch.pad = pad({.added = {{LocatorOf(91), "p"}, {LocatorOf(92), "q"}}, .removed = {}});
  Write(batch);
  EXPECT_THAT(asked, ElementsAre(std::pair(3, 0))) << "with the batch that completes it";
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "a"},
                             {{2, 2}, "b"},
                             {{2, 3}, "c"},
                             {{kPadding, 91}, "p"},
                             {{kPadding, 92}, "q"}}));

  batch = Complete(11, {Subscriber(2, {{3, "x"}}), Subscriber(3, {{92, "d"}})});
  batch.pad = pad({.added = {{LocatorOf(93), "r"}, {LocatorOf(92), "is there"}},
                   .removed = {LocatorOf(91), LocatorOf(1), LocatorOf(1234)}});
  const SealedDirectoryState state = Write(batch);
  EXPECT_THAT(asked, ElementsAre(std::pair(3, 0), std::pair(3, 2)));
  EXPECT_EQ(state.entry_count, 3);
  EXPECT_EQ(state.padding_count, 2);
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "a"},
                             {{2, 3}, "c"},
                             {{3, 92}, "d"},
                             {{kPadding, 92}, "q"},
                             {{kPadding, 93}, "r"}}))
      << "padding is no subscriber's, and subscribers are no padding";
  EXPECT_EQ(Read(10).entries,
            (Entries{{{2, 2}, ""}, {{3, 92}, "d"}, {{kPadding, 91}, ""}, {{kPadding, 93}, "r"}}));

  batch = Complete(12, {});
  batch.pad = pad({.added = {{LocatorOf(91), "again"}}, .removed = {}});
  EXPECT_EQ(Write(batch).padding_count, 3);
  EXPECT_EQ(Live().at({kPadding, 91}), "again");
  EXPECT_THAT(Write(Complete(13, {})).padding_count, 3) << "without being asked it stays";
}

// ---- Changes ----

TEST_P(SealedDirectoryConformance, ChangesAreThoseSinceARevision) {
  SealAll({Subscriber(1, {{1, "a"}}), Subscriber(2, {{2, "b"}})});
  Write(Complete(11, {Subscriber(3, {{3, "c"}})}));
  Write(Complete(15, {Subscriber(1, {}), Subscriber(4, {{4, "d"}})}));
  EXPECT_EQ(Read(10).entries, (Entries{{{1, 1}, ""}, {{3, 3}, "c"}, {{4, 4}, "d"}}));
  EXPECT_EQ(Read(11).entries, (Entries{{{1, 1}, ""}, {{4, 4}, "d"}}));
  EXPECT_EQ(Read(11).revisions,
            (std::map<std::pair<int, int>, std::int64_t>{{{1, 1}, 15}, {{4, 4}, 15}}));
  EXPECT_EQ(Read(14).entries, (Entries{{{1, 1}, ""}, {{4, 4}, "d"}}));
  EXPECT_THAT(Read(15).entries, IsEmpty());
  EXPECT_EQ(Read(15).state, State());
  EXPECT_EQ(Read(0).entries, (Entries{{{1, 1}, ""}, {{2, 2}, "b"}, {{3, 3}, "c"}, {{4, 4}, "d"}}))
      << "whoever reads all knows as well what went";
  EXPECT_TRUE(absl::IsOutOfRange(StatusOfRead(16))) << "the future";
  EXPECT_TRUE(absl::IsOutOfRange(StatusOfRead(9))) << "before there was one";
  EXPECT_TRUE(absl::IsOutOfRange(StatusOfRead(-1)));
}

TEST_P(SealedDirectoryConformance, WhatWentIsForgottenInStepsAndNotMissedByAnybody) {
  SealAll({Subscriber(1, {{1, "a"}, {2, "b"}, {3, "c"}}), Subscriber(2, {{4, "d"}}),
           Subscriber(3, {{5, "e"}})});
  Write(Complete(11, {Subscriber(1, {})}));
  Write(Complete(12, {Subscriber(2, {})}));
  Write(Complete(13, {Subscriber(3, {{6, "f"}})}));
  EXPECT_EQ(Forget(12, 3), 3);
  EXPECT_EQ(State().changes_floor, 12) << "at once, before all is forgotten";
  EXPECT_TRUE(absl::IsOutOfRange(StatusOfRead(11)));
  EXPECT_EQ(Read(12).entries, (Entries{{{3, 5}, ""}, {{3, 6}, "f"}}));
  EXPECT_EQ(Read(0).entries, (Entries{{{3, 5}, ""}, {{3, 6}, "f"}}));
  EXPECT_EQ(Forget(12, 3), 1);
  EXPECT_EQ(Forget(12, 3), 0);
  EXPECT_EQ(Forget(11), 0);
  EXPECT_EQ(State().changes_floor, 12) << "it does not fall";
  EXPECT_EQ(Read(12).entries, (Entries{{{3, 5}, ""}, {{3, 6}, "f"}}));
  EXPECT_EQ(Forget(99), 1);
  EXPECT_EQ(State().changes_floor, 13) << "not above the directory";
  EXPECT_THAT(Read(13).entries, IsEmpty());
  EXPECT_EQ(Live(), (Entries{{{3, 6}, "f"}}));
}

// ---- Taking one away ----

TEST_P(SealedDirectoryConformance, WhatIsDroppedIsGoneAtOnceAndItsRowsInSteps) {
  SealAll({Subscriber(1, {{1, "a"}, {2, "b"}, {3, "c"}}), Subscriber(2, {{4, "d"}})});
  Write(Complete(11, {Subscriber(2, {})}));
  Begin(2);
  Write(Next({Subscriber(1, {{1, "other"}})}, 2));

  EXPECT_EQ(*store().DropSealed(kAcme, 1, 2), 2);
  ASSERT_THAT(States(), SizeIs(2));
  EXPECT_FALSE(State(2).dropped);
  EXPECT_TRUE(State(1).dropped) << "somebody has to go on";
  EXPECT_TRUE(absl::IsNotFound(StatusOfRead(0)));
  const SealedBatch batch{
      .epoch = 1, .label_size = kLabelSize, .from_revision = 11, .revision = 12, .complete = true};
  EXPECT_TRUE(absl::IsNotFound(store().WriteSealed(kAcme, batch).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ForgetSealedRemovals(kAcme, 1, 11, 10).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(store().BeginSealing(kAcme, 1, 20, kLabelSize)))
      << "it would show what is left";

  backend_->Reopen();
  EXPECT_TRUE(State(1).dropped);
  EXPECT_EQ(DropAll(1, 2), 3) << "two entries, and the state";
  EXPECT_EQ(*store().DropSealed(kAcme, 1, 2), 0);
  EXPECT_THAT(States(), SizeIs(1));
  EXPECT_EQ(Read(0, 2).entries, (Entries{{{1, 1}, "other"}}));
  Begin(1, 20);
  EXPECT_THAT(Live(), IsEmpty());
  EXPECT_EQ(State().changes_floor, 20) << "nobody goes on from the one before";
  EXPECT_EQ(DropAll(1, 100), 1);
  EXPECT_EQ(DropAll(2, 1), 2);
  EXPECT_EQ(*store().DropSealed(kAcme, 3, 1), 0) << "there never was one";
}

TEST_P(SealedDirectoryConformance, ManyDropTheSameOneTogether) {
  std::vector<SealedSubscriber> subscribers;
  for (int i = 1; i <= 200; ++i) subscribers.push_back(Subscriber(i, {{i, "a"}}));
  SealAll(subscribers);
  std::atomic<std::int64_t> rows{*store().DropSealed(kAcme, 1, 1)};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { rows += DropAll(1, 7); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows, 201);
  Begin();
  EXPECT_THAT(Live(), IsEmpty());
}

// ---- Tenants ----

TEST_P(SealedDirectoryConformance, TenantsNeverSeeEachOthers) {
  SealAll({Subscriber(1, {{1, "acme"}, {2, "acme"}})});
  ASSERT_TRUE(store().BeginSealing(kGlobex, 1, 5, kLabelSize).ok()) << "an epoch of its own";
  SealedBatch batch{
      .epoch = 1, .label_size = kLabelSize, .from_revision = 5, .revision = 5, .complete = true};
  batch.subscribers = {Subscriber(1, {{1, "globex"}})};
  batch.pad = [](std::int64_t entries, std::int64_t padding) {
    EXPECT_EQ(std::pair(entries, padding), (std::pair<std::int64_t, std::int64_t>(1, 0)));
    return PaddingChange{.added = {{LocatorOf(2), "globex"}}, .removed = {}};
  };
  ASSERT_TRUE(store().WriteSealed(kGlobex, batch).ok());
  Write(Complete(11, {Subscriber(1, {{1, "x"}})}));
  EXPECT_EQ(Forget(11), 1);
  EXPECT_EQ(Live(), (Entries{{{1, 1}, "acme"}}));
  const Entries globex = {{{1, 1}, "globex"}, {{kPadding, 2}, "globex"}};
  EXPECT_EQ(Read(0, 1, kGlobex).entries, globex);
  DropAll(1, 100);
  EXPECT_EQ(Read(0, 1, kGlobex).entries, globex);
  EXPECT_THAT(States(kGlobex), SizeIs(1));
}

TEST_P(SealedDirectoryConformance, WhatIsNotThereIsNotFound) {
  const TenantId nobody = Id("nobody");
  const SealedBatch batch{.epoch = 1};
  const auto never = [](const auto&) { ADD_FAILURE(); };
  EXPECT_TRUE(absl::IsNotFound(store().BeginSealing(nobody, 1, 10, kLabelSize)));
  for (const TenantId& id : {nobody, kAcme}) {
    EXPECT_TRUE(absl::IsNotFound(store().WriteSealed(id, batch).status()));
    EXPECT_TRUE(absl::IsNotFound(store().ReadSealed(id, 1, 0, never).status()));
    EXPECT_TRUE(absl::IsNotFound(store().ForgetSealedRemovals(id, 1, 1, 1).status()));
  }
  EXPECT_TRUE(absl::IsNotFound(store().ListSealed(nobody).status()));
  EXPECT_TRUE(absl::IsNotFound(store().DropSealed(nobody, 1, 1).status()));
  EXPECT_THAT(States(), IsEmpty());
}

TEST_P(SealedDirectoryConformance, APurgeTakesEverything) {
  SealAll({Subscriber(1, {{1, "a"}, {2, "b"}}), Subscriber(2, {{3, "c"}})});
  Write(Complete(11, {Subscriber(2, {})}));
  Begin(2);
  Write(Next({Subscriber(1, {{1, "x"}})}, 2));
  EXPECT_EQ(*store().DropSealed(kAcme, 1, 1), 1);
  ASSERT_TRUE(store().BeginSealing(kGlobex, 1, 10, kLabelSize).ok());

  const auto counted = [&] {
    const auto counts = store().CountTenant(kAcme);
    EXPECT_TRUE(counts.ok()) << counts.status();
    for (const Count& count : counts.value_or(std::vector<Count>{})) {
      if (count.kind == "sealed_entries") return count.count;
    }
    return std::int64_t{-1};
  };
  EXPECT_EQ(counted(), 3) << "also those that went, or are being dropped";
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  std::int64_t purged = 0;
  while (true) {
    const auto counts = store().PurgeRows(kAcme, 2);
    ASSERT_TRUE(counts.ok()) << counts.status();
    if (counts->empty()) break;
    for (const Count& count : *counts) {
      if (count.kind == "sealed_entries") purged += count.count;
    }
  }
  EXPECT_EQ(purged, 3);
  ASSERT_TRUE(store().CreateTenant(fixtures::NewTenant("acme"), Salt(3), By(kNow)).ok());
  EXPECT_THAT(States(), IsEmpty());
  EXPECT_EQ(counted(), 0);
  Begin();
  Begin(2);
  EXPECT_THAT(Live(), IsEmpty());
  EXPECT_THAT(Read(0, 2).entries, IsEmpty());
  EXPECT_THAT(States(kGlobex), SizeIs(1));
}

}  // namespace
}  // namespace smartcontacts::storage
