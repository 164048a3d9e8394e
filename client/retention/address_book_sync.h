// Brings what the service retains of this device's contacts up to date.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_ADDRESS_BOOK_SYNC_H_
#define SMART_CONTACTS_CLIENT_RETENTION_ADDRESS_BOOK_SYNC_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/connection.h"
#include "client/retention/device_state.h"
#include "client/retention/state_file.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

struct SyncResult {
  // Against the last sync of this device; after a new epoch everything is added.
  std::int64_t added_count = 0;
  std::int64_t removed_count = 0;
  bool full = false;  // everything was sent, not only what changed
  std::int64_t retained_count = 0;
  absl::Time expire_time;  // if the device stays silent
};

// Syncs `digests` (sorted, each once, of the policy's epoch). Sends what changed, or everything if
// there is nothing to change or the service does not know our token any more. What is going to be
// sent is in `file` before it is sent: after a lost answer or a crash the next call first repeats
// exactly that. `consent` is what the person agreed to just now; nothing if nobody was asked. If
// nobody answers, the quota is used up or the epoch has ended, `file` keeps it for the next call.
//
// Errors are ToStatus()'s and the file's. CONSENT_REQUIRED (see ReasonOf()): ask the person and
// call again with a consent; the state then says that there is none. RESOURCE_EXHAUSTED, with
// nothing sent, for more digests than a device may retain, and if the service asks to wait (see
// RetryDelayOf()). ABORTED if another process synced the same device meanwhile.
absl::StatusOr<SyncResult> SyncAddressBook(const Connection& connection,
                                           const v1::GetPolicyResponse& policy,
                                           const std::vector<crypto::Digest>& digests,
                                           const std::optional<GivenConsent>& consent,
                                           const StateFile& file);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_ADDRESS_BOOK_SYNC_H_
