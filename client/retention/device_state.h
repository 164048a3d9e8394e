// What a device keeps between syncs, and the text that it is kept as.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_DEVICE_STATE_H_
#define SMART_CONTACTS_CLIENT_RETENTION_DEVICE_STATE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/digest.h"

namespace smartcontacts::client {

inline constexpr std::size_t kSyncIdSize = 16;
inline constexpr std::size_t kSyncTokenSizeMax = 64;
inline constexpr std::size_t kCursorSizeMax = 64;

// What the person agreed to, and when.
struct GivenConsent {
  std::string privacy_policy_version;
  absl::Time agree_time;  // whole seconds

  friend bool operator==(const GivenConsent&, const GivenConsent&) = default;
};

// A sync that was begun and may or may not have arrived: enough to repeat it to the byte.
struct PendingSync {
  std::string sync_id;  // kSyncIdSize bytes
  std::int64_t epoch = 0;
  bool full = false;                    // replaces all that is retained
  std::vector<crypto::Digest> digests;  // retained when it is done; sorted
  std::optional<GivenConsent> consent;

  friend bool operator==(const PendingSync&, const PendingSync&) = default;
};

// A subscriber that is shown for a contact.
struct KnownMatch {
  crypto::Digest digest;
  std::int64_t epoch = 0;  // of the digest
  std::string aor;

  friend bool operator==(const KnownMatch&, const KnownMatch&) = default;
  friend auto operator<=>(const KnownMatch&, const KnownMatch&) = default;
};

struct DeviceState {
  std::string device_id;
  // The privacy policy that what is retained rests on. Empty: no consent was given.
  std::string consented_version;
  // As of the last sync that was answered. Epoch 0: there was none.
  std::int64_t epoch = 0;
  std::string sync_token;
  std::vector<crypto::Digest> retained;  // sorted, each once
  std::optional<PendingSync> pending;

  // Of `retained`, those that were never matched in full: what has to be done before watching.
  std::vector<crypto::Digest> unmatched;  // sorted, each once
  std::string cursor;                     // of the last message that was handled
  std::int64_t revision = 0;              // of the match to watch from while there is no cursor
  std::set<KnownMatch> known;

  friend bool operator==(const DeviceState&, const DeviceState&) = default;
};

// A state for a new installation, with a random device_id.
DeviceState NewDeviceState();

// As JSON. Contains digests, which are contact data: keep it where only its owner reads it.
std::string Serialize(const DeviceState& state);

// Strict: INVALID_ARGUMENT, naming the member and without contact data, for anything Serialize()
// does not write.
absl::StatusOr<DeviceState> ParseDeviceState(const std::string& text);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_DEVICE_STATE_H_
