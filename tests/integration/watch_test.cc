// Later joiners: who retains a contact hears of it, once, wherever the stream broke.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAlice[] = "tel:+493023125111";
constexpr char kBob[] = "tel:+493023125112";
constexpr char kCarol[] = "tel:+493023125113";

class WatchTest : public ServerTest {
 protected:
  void SetUp() override {
    StartServer();
    CreateTenant("acme");
    OfferRetention(*this, "acme");
    Upsert("acme", "101", {"tel:+493023125101"});
  }
};

TEST_F(WatchTest, JoinersAndLeaversAreAnnouncedToThoseWhoRetainThem) {
  Upsert("acme", "102", {"tel:+493023125102"});
  Device mine(*this, "acme", "101");
  Device theirs(*this, "acme", "102");
  mine.Replace({kAlice, kBob});
  theirs.Replace({kBob});
  const auto my_watch = mine.Watch();
  const auto their_watch = theirs.Watch();
  EXPECT_THAT(my_watch->UntilHeartbeat(), IsEmpty());
  EXPECT_THAT(their_watch->UntilHeartbeat(), IsEmpty());
  Upsert("acme", "111", {kAlice});
  Upsert("acme", "112", {kBob});
  EXPECT_THAT(my_watch->Events(2), ElementsAre("+ sip:111@acme.example", "+ sip:112@acme.example"));
  EXPECT_THAT(their_watch->Events(1), ElementsAre("+ sip:112@acme.example"));
  // Disabled and enabled again; another number; removed.
  Upsert("acme", "112", {kBob}, /*enabled=*/false);
  EXPECT_THAT(my_watch->Events(1), ElementsAre("- sip:112@acme.example"));
  Upsert("acme", "112", {kBob});
  EXPECT_THAT(my_watch->Events(1), ElementsAre("+ sip:112@acme.example"));
  Upsert("acme", "111", {kBob});
  EXPECT_THAT(my_watch->Events(2), ElementsAre("- sip:111@acme.example", "+ sip:111@acme.example"));
  Remove("acme", "112");
  EXPECT_THAT(my_watch->Events(1), ElementsAre("- sip:112@acme.example"));
  EXPECT_THAT(their_watch->Events(4),
              ElementsAre("- sip:112@acme.example", "+ sip:112@acme.example",
                          "+ sip:111@acme.example", "- sip:112@acme.example"));
}

TEST_F(WatchTest, TheDigestOfAnEventIsTheOneThatWasSynced) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  const auto watch = phone.Watch();
  watch->UntilHeartbeat();
  Upsert("acme", "111", {kAlice});
  const auto message = watch->Next();
  ASSERT_TRUE(message.has_value());
  const v1::AnnouncedMatch expected = phone.Known(kAlice, "111");
  EXPECT_EQ(message->announced().SerializeAsString(), expected.SerializeAsString());
}

TEST_F(WatchTest, AWatchThatBrokeGoesOnWithoutAGapOrARepetition) {
  Device phone(*this, "acme", "101");
  std::vector<std::string> numbers;
  for (int i = 200; i < 230; ++i) numbers.push_back(absl::StrCat("tel:+493023125", i));
  phone.Replace(numbers);
  std::string cursor;
  {
    const auto watch = phone.Watch();
    watch->UntilHeartbeat();
    cursor = watch->cursor();
  }
  for (int i = 200; i < 230; ++i) Upsert("acme", absl::StrCat(i), {numbers[std::size_t(i) - 200]});
  // Five events a connection, then it breaks.
  std::vector<std::string> all;
  while (all.size() < 30) {
    const auto watch = phone.Watch(cursor);
    for (const std::string& event : watch->Events(5)) all.push_back(event);
    cursor = watch->cursor();
  }
  std::sort(all.begin(), all.end());
  for (int i = 200; i < 230; ++i) {
    EXPECT_EQ(all[std::size_t(i) - 200], absl::StrCat("+ sip:", i, "@acme.example"));
  }
  EXPECT_THAT(phone.Watch(cursor)->UntilHeartbeat(), IsEmpty());
}

// One revision, several events: the cursor stands between them.
TEST_F(WatchTest, ABreakWithinOneRevisionLosesNothing) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice, kBob, kCarol});
  const auto before = phone.Watch();
  before->UntilHeartbeat();
  const std::string start = before->cursor();
  Upsert("acme", "120", {kAlice, kBob, kCarol});
  std::vector<std::string> digests;
  std::string cursor = start;
  for (int i = 0; i < 3; ++i) {
    const auto watch = phone.Watch(cursor);
    const auto message = watch->Next();
    ASSERT_TRUE(message.has_value() && message->has_announced());
    digests.push_back(message->announced().digest());
    cursor = watch->cursor();
  }
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::unique(digests.begin(), digests.end()), digests.end());
  EXPECT_THAT(phone.Watch(cursor)->UntilHeartbeat(), IsEmpty());
}

TEST_F(WatchTest, WhatEndedDuringABreakIsFoundAmongTheKnownMatches) {
  Upsert("acme", "111", {kAlice});
  Upsert("acme", "112", {kBob});
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice, kBob, kCarol});
  const auto watch = phone.Watch();
  watch->UntilHeartbeat();
  const std::string cursor = watch->cursor();
  Remove("acme", "111");
  Upsert("acme", "112", {kBob}, /*enabled=*/false);
  Upsert("acme", "112", {kBob});
  Upsert("acme", "113", {kCarol});
  const std::vector<v1::AnnouncedMatch> known = {phone.Known(kAlice, "111"),
                                                 phone.Known(kBob, "112")};
  // 112 went and came back, and is shown still.
  EXPECT_THAT(phone.Watch(cursor, nullptr, known)->UntilHeartbeat(),
              ElementsAre("+ sip:113@acme.example", "- sip:111@acme.example"));
}

TEST_F(WatchTest, SinceTheRevisionOfAMatchNobodyIsMissed) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice, kBob});
  Upsert("acme", "111", {kAlice});
  v1::MatchContactsResponse matched;
  ASSERT_TRUE(Match(phone.token(), Request(phone.token(), {kAlice, kBob}), &matched).ok());
  EXPECT_EQ(matched.matches_size(), 1);
  Upsert("acme", "112", {kBob});
  v1::WatchMatchesRequest request;
  request.set_device_id("phone");
  request.set_since_revision(matched.revision());
  WatchCall watch(app_, phone.token(), request);
  EXPECT_THAT(watch.UntilHeartbeat(), ElementsAre("+ sip:112@acme.example"));
}

TEST_F(WatchTest, WhoHidesVanishesAndWhoDoesNotWantToIsNotAnnounced) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice, kBob});
  const auto watch = phone.Watch();
  watch->UntilHeartbeat();
  Upsert("acme", "111", {kAlice});
  EXPECT_THAT(watch->Events(1), ElementsAre("+ sip:111@acme.example"));
  Device alice(*this, "acme", "111");
  ASSERT_TRUE(alice.SetDiscoverability(false, {}).ok());
  EXPECT_THAT(watch->Events(1), ElementsAre("- sip:111@acme.example"));
  EXPECT_THAT(MatchesOf(phone.token(), {kAlice}), IsEmpty());
  // Found again, and told to nobody.
  ASSERT_TRUE(alice.SetDiscoverability(true, false).ok());
  EXPECT_THAT(MatchesOf(phone.token(), {kAlice}), ElementsAre("0 sip:111@acme.example"));
  Upsert("acme", "112", {kBob});
  EXPECT_THAT(watch->Events(1), ElementsAre("+ sip:112@acme.example"));
}

TEST_F(WatchTest, AWatchEndsWithWhatItRestsOn) {
  Upsert("acme", "102", {"tel:+493023125102"});
  Device erased(*this, "acme", "101", "erased");
  Device kept(*this, "acme", "101", "kept");
  Device removed(*this, "acme", "102");
  for (Device* device : {&erased, &kept, &removed}) device->Replace({kAlice});
  const auto erased_watch = erased.Watch();
  const auto kept_watch = kept.Watch();
  const auto removed_watch = removed.Watch();
  for (WatchCall* watch : {erased_watch.get(), kept_watch.get(), removed_watch.get()}) {
    EXPECT_THAT(watch->UntilHeartbeat(), IsEmpty());
  }
  ASSERT_TRUE(erased.Erase("erased").ok());
  EXPECT_TRUE(Fails(erased_watch->Finish(), StatusCode::NOT_FOUND, "NOT_FOUND"));
  Remove("acme", "102");
  EXPECT_TRUE(Fails(removed_watch->Finish(), StatusCode::PERMISSION_DENIED, "FEATURE_DISABLED"));
  // Back again, and nothing of the former self is left.
  Upsert("acme", "102", {"tel:+493023125102"});
  EXPECT_THAT(removed.MyData().address_books(), IsEmpty());
  Upsert("acme", "111", {kAlice});
  EXPECT_THAT(kept_watch->Events(1), ElementsAre("+ sip:111@acme.example"));
  ASSERT_EQ(Admin({"tenant", "suspend", "acme"}).exit_code, 0);
  EXPECT_TRUE(Fails(kept_watch->Finish(), StatusCode::PERMISSION_DENIED, "TENANT_SUSPENDED"));
}

TEST_F(WatchTest, AServerThatStopsSaysSo) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  const auto watch = phone.Watch();
  watch->UntilHeartbeat();
  server_->Signal(SIGTERM);
  EXPECT_TRUE(Fails(watch->Finish(), StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_EQ(server_->Wait().exit_code, 0);
}

TEST_F(WatchTest, WrongFieldsAreNamed) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  const auto refused = [&](const v1::WatchMatchesRequest& request, const std::string& reason,
                           const std::string& field) {
    const grpc::Status status = WatchCall(app_, phone.token(), request).Finish();
    EXPECT_EQ(DetailsOf(status).reason, reason) << status.error_message();
    EXPECT_EQ(DetailsOf(status).field, field);
  };
  v1::WatchMatchesRequest request;
  refused(request, "FIELD_INVALID", "device_id");
  request.set_device_id("phone");
  request.set_cursor("odd");
  refused(request, "FIELD_INVALID", "cursor");
  request.clear_cursor();
  request.set_since_revision(-1);
  refused(request, "FIELD_INVALID", "since_revision");
  // Of a future that a backup took away.
  request.set_since_revision(1'000'000);
  refused(request, "REVISION_EXPIRED", "cursor");
  request.clear_since_revision();
  request.add_known_matches()->set_digest("odd");
  refused(request, "DIGEST_LENGTH_INVALID", "known_matches[0].digest");
  for (int i = 0; i < 10'001; ++i) request.add_known_matches();
  refused(request, "BATCH_TOO_LARGE", "known_matches");
  request.Clear();
  request.set_device_id("tablet");
  refused(request, "NOT_FOUND", "device_id");
}

}  // namespace
}  // namespace smartcontacts::integration
