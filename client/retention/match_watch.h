// Hears of retained contacts that become subscribers, and of matches that end.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_MATCH_WATCH_H_
#define SMART_CONTACTS_CLIENT_RETENTION_MATCH_WATCH_H_

#include <functional>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/connection/connection.h"
#include "client/retention/device_state.h"
#include "client/retention/state_file.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

enum class MatchEvent { kAnnounced, kRevoked };

struct WatchOptions {
  // Called from the thread that watches, in order, while the file is locked: it must not use the
  // file. After a crash the last event may come again.
  std::function<void(MatchEvent, const KnownMatch&)> on_event;
  // The connection was lost, and why, and when it is tried again.
  std::function<void(const absl::Status&, absl::Duration)> on_pause = [](const auto&, auto) {};
  // End when everything that happened until now was told, and at the first lost connection.
  bool once = false;
  // Longer without a message than this, and the connection is taken for dead. The service sends a
  // heartbeat every minute.
  absl::Duration silence_max = absl::Minutes(3);
  // Before the first new attempt; doubles with each, up to the maximum.
  absl::Duration pause_min = absl::Seconds(1);
  absl::Duration pause_max = absl::Minutes(2);
};

// Watches until `stop` is requested, which is OK, or something ends it. What was never matched is
// matched in full first. The state in `file` follows each message after its event was handled. A
// lost connection is made again with growing pauses, spread at random; a cursor that is too old
// leads to a match in full; a sync of the same device, by whichever process, is noticed.
//
// Errors are ToStatus()'s and the file's, in words that say what to do: FAILED_PRECONDITION if this
// device has not synced or has to sync again (EPOCH_EXPIRED, CONSENT_REQUIRED), NOT_FOUND if what
// it retained was erased or has expired.
absl::Status WatchMatches(const Connection& connection, const v1::Limits& limits,
                          const StateFile& file, const WatchOptions& options, std::stop_token stop);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_MATCH_WATCH_H_
