// Retained address books through the real server: what a sync keeps, refuses and repeats.

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

class RetentionTest : public ServerTest {
 protected:
  void SetUp() override {
    StartServer();
    CreateTenant("acme");
    OfferRetention(*this, "acme");
    Upsert("acme", "101", {"tel:+493023125101"});
    Upsert("acme", "102", {"tel:+493023125102"});
  }

  // How many contacts each of the account's devices retains.
  static std::vector<std::string> Books(Device& device) {
    std::vector<std::string> books;
    const v1::GetMyDataResponse data = device.MyData();
    for (const v1::AddressBookData& book : data.address_books()) {
      books.push_back(absl::StrCat(book.device_id(), " ", book.retained_count()));
    }
    return books;
  }
};

TEST_F(RetentionTest, ABookIsRetainedAndChangedByDeltas) {
  Device phone(*this, "acme", "101");
  const v1::SyncAddressBookResponse first = phone.Replace({kAlice, kBob, kAlice});
  EXPECT_EQ(first.retained_count(), 2);
  const std::int64_t days =
      (first.expire_time().seconds() - absl::ToUnixSeconds(absl::Now())) / (24 * 3600);
  EXPECT_GE(days, 29);
  EXPECT_LE(days, 30);
  EXPECT_EQ(phone.Change({kCarol}, {kAlice}).retained_count(), 2);
  EXPECT_EQ(phone.Change({}, {kAlice, kBob, kCarol}).retained_count(), 0);
  EXPECT_EQ(phone.Replace({kBob}).retained_count(), 1);
  EXPECT_THAT(Books(phone), ElementsAre("phone 1"));
}

TEST_F(RetentionTest, ASyncRepeatedAfterALostAnswerChangesNothing) {
  Device phone(*this, "acme", "101");
  const std::vector<v1::SyncAddressBookRequest> sync = {phone.Start(), phone.Delta({kAlice}),
                                                        Device::Finish(1)};
  v1::SyncAddressBookResponse first;
  v1::SyncAddressBookResponse again;
  ASSERT_TRUE(phone.Send(sync, &first).ok());
  ASSERT_TRUE(phone.Send(sync, &again).ok());
  EXPECT_EQ(again.sync_token(), first.sync_token());
  EXPECT_EQ(again.retained_count(), 1);
  // A late repetition does not undo what came after it.
  phone.sync_token_ = first.sync_token();
  phone.Change({kBob});
  EXPECT_TRUE(Fails(phone.Send(sync), StatusCode::FAILED_PRECONDITION, "SYNC_TOKEN_INVALID"));
  EXPECT_THAT(Books(phone), ElementsAre("phone 2"));
  // The same name for other contents is a mistake that would lose contacts.
  v1::SyncAddressBookRequest start = phone.Start();
  ASSERT_TRUE(phone.Send({start, phone.Delta({kAlice}), Device::Finish(1)}).ok());
  const grpc::Status other = phone.Send({start, phone.Delta({kBob}), Device::Finish(1)});
  EXPECT_TRUE(Fails(other, StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_EQ(DetailsOf(other).field, "start.sync_id");
}

TEST_F(RetentionTest, WithoutConsentNothingIsKept) {
  Device phone(*this, "acme", "101");
  v1::SyncAddressBookRequest start = phone.Start();
  start.mutable_start()->clear_consent();
  const grpc::Status none = phone.Send({start, phone.Delta({kAlice}), Device::Finish(1)});
  EXPECT_TRUE(Fails(none, StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED"));
  EXPECT_EQ(DetailsOf(none).metadata["privacy_policy_version"], kPolicyVersion);
  start = phone.Start();
  start.mutable_start()->mutable_consent()->set_privacy_policy_version("2025-01");
  EXPECT_TRUE(Fails(phone.Send({start, phone.Delta({kAlice}), Device::Finish(1)}),
                    StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED"));
  start = phone.Start();
  start.mutable_start()->mutable_consent()->mutable_agree_time()->set_seconds(
      absl::ToUnixSeconds(absl::Now() + absl::Hours(48)));
  EXPECT_TRUE(Fails(phone.Send({start, phone.Delta({kAlice}), Device::Finish(1)}),
                    StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_THAT(Books(phone), IsEmpty());
}

TEST_F(RetentionTest, ANewPrivacyPolicyNeedsANewConsent) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  OfferRetention(*this, "acme", 30, "2026-12");
  v1::SyncAddressBookRequest start = phone.Start();
  start.mutable_start()->clear_consent();
  start.mutable_start()->set_sync_token(phone.sync_token_);
  EXPECT_TRUE(Fails(phone.Send({start, Device::Finish(0)}), StatusCode::FAILED_PRECONDITION,
                    "CONSENT_REQUIRED"));
  EXPECT_TRUE(Fails(phone.Watch()->Finish(), StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED"));
  start.mutable_start()->mutable_consent()->set_privacy_policy_version("2026-12");
  start.mutable_start()->mutable_consent()->mutable_agree_time()->set_seconds(
      absl::ToUnixSeconds(absl::Now()));
  EXPECT_TRUE(phone.Send({start, Device::Finish(0)}).ok());
  EXPECT_EQ(phone.MyData().address_books(0).consent().privacy_policy_version(), "2026-12");
}

TEST_F(RetentionTest, AStreamThatIsCutOffAnywhereChangesNothing) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  const auto watch = phone.Watch();
  EXPECT_THAT(watch->UntilHeartbeat(), IsEmpty());
  // What is retained is what is announced, one joiner after the other; and it is as it was synced.
  const auto expect_unchanged = [&] {
    Upsert("acme", "112", {kBob});
    Upsert("acme", "113", {kCarol});
    Upsert("acme", "111", {kAlice});
    EXPECT_THAT(watch->Events(1), ElementsAre("+ sip:111@acme.example"));
    for (const char* user : {"111", "112", "113"}) Remove("acme", user);
    EXPECT_THAT(watch->Events(1), ElementsAre("- sip:111@acme.example"));
    EXPECT_EQ(phone.Change({}).retained_count(), 1);
    EXPECT_THAT(Books(phone), ElementsAre("phone 1"));
  };
  const std::vector<v1::SyncAddressBookRequest> whole = {phone.Start(), phone.Delta({kBob}),
                                                         phone.Delta({kCarol}), Device::Finish(2)};
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<v1::SyncAddressBookRequest> part(
        whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_TRUE(Fails(phone.Send(part), StatusCode::FAILED_PRECONDITION, "SYNC_INCOMPLETE"))
        << length;
  }
  // A message that was lost on the way.
  for (const std::size_t lost : {1U, 2U}) {
    EXPECT_TRUE(Fails(phone.Send({whole[0], whole[lost], whole[3]}),
                      StatusCode::FAILED_PRECONDITION, "SYNC_INCOMPLETE"));
  }
  expect_unchanged();
  // A client that goes away, after whichever message, leaves nothing and keeps nobody from syncing.
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto context = CallWith(phone.token());
    v1::SyncAddressBookResponse response;
    const auto writer =
        v1::AddressBookService::NewStub(app_)->SyncAddressBook(context.get(), &response);
    for (std::size_t i = 0; i < length; ++i) writer->Write(whole[i]);
    context->TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), StatusCode::CANCELLED) << length;
  }
  // Until the service has noticed, they may be all that the account may have under way.
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  grpc::Status status = phone.Send({phone.Start()});
  while (DetailsOf(status).reason == "CONFLICT" && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(10));
    status = phone.Send({phone.Start()});
  }
  EXPECT_TRUE(Fails(status, StatusCode::FAILED_PRECONDITION, "SYNC_INCOMPLETE"));
  expect_unchanged();
  EXPECT_TRUE(phone.Send(whole).ok());
  EXPECT_THAT(Books(phone), ElementsAre("phone 2"));
}

TEST_F(RetentionTest, WrongFieldsAreNamed) {
  Device phone(*this, "acme", "101");
  const auto refused = [&](const std::vector<v1::SyncAddressBookRequest>& messages, StatusCode code,
                           const std::string& reason, const std::string& field) {
    const grpc::Status status = phone.Send(messages);
    EXPECT_TRUE(Fails(status, code, reason)) << field;
    EXPECT_EQ(DetailsOf(status).field, field);
  };
  const auto with = [&](auto change) {
    v1::SyncAddressBookRequest start = phone.Start();
    change(*start.mutable_start());
    return std::vector<v1::SyncAddressBookRequest>{start, Device::Finish(0)};
  };
  const StatusCode invalid = StatusCode::INVALID_ARGUMENT;
  refused(with([](auto& start) { start.set_device_id("my phone"); }), invalid, "FIELD_INVALID",
          "start.device_id");
  refused(with([](auto& start) { start.set_device_id(std::string(65, 'x')); }), invalid,
          "FIELD_INVALID", "start.device_id");
  refused(with([](auto& start) { start.set_sync_id("short"); }), invalid, "FIELD_INVALID",
          "start.sync_id");
  refused(with([](auto& start) { start.clear_epoch(); }), invalid, "FIELD_INVALID", "start.epoch");
  refused(with([](auto& start) { start.set_epoch(99); }), StatusCode::FAILED_PRECONDITION,
          "EPOCH_UNKNOWN", "start.epoch");
  refused(with([](auto& start) { start.set_sync_token(std::string(16, 'x')); }),
          StatusCode::FAILED_PRECONDITION, "SYNC_TOKEN_INVALID", "start.sync_token");
  refused(with([](auto& start) { start.set_sync_token("odd"); }), StatusCode::FAILED_PRECONDITION,
          "SYNC_TOKEN_INVALID", "start.sync_token");
  refused({Device::Finish(0)}, invalid, "FIELD_INVALID", "step");
  refused({phone.Start(), phone.Start()}, invalid, "FIELD_INVALID", "step");
  refused({phone.Start(), v1::SyncAddressBookRequest()}, invalid, "FIELD_INVALID", "step");
  v1::SyncAddressBookRequest odd;
  odd.mutable_delta()->set_added_digests("odd");
  refused({phone.Start(), odd}, invalid, "DIGEST_LENGTH_INVALID", "delta.added_digests");
  v1::SyncAddressBookRequest large;
  large.mutable_delta()->set_removed_digests(std::string(16 * 10'001, 'x'));
  refused({phone.Start(), large}, invalid, "BATCH_TOO_LARGE", "delta.removed_digests");
  EXPECT_THAT(Books(phone), IsEmpty());
}

TEST_F(RetentionTest, LimitsOfDeviceAndAccountHold) {
  Device phone(*this, "acme", "101");
  std::vector<v1::SyncAddressBookRequest> messages = {phone.Start()};
  for (int i = 0; i < 11; ++i) {
    std::string digests(16 * 10'000, '\0');
    for (std::size_t at = 0; at < digests.size(); at += 16) {
      digests.replace(at, 16, absl::StrCat(absl::Hex(i * 10'000 + at / 16, absl::kZeroPad16)));
    }
    v1::SyncAddressBookRequest delta;
    delta.mutable_delta()->set_added_digests(digests);
    messages.push_back(delta);
  }
  messages.push_back(Device::Finish(110'000));
  EXPECT_TRUE(Fails(phone.Send(messages), StatusCode::INVALID_ARGUMENT, "BATCH_TOO_LARGE"));
  EXPECT_THAT(Books(phone), IsEmpty());
  for (int i = 0; i < 10; ++i) Device(*this, "acme", "101", absl::StrCat("d", i)).Replace({kAlice});
  Device eleventh(*this, "acme", "101", "d10");
  const grpc::Status status = eleventh.Send({eleventh.Start(), Device::Finish(0)});
  EXPECT_TRUE(Fails(status, StatusCode::INVALID_ARGUMENT, "BATCH_TOO_LARGE"));
  EXPECT_EQ(DetailsOf(status).metadata["limit"], "10");
  ASSERT_TRUE(phone.Erase("d0").ok());
  EXPECT_TRUE(eleventh.Send({eleventh.Start(), Device::Finish(0)}).ok());
}

TEST_F(RetentionTest, AnotherAccountsDeviceIsAnotherDevice) {
  Device mine(*this, "acme", "101");
  mine.Replace({kAlice, kBob});
  Device theirs(*this, "acme", "102");
  v1::SyncAddressBookRequest start = theirs.Start();
  start.mutable_start()->set_sync_token(mine.sync_token_);
  EXPECT_TRUE(Fails(theirs.Send({start, Device::Finish(0)}), StatusCode::FAILED_PRECONDITION,
                    "SYNC_TOKEN_INVALID"));
  EXPECT_TRUE(Fails(theirs.Watch()->Finish(), StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Fails(theirs.Erase("phone"), StatusCode::NOT_FOUND, "NOT_FOUND"));
  theirs.Replace({kCarol});
  EXPECT_THAT(Books(mine), ElementsAre("phone 2"));
  EXPECT_THAT(Books(theirs), ElementsAre("phone 1"));
}

TEST_F(RetentionTest, OnlySubscribersOfATenantThatOffersItMayRetain) {
  Device stranger(*this, "acme", "199");
  EXPECT_TRUE(Fails(stranger.Send({stranger.Start(), Device::Finish(0)}),
                    StatusCode::PERMISSION_DENIED, "FEATURE_DISABLED"));
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  OfferRetention(*this, "acme", 0);
  EXPECT_TRUE(Fails(phone.Send({phone.Start(), Device::Finish(0)}), StatusCode::PERMISSION_DENIED,
                    "FEATURE_DISABLED"));
  EXPECT_TRUE(Fails(phone.Watch()->Finish(), StatusCode::PERMISSION_DENIED, "FEATURE_DISABLED"));
  EXPECT_THAT(Books(phone), IsEmpty());
}

TEST_F(RetentionTest, AnEpochThatEndedNeedsTheWholeBookAgain) {
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  ASSERT_EQ(Admin({"epoch", "rotate", "acme", "--overlap-hours", "0"}).exit_code, 0);
  EXPECT_TRUE(Fails(phone.Watch()->Finish(), StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED"));
  v1::SyncAddressBookRequest start = phone.Start();
  start.mutable_start()->set_sync_token(phone.sync_token_);
  EXPECT_TRUE(Fails(phone.Send({start, Device::Finish(0)}), StatusCode::FAILED_PRECONDITION,
                    "SYNC_TOKEN_INVALID"));
  phone.Replace({kAlice});
  EXPECT_THAT(phone.Watch()->UntilHeartbeat(), IsEmpty());
}

}  // namespace
}  // namespace smartcontacts::integration
