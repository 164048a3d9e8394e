#include "client/retention/sync_plan.h"

#include <gmock/gmock.h>

#include "client/retention/packed_digests.h"
#include "tests/client/retention/states.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::Limits LimitsOf(int digests, int bytes) {
  v1::Limits limits;
  limits.set_digests_per_message_max(digests);
  limits.set_message_bytes_max(bytes);
  return limits;
}

std::vector<v1::SyncAddressBookRequest> MessagesOf(const DeviceState& state,
                                                   const v1::Limits& limits) {
  std::vector<v1::SyncAddressBookRequest> messages;
  EXPECT_TRUE(WriteSync(state, limits, [&messages](const v1::SyncAddressBookRequest& message) {
                messages.push_back(message);
                return absl::OkStatus();
              }).ok());
  return messages;
}

DeviceState Planned(DeviceState state, std::vector<crypto::Digest> digests, std::int64_t epoch = 1,
                    bool full = false) {
  state.pending = PlanSync(state, std::move(digests), epoch, full, std::nullopt);
  return state;
}

TEST(SyncPlanTest, ADeltaIsWhatCameAndWhatWent) {
  const std::vector<crypto::Digest> before = {D(1), D(2), D(4)};
  const std::vector<crypto::Digest> after = {D(2), D(3), D(5)};
  EXPECT_THAT(DeltaOf(before, after).added, ElementsAre(D(3), D(5)));
  EXPECT_THAT(DeltaOf(before, after).removed, ElementsAre(D(1), D(4)));
  EXPECT_THAT(DeltaOf(before, before).added, IsEmpty());
  EXPECT_THAT(DeltaOf(before, {}).removed, ElementsAre(D(1), D(2), D(4)));
}

TEST(SyncPlanTest, ConsentIsAskedForOnceAndForEachVersionOfThePolicy) {
  v1::GetPolicyResponse policy;
  policy.set_privacy_policy_version("2026-11");
  EXPECT_TRUE(NeedsConsent(DeviceState(), policy));
  EXPECT_FALSE(NeedsConsent(SyncedState(), policy));
  policy.set_privacy_policy_version("2026-12");
  EXPECT_TRUE(NeedsConsent(SyncedState(), policy));
  DeviceState begun = SyncedState();
  begun.pending = PlanSync(begun, {}, 1, false, GivenConsent{"2026-12", absl::UnixEpoch()});
  EXPECT_FALSE(NeedsConsent(begun, policy));
}

TEST(SyncPlanTest, EverythingIsSentWithoutATokenInAnotherEpochAndOnDemand) {
  EXPECT_TRUE(Planned(DeviceState(), {D(1)}).pending->full);
  EXPECT_TRUE(Planned(SyncedState(), {D(1)}, /*epoch=*/2).pending->full);
  EXPECT_TRUE(Planned(SyncedState(), {D(1)}, 1, /*full=*/true).pending->full);
  EXPECT_FALSE(Planned(SyncedState(), {D(1)}).pending->full);
}

TEST(SyncPlanTest, ADeltaCarriesTheTokenAndWhatChanged) {
  const auto messages = MessagesOf(Planned(SyncedState(), {D(2), D(3)}), LimitsOf(10, 1000));
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].start().device_id(), "device-1");
  EXPECT_EQ(messages[0].start().sync_token(), SyncedState().sync_token);
  EXPECT_EQ(messages[0].start().sync_id().size(), kSyncIdSize);
  EXPECT_FALSE(messages[0].start().has_consent());
  EXPECT_EQ(messages[1].delta().added_digests(), Pack({D(3)}));
  EXPECT_EQ(messages[1].delta().removed_digests(), Pack({D(1)}));
  EXPECT_EQ(messages[2].finish().digest_count(), 2);
}

TEST(SyncPlanTest, AFullSyncCarriesNoTokenAndEverything) {
  const auto messages = MessagesOf(Planned(SyncedState(), {D(2), D(3)}, 2), LimitsOf(10, 1000));
  EXPECT_EQ(messages[0].start().sync_token(), "");
  EXPECT_EQ(messages[0].start().epoch(), 2);
  EXPECT_EQ(messages[1].delta().added_digests(), Pack({D(2), D(3)}));
  EXPECT_EQ(messages[1].delta().removed_digests(), "");
}

TEST(SyncPlanTest, NothingToChangeIsStillASync) {
  const auto messages = MessagesOf(Planned(SyncedState(), {D(1), D(2)}), LimitsOf(10, 1000));
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].finish().digest_count(), 0);
}

TEST(SyncPlanTest, MessagesKeepToBothLimits) {
  DeviceState state = SyncedState();
  state.retained.clear();
  std::vector<crypto::Digest> wanted;
  for (std::uint8_t i = 0; i < 100; ++i) (i < 40 ? state.retained : wanted).push_back(D(i));
  state = Planned(state, wanted);
  // The second limit is one of bytes: 64 and room for 7 digests.
  for (const auto& [limits, batch] :
       {std::pair(LimitsOf(9, 10'000), 9), std::pair(LimitsOf(1000, 64 + 7 * 16 + 15), 7)}) {
    std::string added;
    std::string removed;
    for (const v1::SyncAddressBookRequest& message : MessagesOf(state, limits)) {
      EXPECT_LE(message.ByteSizeLong(), static_cast<std::size_t>(limits.message_bytes_max()));
      const v1::SyncDelta& delta = message.delta();
      EXPECT_LE(delta.added_digests().size() + delta.removed_digests().size(), batch * 16U);
      added += delta.added_digests();
      removed += delta.removed_digests();
    }
    EXPECT_EQ(added, Pack(wanted));
    EXPECT_EQ(removed, Pack(state.retained));
  }
}

TEST(SyncPlanTest, ARepetitionIsTheSameToTheByte) {
  DeviceState state = SyncedState();
  state.pending = PlanSync(state, {D(2), D(3)}, 1, false,
                           GivenConsent{"2026-12", absl::FromUnixSeconds(1'800'000'000)});
  const DeviceState restored = *ParseDeviceState(Serialize(state));
  const v1::Limits limits = LimitsOf(1, 1000);
  const auto first = MessagesOf(state, limits);
  const auto again = MessagesOf(restored, limits);
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); ++i)
    EXPECT_EQ(first[i].SerializeAsString(), again[i].SerializeAsString());
  // But each sync has an id of its own.
  EXPECT_NE(Planned(state, {D(3)}).pending->sync_id, Planned(state, {D(3)}).pending->sync_id);
}

TEST(SyncPlanTest, AfterADeltaOnlyNewContactsHaveToBeMatched) {
  DeviceState state = SyncedState();
  state.unmatched = {D(2)};
  state.known = {{D(1), 1, "sip:101@acme.example"}, {D(2), 1, "sip:102@acme.example"}};
  state = Planned(state, {D(2), D(3)});
  CompleteSync(state, "next");
  EXPECT_EQ(state.pending, std::nullopt);
  EXPECT_EQ(state.sync_token, "next");
  EXPECT_THAT(state.retained, ElementsAre(D(2), D(3)));
  EXPECT_THAT(state.unmatched, ElementsAre(D(2), D(3)));
  EXPECT_EQ(state.cursor, "cursor");
  EXPECT_EQ(state.revision, 7);
  EXPECT_THAT(state.known, ElementsAre(KnownMatch{D(2), 1, "sip:102@acme.example"}));
}

TEST(SyncPlanTest, AfterAFullSyncEverythingHasToBeMatchedAndNoCursorHolds) {
  DeviceState state = Planned(SyncedState(), {D(5), D(6)}, /*epoch=*/2);
  state.pending->consent = GivenConsent{"2026-12", absl::UnixEpoch()};
  CompleteSync(state, "next");
  EXPECT_EQ(state.epoch, 2);
  EXPECT_EQ(state.consented_version, "2026-12");
  EXPECT_THAT(state.unmatched, ElementsAre(D(5), D(6)));
  EXPECT_EQ(state.cursor, "");
  EXPECT_EQ(state.revision, 0);
  // What is shown stays until the match says what it is called now.
  EXPECT_EQ(state.known, SyncedState().known);
}

}  // namespace
}  // namespace smartcontacts::client
