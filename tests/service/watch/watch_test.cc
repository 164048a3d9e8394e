#include "service/watch/watch.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "service/error.h"
#include "tests/service/watch/retaining_store.h"

namespace smartcontacts::service {
namespace {

using fixtures::AorOf;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using testing::ElementsAre;
using testing::IsEmpty;

class Lines final : public WatchSink {
 public:
  void Send(const WatchEvent& event) override {
    const char* const kinds[] = {"+", "-", "heartbeat"};
    lines_.push_back(
        absl::StrCat(kinds[static_cast<int>(event.kind)], event.aor, " at ", event.cursor.revision,
                     event.cursor == WatchCursor::EndOf(event.cursor.revision) ? "" : "-"));
    last_ = event.cursor;
  }
  void End(const absl::Status&) override { closed_ = true; }
  bool Closed() const override { return closed_; }

  std::vector<std::string> lines_;
  WatchCursor last_;

 private:
  bool closed_ = false;
};

class WatchTest : public testing::Test {
 protected:
  Watch Make(std::optional<WatchCursor> cursor, std::vector<KnownMatch> known = {}) {
    return Watch({.account = {Id("acme"), AorOf(9)},
                  .book = Book(1),
                  .epoch = 1,
                  .cursor = cursor,
                  .known = std::move(known)},
                 sink_);
  }
  static WatchEvent Gained(const std::string& aor, std::int64_t revision) {
    return {.kind = WatchEvent::Kind::kAnnounced,
            .cursor = WatchCursor::At(revision, DigestOf(491), crypto::Tag{}),
            .aor = aor};
  }
  static WatchEvent Lost(const std::string& aor) {
    return {.kind = WatchEvent::Kind::kRevoked, .aor = aor};
  }
  static LoadedTenant Loaded(const std::vector<Visible>& people, std::int64_t revision) {
    return {.tenant = fixtures::NewTenant("acme"), .directory = SnapshotOf(people, revision)};
  }

  RetainingStore store_;
  const std::shared_ptr<Lines> sink_ = std::make_shared<Lines>();
};

TEST_F(WatchTest, WhatHappensWhileItCatchesUpIsToldAfterwards) {
  Watch watch = Make(WatchCursor::EndOf(3));
  watch.Deliver({Gained("late", 6)}, 6, kNow);
  watch.Deliver({Lost("gone")}, 7, kNow);
  EXPECT_THAT(sink_->lines_, IsEmpty());
  watch.CatchUp({Gained("missed", 4)}, 5, kNow);
  EXPECT_THAT(sink_->lines_,
              ElementsAre("+missed at 4-", "+late at 6-", "-gone at 6-", "heartbeat at 7"));
  watch.Deliver({Gained("next", 8)}, 9, kNow);
  EXPECT_EQ(sink_->lines_.back(), "+next at 8-");
  EXPECT_EQ(sink_->lines_.size(), 5U);
}

TEST_F(WatchTest, FromNowOnMeansFromTheSnapshotOn) {
  Watch watch = Make(std::nullopt);
  const auto missed = watch.FindMissed(store_, Loaded({{Person(1, {491}), 2}}, 5), kNow);
  ASSERT_TRUE(missed.ok());
  EXPECT_THAT(*missed, IsEmpty());
  watch.CatchUp({Lost("gone")}, 5, kNow);
  EXPECT_THAT(sink_->lines_, ElementsAre("-gone at 5", "heartbeat at 5"))
      << "who breaks off here must not be told of everybody later";
}

TEST_F(WatchTest, HeartbeatsComeWhenNothingElseDoes) {
  Watch watch = Make(std::nullopt);
  const absl::Duration interval = absl::Seconds(30);
  watch.Beat(interval, kNow);
  EXPECT_THAT(sink_->lines_, IsEmpty()) << "it has not caught up";
  watch.CatchUp({}, 5, kNow);
  watch.Beat(interval, kNow + absl::Seconds(29));
  EXPECT_EQ(sink_->lines_.size(), 1U);
  watch.Deliver({}, 6, kNow + absl::Seconds(29));
  watch.Beat(interval, kNow + absl::Seconds(30));
  EXPECT_EQ(sink_->lines_.back(), "heartbeat at 6");
  watch.Beat(interval, kNow - absl::Hours(1));
  EXPECT_EQ(sink_->lines_.size(), 3U) << "a clock that jumped back does not silence it";
}

TEST_F(WatchTest, KnownMatchesThatHoldAreNotToldAgainAndOthersAreRevoked) {
  store_.Retain(Book(1), 1, DigestOf(491));
  store_.Retain(Book(1), 1, DigestOf(492));
  const LoadedTenant tenant = Loaded({{Person(1, {491}), 7}, {Person(2, {492}), 8}}, 9);
  const Watch watch = Make(WatchCursor::EndOf(5),
                           {{.epoch = 1, .digest = DigestOf(491), .aor = AorOf(1).value()},
                            {.epoch = 1, .digest = DigestOf(493), .aor = AorOf(3).value()},
                            {.epoch = 77, .digest = DigestOf(491), .aor = AorOf(1).value()}});
  const auto missed = watch.FindMissed(store_, tenant, kNow);
  ASSERT_TRUE(missed.ok());
  ASSERT_EQ(missed->size(), 3U);
  EXPECT_EQ((*missed)[0].aor, AorOf(3).value());
  EXPECT_EQ((*missed)[0].kind, WatchEvent::Kind::kRevoked);
  EXPECT_EQ((*missed)[1].epoch, 77) << "of an epoch that ended";
  EXPECT_EQ((*missed)[2].aor, AorOf(2).value());
  EXPECT_EQ((*missed)[2].kind, WatchEvent::Kind::kAnnounced);
}

TEST_F(WatchTest, ACursorOfAFutureThatABackupTookAwayIsRefused) {
  const Watch watch = Make(WatchCursor::EndOf(10));
  const auto missed = watch.FindMissed(store_, Loaded({}, 9), kNow);
  ASSERT_FALSE(missed.ok());
  EXPECT_EQ(GetError(missed.status())->reason, Reason::kRevisionExpired);
}

}  // namespace
}  // namespace smartcontacts::service
