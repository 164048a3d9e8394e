#include "client/retention/address_book_sync.h"

#include <gmock/gmock.h>

#include "client/retention/packed_digests.h"
#include "client/retention/sync_plan.h"
#include "tests/client/retention/fake_service.h"
#include "tests/client/retention/states.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "the line is cut");
const GivenConsent kConsent{"2026-11", absl::FromUnixSeconds(1'800'000'000)};

class AddressBookSyncTest : public testing::Test {
 protected:
  AddressBookSyncTest() {
    policy_.set_privacy_policy_version("2026-11");
    policy_.mutable_epoch()->set_number(1);
    policy_.mutable_limits()->set_digests_per_message_max(100);
    policy_.mutable_limits()->set_message_bytes_max(10'000);
    policy_.mutable_limits()->set_retained_digests_per_device_max(3);
  }

  void Synced() {
    ASSERT_TRUE(file_.ReadOrCreate().ok());
    ASSERT_TRUE(file_.Update([](DeviceState& state) { state = SyncedState(); }).ok());
  }

  absl::StatusOr<SyncResult> Sync(const std::vector<crypto::Digest>& digests,
                                  std::optional<GivenConsent> consent = std::nullopt) {
    return SyncAddressBook(*service_.connection_, policy_, digests, consent, file_);
  }

  std::string IdOf(std::size_t sync) { return service_.syncs_.at(sync).at(0).start().sync_id(); }

  FakeService service_;
  v1::GetPolicyResponse policy_;
  const TemporaryDirectory directory_;
  const StateFile file_{directory_ / "state.json"};
};

TEST_F(AddressBookSyncTest, TheFirstSyncSendsEverythingAndTheConsent) {
  service_.sync_answers_ = {grpc::Status::OK};
  const absl::StatusOr<SyncResult> result = Sync({D(1), D(2)}, kConsent);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->added_count, 2);
  EXPECT_EQ(result->retained_count, 7);
  EXPECT_TRUE(result->full);
  const v1::SyncStart& start = service_.syncs_.at(0).at(0).start();
  EXPECT_EQ(start.consent().privacy_policy_version(), "2026-11");
  EXPECT_EQ(start.consent().agree_time().seconds(), 1'800'000'000);
  const DeviceState state = *file_.Read();
  EXPECT_EQ(start.device_id(), state.device_id);
  EXPECT_EQ(state.sync_token, "token 1");
  EXPECT_EQ(state.consented_version, "2026-11");
  EXPECT_THAT(state.retained, ElementsAre(D(1), D(2)));
}

TEST_F(AddressBookSyncTest, LaterOnesSendWhatChanged) {
  Synced();
  service_.sync_answers_ = {grpc::Status::OK};
  const absl::StatusOr<SyncResult> result = Sync({D(2), D(3)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->added_count, 1);
  EXPECT_EQ(result->removed_count, 1);
  EXPECT_FALSE(result->full);
  EXPECT_EQ(service_.syncs_.at(0).at(1).delta().added_digests(), Pack({D(3)}));
}

TEST_F(AddressBookSyncTest, WhatIsSentIsWrittenDownBefore) {
  Synced();
  service_.sync_answers_ = {kLost};
  EXPECT_EQ(Sync({D(3)}).status().code(), absl::StatusCode::kUnavailable);
  const DeviceState state = *file_.Read();
  ASSERT_TRUE(state.pending.has_value());
  EXPECT_EQ(state.pending->sync_id, IdOf(0));
  EXPECT_THAT(state.retained, ElementsAre(D(1), D(2)));
}

TEST_F(AddressBookSyncTest, ALostAnswerIsFollowedByTheSameSyncAgain) {
  Synced();
  service_.sync_answers_ = {kLost, grpc::Status::OK};
  EXPECT_FALSE(Sync({D(3)}).ok());
  EXPECT_TRUE(Sync({D(3)}).ok());
  ASSERT_EQ(service_.syncs_.size(), 2U);
  EXPECT_EQ(service_.syncs_[0].size(), service_.syncs_[1].size());
  for (std::size_t i = 0; i < service_.syncs_[0].size(); ++i) {
    EXPECT_EQ(service_.syncs_[0][i].SerializeAsString(), service_.syncs_[1][i].SerializeAsString());
  }
  EXPECT_EQ(file_.Read()->pending, std::nullopt);
}

TEST_F(AddressBookSyncTest, ABookThatChangedSinceTheLostAnswerIsASyncOfItsOwn) {
  Synced();
  service_.sync_answers_ = {kLost, grpc::Status::OK, grpc::Status::OK};
  EXPECT_FALSE(Sync({D(3)}).ok());
  EXPECT_TRUE(Sync({D(3), D(4)}).ok());
  ASSERT_EQ(service_.syncs_.size(), 3U);
  EXPECT_EQ(IdOf(1), IdOf(0));
  EXPECT_NE(IdOf(2), IdOf(0));
  EXPECT_EQ(service_.syncs_[2][0].start().sync_token(), "token 2");
  EXPECT_EQ(service_.syncs_[2][1].delta().added_digests(), Pack({D(4)}));
}

TEST_F(AddressBookSyncTest, AnInvalidTokenLeadsToEverythingUnderANewId) {
  Synced();
  service_.sync_answers_ = {Refusal(grpc::StatusCode::FAILED_PRECONDITION, "SYNC_TOKEN_INVALID"),
                            grpc::Status::OK};
  const absl::StatusOr<SyncResult> result = Sync({D(1), D(2), D(3)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->full);
  EXPECT_NE(IdOf(0), IdOf(1));
  EXPECT_EQ(service_.syncs_.at(1).at(0).start().sync_token(), "");
  EXPECT_EQ(service_.syncs_.at(1).at(1).delta().added_digests(), Pack({D(1), D(2), D(3)}));
}

TEST_F(AddressBookSyncTest, ARefusedFullSyncIsNotRepeated) {
  service_.sync_answers_ = {Refusal(grpc::StatusCode::FAILED_PRECONDITION, "SYNC_TOKEN_INVALID")};
  EXPECT_EQ(ReasonOf(Sync({D(1)}, kConsent).status()), "SYNC_TOKEN_INVALID");
  EXPECT_EQ(file_.Read()->pending, std::nullopt);
}

TEST_F(AddressBookSyncTest, AWithdrawnConsentIsForgottenHereToo) {
  Synced();
  service_.sync_answers_ = {Refusal(grpc::StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED"),
                            grpc::Status::OK};
  EXPECT_EQ(ReasonOf(Sync({D(1)}).status()), "CONSENT_REQUIRED");
  EXPECT_TRUE(NeedsConsent(*file_.Read(), policy_));
  EXPECT_TRUE(Sync({D(1)}, kConsent).ok());
  EXPECT_FALSE(NeedsConsent(*file_.Read(), policy_));
}

// ---- A service that asks to wait ----

const grpc::Status kUsedUp =
    Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", /*retry_delay_s=*/3600);

TEST_F(AddressBookSyncTest, AServiceThatAsksToWaitIsNotAskedAgainAtOnce) {
  Synced();
  service_.sync_answers_ = {kLost, kUsedUp};
  EXPECT_FALSE(Sync({D(3)}).ok());
  const absl::Status status = Sync({D(3)}).status();
  EXPECT_EQ(ReasonOf(status), "QUOTA_EXCEEDED");
  EXPECT_EQ(RetryDelayOf(status), absl::Hours(1));
  EXPECT_EQ(service_.syncs_.size(), 2U);
  service_.sync_answers_ = {grpc::Status::OK};
  EXPECT_TRUE(Sync({D(3)}).ok());
  EXPECT_EQ(IdOf(2), IdOf(0)) << "it may have been applied before the answer was lost";
}

TEST_F(AddressBookSyncTest, AfterTheWaitTheBookOfTheLastCallIsSent) {
  Synced();
  service_.sync_answers_ = {kUsedUp, kUsedUp, grpc::Status::OK};
  EXPECT_FALSE(Sync({D(1), D(2), D(3)}).ok());
  EXPECT_EQ(ReasonOf(Sync({D(3)}).status()), "QUOTA_EXCEEDED");
  EXPECT_EQ(service_.syncs_.size(), 2U);
  EXPECT_THAT(file_.Read()->pending->digests, ElementsAre(D(3)));
  EXPECT_TRUE(Sync({D(3)}).ok());
  ASSERT_EQ(service_.syncs_.size(), 3U);
  EXPECT_NE(IdOf(2), IdOf(1));
  EXPECT_EQ(service_.syncs_[2][1].delta().added_digests(), Pack({D(3)}));
  EXPECT_EQ(service_.syncs_[2][1].delta().removed_digests(), Pack({D(1), D(2)}));
}

TEST_F(AddressBookSyncTest, WhoAgreedIsNotAskedAgainAfterTheWait) {
  service_.sync_answers_ = {kUsedUp, kUsedUp, grpc::Status::OK};
  EXPECT_FALSE(Sync({D(1)}, kConsent).ok());
  EXPECT_FALSE(NeedsConsent(*file_.Read(), policy_));
  EXPECT_FALSE(Sync({D(2)}).ok());
  EXPECT_FALSE(NeedsConsent(*file_.Read(), policy_));
  EXPECT_TRUE(Sync({D(2)}).ok());
  EXPECT_TRUE(service_.syncs_.at(2).at(0).start().has_consent());
  EXPECT_EQ(file_.Read()->consented_version, "2026-11");
}

// ---- What becomes of a consent ----

TEST_F(AddressBookSyncTest, AConsentOutlivesTheEpochItWasGivenIn) {
  service_.sync_answers_ = {kLost, Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED"),
                            grpc::Status::OK};
  EXPECT_FALSE(Sync({D(1)}, kConsent).ok());
  policy_.mutable_epoch()->set_number(2);
  EXPECT_FALSE(NeedsConsent(*file_.Read(), policy_));
  const absl::StatusOr<SyncResult> result = Sync({D(2)});
  ASSERT_TRUE(result.ok()) << result.status();
  const v1::SyncStart& start = service_.syncs_.at(2).at(0).start();
  EXPECT_EQ(start.epoch(), 2);
  EXPECT_EQ(start.consent().privacy_policy_version(), "2026-11");
  EXPECT_EQ(start.consent().agree_time().seconds(), 1'800'000'000);
  EXPECT_EQ(file_.Read()->consented_version, "2026-11");
}

TEST_F(AddressBookSyncTest, AlsoIfTheEpochEndsBetweenPolicyAndSync) {
  service_.sync_answers_ = {Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED")};
  EXPECT_EQ(ReasonOf(Sync({D(1)}, kConsent).status()), "EPOCH_EXPIRED");
  EXPECT_FALSE(NeedsConsent(*file_.Read(), policy_));
  Synced();
  service_.sync_answers_ = {Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED")};
  EXPECT_EQ(ReasonOf(Sync({D(1)}).status()), "EPOCH_EXPIRED");
  EXPECT_EQ(file_.Read()->pending, std::nullopt) << "there is nothing in it to keep";
}

TEST_F(AddressBookSyncTest, AConsentThatTheServiceRefusedIsNotSentAgain) {
  service_.sync_answers_ = {kLost,
                            Refusal(grpc::StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED"),
                            Refusal(grpc::StatusCode::FAILED_PRECONDITION, "CONSENT_REQUIRED")};
  EXPECT_FALSE(Sync({D(1)}, kConsent).ok());
  EXPECT_EQ(ReasonOf(Sync({D(1)}).status()), "CONSENT_REQUIRED");
  ASSERT_EQ(service_.syncs_.size(), 3U);
  EXPECT_FALSE(service_.syncs_[2][0].start().has_consent());
  EXPECT_TRUE(NeedsConsent(*file_.Read(), policy_));
}

TEST_F(AddressBookSyncTest, AConsentToAnotherVersionIsNotTakenForOneToThis) {
  const grpc::Status expired = Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED");
  service_.sync_answers_ = {kLost, expired, grpc::Status::OK};
  EXPECT_FALSE(Sync({D(1)}, kConsent).ok());
  policy_.set_privacy_policy_version("2026-12");
  EXPECT_TRUE(NeedsConsent(*file_.Read(), policy_));
  EXPECT_TRUE(Sync({D(1)}).ok());
  EXPECT_FALSE(service_.syncs_.at(2).at(0).start().has_consent());
  // The one that the person gave just now counts.
  service_.sync_answers_ = {kLost, expired, grpc::Status::OK};
  EXPECT_FALSE(Sync({D(2)}, kConsent).ok());
  EXPECT_TRUE(Sync({D(2)}, GivenConsent{"2026-12", kConsent.agree_time}).ok());
  EXPECT_EQ(service_.syncs_.at(5).at(0).start().consent().privacy_policy_version(), "2026-12");
}

TEST_F(AddressBookSyncTest, TwoProcessesThatSyncOneDeviceAreNotMixedUp) {
  Synced();
  service_.sync_answers_ = {grpc::Status::OK};
  service_.during_sync_ = [this] {
    EXPECT_TRUE(file_
                    .Update([](DeviceState& state) {
                      state.pending = PlanSync(state, {D(4)}, 1, /*full=*/false, std::nullopt);
                    })
                    .ok());
  };
  const absl::Status status = Sync({D(3)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("sync again"));
  const DeviceState state = *file_.Read();
  ASSERT_TRUE(state.pending.has_value());
  EXPECT_THAT(state.pending->digests, ElementsAre(D(4))) << "the other's is left alone";
  EXPECT_EQ(state.sync_token, SyncedState().sync_token);
  EXPECT_EQ(state.retained, SyncedState().retained);
}

TEST_F(AddressBookSyncTest, ABookThatIsTooLargeIsNotSent) {
  const absl::Status status = Sync({D(1), D(2), D(3), D(4)}, kConsent).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 3"));
}

}  // namespace
}  // namespace smartcontacts::client
