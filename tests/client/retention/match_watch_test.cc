#include "client/retention/match_watch.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/retention/packed_digests.h"
#include "tests/client/retention/fake_service.h"
#include "tests/client/retention/states.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Writer = FakeService::WatchWriter;

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "the line is cut");

std::string Packed(const crypto::Digest& digest) { return std::string(View(digest)); }

v1::WatchMatchesResponse Event(MatchEvent event, const crypto::Digest& digest,
                               const std::string& aor, const std::string& cursor) {
  v1::WatchMatchesResponse message;
  message.set_cursor(cursor);
  v1::AnnouncedMatch& match =
      event == MatchEvent::kAnnounced ? *message.mutable_announced() : *message.mutable_revoked();
  match.set_digest(Packed(digest));
  match.set_epoch(1);
  match.set_aor(aor);
  return message;
}

v1::WatchMatchesResponse Heartbeat(const std::string& cursor) {
  v1::WatchMatchesResponse message;
  message.set_cursor(cursor);
  message.mutable_heartbeat()->set_revision(9);
  return message;
}

class MatchWatchTest : public testing::Test {
 protected:
  MatchWatchTest() {
    limits_.set_digests_per_message_max(1);
    limits_.set_digests_per_stream_max(2);
    limits_.set_known_matches_per_message_max(2);
    options_.once = true;
    options_.pause_min = absl::Milliseconds(1);
    options_.on_event = [this](MatchEvent event, const KnownMatch& match) {
      events_.push_back(absl::StrCat(event == MatchEvent::kAnnounced ? "+" : "-", match.aor));
    };
    EXPECT_TRUE(file_.ReadOrCreate().ok());
    Begin([](DeviceState&) {});
  }

  void Begin(const std::function<void(DeviceState&)>& change) {
    EXPECT_TRUE(file_
                    .Update([&change](DeviceState& state) {
                      state = SyncedState();
                      change(state);
                    })
                    .ok());
  }

  // The next call is answered with these messages and this end.
  void Answer(std::vector<v1::WatchMatchesResponse> messages,
              const grpc::Status& end = grpc::Status::OK) {
    service_.watch_answers_.push_back([messages = std::move(messages), end](Writer* writer) {
      for (const v1::WatchMatchesResponse& message : messages) writer->Write(message);
      return end;
    });
  }

  absl::Status Watch() {
    return WatchMatches(*service_.connection_, limits_, file_, options_, stop_.get_token());
  }

  FakeService service_;
  v1::Limits limits_;
  WatchOptions options_;
  std::stop_source stop_;
  std::vector<std::string> events_;
  const TemporaryDirectory directory_;
  const StateFile file_{directory_ / "state.json"};
};

TEST_F(MatchWatchTest, GoesOnWhereItStoppedAndSaysWhatItShows) {
  Answer({Event(MatchEvent::kRevoked, D(1), "sip:101@acme.example", "c1"),
          Event(MatchEvent::kAnnounced, D(2), "sip:102@acme.example", "c2"), Heartbeat("c3")});
  EXPECT_TRUE(Watch().ok());
  EXPECT_THAT(events_, ElementsAre("-sip:101@acme.example", "+sip:102@acme.example"));
  const v1::WatchMatchesRequest& request = service_.watches_.at(0);
  EXPECT_EQ(request.device_id(), "device-1");
  EXPECT_EQ(request.cursor(), "cursor");
  EXPECT_EQ(request.since_revision(), 0);
  ASSERT_EQ(request.known_matches_size(), 1);
  EXPECT_EQ(request.known_matches(0).digest(), Packed(D(1)));
  EXPECT_EQ(request.known_matches(0).epoch(), 1);
  EXPECT_EQ(file_.Read()->cursor, "c3");
  EXPECT_THAT(file_.Read()->known, ElementsAre(KnownMatch{D(2), 1, "sip:102@acme.example"}));
}

TEST_F(MatchWatchTest, NothingIsToldTwice) {
  Answer({Event(MatchEvent::kAnnounced, D(1), "sip:101@acme.example", "c1"),
          Event(MatchEvent::kRevoked, D(2), "sip:102@acme.example", "c2"),
          Event(MatchEvent::kAnnounced, D(7), "sip:107@acme.example", "c3"), Heartbeat("c4")});
  EXPECT_TRUE(Watch().ok());
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(MatchWatchTest, WhatWasNeverMatchedIsMatchedFirst) {
  Begin([](DeviceState& state) {
    state.retained = state.unmatched = {D(1), D(2), D(3)};
    state.cursor.clear();
    state.revision = 0;
  });
  service_.subscribers_ = {{Packed(D(2)), "sip:102@acme.example"},
                           {Packed(D(3)), "sip:103@acme.example"}};
  service_.revision_ = 12;
  Answer({Heartbeat("c1")});
  EXPECT_TRUE(Watch().ok());
  // Two streams, because of the limit.
  EXPECT_EQ(service_.asked_.size(), 3U);
  EXPECT_THAT(events_, ElementsAre("-sip:101@acme.example", "+sip:102@acme.example",
                                   "+sip:103@acme.example"));
  EXPECT_EQ(service_.watches_.at(0).since_revision(), 12);
  EXPECT_EQ(service_.watches_.at(0).known_matches_size(), 2);
  EXPECT_THAT(file_.Read()->unmatched, IsEmpty());
}

TEST_F(MatchWatchTest, NewContactsAreMatchedAndTheCursorHolds) {
  Begin([](DeviceState& state) { state.unmatched = {D(2)}; });
  Answer({Heartbeat("c1")});
  EXPECT_TRUE(Watch().ok());
  EXPECT_THAT(service_.asked_, ElementsAre(Packed(D(2))));
  EXPECT_EQ(service_.watches_.at(0).cursor(), "cursor");
}

TEST_F(MatchWatchTest, ACursorThatIsTooOldLeadsToAMatchInFull) {
  Answer({}, Refusal(grpc::StatusCode::OUT_OF_RANGE, "REVISION_EXPIRED"));
  Answer({Heartbeat("c1")});
  service_.subscribers_ = {{Packed(D(1)), "sip:101@acme.example"}};
  service_.revision_ = 30;
  EXPECT_TRUE(Watch().ok());
  EXPECT_EQ(service_.asked_.size(), 2U);
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(service_.watches_.at(1).cursor(), "");
  EXPECT_EQ(service_.watches_.at(1).since_revision(), 30);
}

TEST_F(MatchWatchTest, MoreMatchesThanTheServiceTakesAreComparedHere) {
  Begin([](DeviceState& state) {
    for (const char* user : {"104", "105"})
      state.known.insert({D(2), 1, absl::StrCat("sip:", user, "@acme.example")});
  });
  Answer({Heartbeat("c1")});
  EXPECT_TRUE(Watch().ok());
  EXPECT_EQ(events_.size(), 3U);
  EXPECT_EQ(service_.asked_.size(), 2U);
}

TEST_F(MatchWatchTest, ALostConnectionIsMadeAgain) {
  options_.once = false;
  int pauses = 0;
  options_.on_pause = [&](const absl::Status&, absl::Duration) {
    if (++pauses == 3) stop_.request_stop();
  };
  Answer({Heartbeat("c1")}, kLost);
  Answer({Heartbeat("c2")});
  Answer({}, kLost);
  EXPECT_TRUE(Watch().ok());
  ASSERT_EQ(service_.watches_.size(), 3U);
  EXPECT_EQ(service_.watches_[1].cursor(), "c1");
  EXPECT_EQ(service_.watches_[2].cursor(), "c2");
}

TEST_F(MatchWatchTest, ALostConnectionEndsASingleRun) {
  Answer({}, kLost);
  EXPECT_EQ(Watch().code(), absl::StatusCode::kUnavailable);
}

TEST_F(MatchWatchTest, SilenceIsALostConnection) {
  // Long enough for the one message there is, on whichever machine.
  options_.silence_max = absl::Seconds(2);
  service_.watch_answers_.push_back([this](Writer* writer) {
    writer->Write(Event(MatchEvent::kAnnounced, D(2), "sip:102@acme.example", "c1"));
    while (!service_.watch_->IsCancelled()) absl::SleepFor(absl::Milliseconds(10));
    return grpc::Status::OK;
  });
  const absl::Status status = Watch();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no sign of life"));
  EXPECT_THAT(events_, ElementsAre("+sip:102@acme.example"));
}

TEST_F(MatchWatchTest, AStopEndsAWatchThatWaits) {
  options_.once = false;
  options_.on_event = [this](MatchEvent, const KnownMatch&) { stop_.request_stop(); };
  service_.watch_answers_.push_back([](Writer* writer) {
    writer->Write(Event(MatchEvent::kAnnounced, D(2), "sip:102@acme.example", "c1"));
    while (writer->Write(Heartbeat("c1"))) absl::SleepFor(absl::Milliseconds(10));
    return grpc::Status::OK;
  });
  EXPECT_TRUE(Watch().ok());
}

TEST_F(MatchWatchTest, ASyncMeanwhileIsNoticed) {
  service_.watch_answers_.push_back([this](Writer* writer) {
    EXPECT_TRUE(file_
                    .Update([](DeviceState& state) {
                      state.retained = {D(1), D(2), D(3)};
                      state.unmatched = {D(3)};
                    })
                    .ok());
    writer->Write(Heartbeat("c1"));
    return kLost;
  });
  Answer({Heartbeat("c2")});
  EXPECT_TRUE(Watch().ok());
  EXPECT_THAT(service_.asked_, ElementsAre(Packed(D(3))));
  EXPECT_EQ(service_.watches_.at(1).cursor(), "cursor");
}

TEST_F(MatchWatchTest, WhatEndsItSaysWhatToDo) {
  for (const auto& [code, reason] : std::vector<std::pair<grpc::StatusCode, const char*>>{
           {grpc::StatusCode::NOT_FOUND, "NOT_FOUND"},
           {grpc::StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED"},
           {grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED"}}) {
    options_.once = false;
    Answer({Heartbeat("c1")}, Refusal(code, reason));
    const absl::Status status = Watch();
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_THAT(std::string(status.message()), HasSubstr("sync again")) << reason;
  }
}

TEST_F(MatchWatchTest, WithoutASyncThereIsNothingToWatch) {
  Begin([](DeviceState& state) { state = NewDeviceState(); });
  EXPECT_THAT(std::string(Watch().message()), HasSubstr("sync first"));
  std::filesystem::remove(file_.path());
  EXPECT_EQ(Watch().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(file_.path()));
}

}  // namespace
}  // namespace smartcontacts::client
