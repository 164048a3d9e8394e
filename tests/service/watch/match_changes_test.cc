#include "service/watch/match_changes.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/service/watch/retaining_store.h"

namespace smartcontacts::service {
namespace {

using fixtures::Id;
using fixtures::Person;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class MatchChangesTest : public testing::Test {
 protected:
  std::vector<std::string> Tell(MatchChanges& changes, std::uint8_t book) {
    auto events = changes.FindEvents(store_, Id("acme"), std::nullopt, absl::InfinitePast());
    EXPECT_TRUE(events.ok());
    std::vector<std::string> lines;
    for (const WatchEvent& event : (*events)[Book(book)]) {
      lines.push_back(absl::StrCat(event.kind == WatchEvent::Kind::kAnnounced ? "+" : "-",
                                   event.aor.substr(4, event.aor.find('@') - 4), " at ",
                                   event.cursor.revision));
    }
    return lines;
  }

  RetainingStore store_;
};

TEST_F(MatchChangesTest, WhatCameAndWentIsToldToWhoRetainsIt) {
  for (const std::int64_t number : {491, 492, 493, 494})
    store_.Retain(Book(1), 1, DigestOf(number));
  store_.Retain(Book(2), 1, DigestOf(493));
  const auto before = SnapshotOf({{Person(1, {491}), 1}, {Person(2, {492}), 2}}, 5);
  const auto after =
      SnapshotOf({{Person(2, {492}), 2}, {Person(3, {493}), 6}, {Person(4, {494}), 7}}, 7);
  MatchChanges changes(1);
  changes.AddLost(*after, *before);
  changes.AddGained(*after, WatchCursor::EndOf(5), before.get());
  EXPECT_THAT(Tell(changes, 1), ElementsAre("-1 at 1", "+3 at 6", "+4 at 7"));
  EXPECT_THAT(Tell(changes, 2), ElementsAre("+3 at 6"));
  EXPECT_THAT(Tell(changes, 3), IsEmpty());
}

TEST_F(MatchChangesTest, WhoWentAndCameBackMeanwhileIsNoChange) {
  store_.Retain(Book(1), 1, DigestOf(491));
  const auto before = SnapshotOf({{Person(1, {491}), 1}}, 5);
  const auto after = SnapshotOf({{Person(1, {491}), 7}}, 7);
  MatchChanges changes(1);
  changes.AddLost(*after, *before);
  changes.AddGained(*after, WatchCursor::EndOf(5), before.get());
  EXPECT_EQ(changes.size(), 0U);
}

TEST_F(MatchChangesTest, EverySubscriberOfASharedNumberIsTold) {
  store_.Retain(Book(1), 1, DigestOf(491));
  const auto before = SnapshotOf({}, 1);
  const auto after = SnapshotOf({{Person(1, {491}), 2}, {Person(2, {491}), 3}}, 3);
  MatchChanges changes(1);
  changes.AddGained(*after, WatchCursor::EndOf(1), before.get());
  EXPECT_THAT(Tell(changes, 1), ElementsAre("+1 at 2", "+2 at 3"));
}

TEST_F(MatchChangesTest, WhoDoesNotWantToBeAnnouncedIsNot) {
  store_.Retain(Book(1), 1, DigestOf(491));
  Subscriber quiet = Person(1, {491});
  quiet.choice.announced = false;
  const auto before = SnapshotOf({}, 1);
  const auto after = SnapshotOf({{quiet, 2}}, 2);
  MatchChanges gained(1);
  gained.AddGained(*after, WatchCursor::EndOf(1), before.get());
  EXPECT_EQ(gained.size(), 0U);
  // But who found them learns that they are gone.
  MatchChanges lost(1);
  lost.AddLost(*SnapshotOf({}, 3), *after);
  EXPECT_THAT(Tell(lost, 1), ElementsAre("-1 at 2"));
}

// However often a device breaks off, what it is told adds up to everything, once.
TEST_F(MatchChangesTest, EveryCursorSplitsTheEventsWithoutGapOrRepetition) {
  std::vector<Visible> people;
  for (int i = 0; i < 40; ++i) {
    people.push_back({Person(i, {49'000 + i / 2}), 1 + i % 3});
    store_.Retain(Book(1), 1, DigestOf(49'000 + i / 2));
  }
  const auto directory = SnapshotOf(people, 3);
  const auto after = [&](const WatchCursor& cursor) {
    MatchChanges changes(1);
    changes.AddGained(*directory, cursor, nullptr);
    auto events = changes.FindEvents(store_, Id("acme"), Book(1), absl::InfinitePast());
    EXPECT_TRUE(events.ok());
    return std::move((*events)[Book(1)]);
  };
  const std::vector<WatchEvent> all = after(WatchCursor{});
  ASSERT_THAT(all, SizeIs(40));
  for (std::size_t told = 0; told < all.size(); ++told) {
    const std::vector<WatchEvent> rest = after(all[told].cursor);
    ASSERT_THAT(rest, SizeIs(all.size() - told - 1));
    for (std::size_t i = 0; i < rest.size(); ++i) {
      EXPECT_EQ(rest[i].aor, all[told + 1 + i].aor);
      EXPECT_EQ(rest[i].cursor, all[told + 1 + i].cursor);
    }
  }
  EXPECT_THAT(after(WatchCursor::EndOf(3)), IsEmpty());
}

TEST_F(MatchChangesTest, TheStoreIsAskedInBatches) {
  std::vector<Visible> people;
  for (int i = 0; i < 25'000; ++i) people.push_back({Person(i, {4'900'000 + i}), 2});
  store_.Retain(Book(1), 1, DigestOf(4'900'000));
  store_.Retain(Book(1), 1, DigestOf(4'924'999));
  const auto directory = SnapshotOf(people, 2);
  MatchChanges changes(1);
  changes.AddGained(*directory, WatchCursor::EndOf(1), nullptr);
  EXPECT_THAT(Tell(changes, 1), UnorderedElementsAre("+0 at 2", "+24999 at 2"));
  EXPECT_LE(store_.largest_question_, 10'000U);
}

TEST(WatchCursorTest, IsReadAsItWasWrittenAndNothingElseIs) {
  const WatchCursor cursor = WatchCursor::At(0x0123456789abcdef, DigestOf(491), crypto::Tag{{7}});
  EXPECT_EQ(WatchCursor::FromBytes(cursor.ToBytes()), cursor);
  const std::string bytes = cursor.ToBytes();
  EXPECT_EQ(bytes.size(), WatchCursor::kSize);
  EXPECT_EQ(WatchCursor::FromBytes(""), std::nullopt);
  EXPECT_EQ(WatchCursor::FromBytes(bytes.substr(1)), std::nullopt);
  EXPECT_EQ(WatchCursor::FromBytes(bytes + "x"), std::nullopt);
  std::string other = bytes;
  other[0] = 2;
  EXPECT_EQ(WatchCursor::FromBytes(other), std::nullopt);
  other = bytes;
  other[1] = '\xff';
  EXPECT_EQ(WatchCursor::FromBytes(other), std::nullopt) << "no revision is negative";
}

}  // namespace
}  // namespace smartcontacts::service
