#include "client/retention/device_state.h"

#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_replace.h"
#include "domain/names.h"
#include "tests/client/retention/states.h"

namespace smartcontacts::client {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

DeviceState FullState() {
  DeviceState state = SyncedState();
  state.unmatched = {D(2)};
  state.pending = PendingSync{std::string(kSyncIdSize, '\xEE'),
                              2,
                              true,
                              {D(2), D(3)},
                              GivenConsent{"2026-12", absl::FromUnixSeconds(1'800'000'000)}};
  return state;
}

TEST(DeviceStateTest, WhatIsWrittenIsReadAgain) {
  for (const DeviceState& state : {NewDeviceState(), SyncedState(), FullState()}) {
    const absl::StatusOr<DeviceState> read = ParseDeviceState(Serialize(state));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, state);
  }
}

TEST(DeviceStateTest, EachNewDeviceHasANameOfItsOwn) {
  const DeviceState state = NewDeviceState();
  EXPECT_TRUE(DeviceId::Parse(state.device_id).ok());
  EXPECT_NE(state.device_id, NewDeviceState().device_id);
}

TEST(DeviceStateTest, WhatIsNoStateIsRefused) {
  for (const char* text : {"", "{", "[]", "null", "7", "{}"}) {
    EXPECT_EQ(ParseDeviceState(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(DeviceStateTest, EveryMemberIsLookedAt) {
  const std::vector<std::pair<const char*, ordered_json>> faults = {
      {"/format", 2},
      {"/format", "1"},
      {"/device_id", ""},
      {"/device_id", "no such name"},
      {"/epoch", -1},
      {"/epoch", "one"},
      {"/epoch", 1.5},
      {"/sync_token", "ABCD"},
      {"/sync_token", "abc"},
      {"/sync_token", std::string(130, 'a')},
      {"/cursor", 5},
      {"/revision", 18446744073709551615U},
      {"/retained_digests", "none"},
      {"/retained_digests/0", "01"},
      {"/retained_digests/0", std::string(32, 'f')},  // not sorted any more
      {"/retained_digests/0", nullptr},
      {"/known_matches", ordered_json::object()},
      {"/known_matches/0", "sip:101@acme.example"},
      {"/known_matches/0/aor", 101},
      {"/known_matches/0/digest", "00"},
      {"/pending_sync", nullptr},
      {"/pending_sync/sync_id", "00"},
      {"/pending_sync/full", 1},
      {"/pending_sync/consent", "yes"},
      {"/pending_sync/consent/agree_time_s", -5},
      {"/added_by_hand", 1},
      {"/pending_sync/added_by_hand", 1}};
  for (const auto& [path, value] : faults) {
    ordered_json json = ordered_json::parse(Serialize(FullState()));
    json[ordered_json::json_pointer(path)] = value;
    const absl::Status status = ParseDeviceState(json.dump()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path << " " << value;
    // No contact data in an error.
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("101"))) << path;
  }
  for (const char* name :
       {"format", "device_id", "consented_version", "epoch", "sync_token", "cursor", "revision",
        "known_matches", "unmatched_digests", "retained_digests"}) {
    ordered_json json = ordered_json::parse(Serialize(FullState()));
    json.erase(name);
    EXPECT_THAT(std::string(ParseDeviceState(json.dump()).status().message()), HasSubstr(name));
  }
}

}  // namespace
}  // namespace smartcontacts::client
