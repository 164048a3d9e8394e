// What a sync sends and what its success means for the device's state. Asks nobody.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_SYNC_PLAN_H_
#define SMART_CONTACTS_CLIENT_RETENTION_SYNC_PLAN_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/retention/device_state.h"
#include "smartcontacts/v1/address_book_service.pb.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

struct DigestDelta {
  std::vector<crypto::Digest> added;
  std::vector<crypto::Digest> removed;
};

// Both sorted, each digest once.
DigestDelta DeltaOf(absl::Span<const crypto::Digest> before,
                    absl::Span<const crypto::Digest> after);

// Whether the person has to be asked before this device may sync: at first, and when the privacy
// policy changed. A consent in a sync that was begun counts.
bool NeedsConsent(const DeviceState& state, const v1::GetPolicyResponse& policy);

// A sync that brings the service to `digests` (sorted, each once), under a new sync_id. It is a
// full one without a token, in another epoch, and if `full`.
PendingSync PlanSync(const DeviceState& state, std::vector<crypto::Digest> digests,
                     std::int64_t epoch, bool full, std::optional<GivenConsent> consent);

// The messages of the state's pending sync, always the same for the same state, each at most as
// large as `limits` allow. Ends with the first error of `write`, and returns it.
absl::Status WriteSync(const DeviceState& state, const v1::Limits& limits,
                       const std::function<absl::Status(const v1::SyncAddressBookRequest&)>& write);

// The pending sync has succeeded. Contacts that are new have to be matched before watching; what
// was shown for contacts that are gone is not shown any more. After a full sync all are new.
void CompleteSync(DeviceState& state, const std::string& sync_token);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_SYNC_PLAN_H_
