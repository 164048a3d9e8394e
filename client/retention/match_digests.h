// Matches retained contacts in full, without their address book.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_MATCH_DIGESTS_H_
#define SMART_CONTACTS_CLIENT_RETENTION_MATCH_DIGESTS_H_

#include <cstdint>
#include <set>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/connection/connection.h"
#include "client/retention/device_state.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

struct FoundMatches {
  std::set<KnownMatch> matches;
  // Nothing that came later is among the matches for certain: where to watch from.
  std::int64_t revision = 0;
};

// Asks for `digests`, which are of `epoch`. Errors are ToStatus()'s.
absl::StatusOr<FoundMatches> MatchDigests(const Connection& connection, const v1::Limits& limits,
                                          std::int64_t epoch,
                                          absl::Span<const crypto::Digest> digests);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_MATCH_DIGESTS_H_
