// What a match in full changes in what the app shows.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_MATCH_CHANGES_H_
#define SMART_CONTACTS_CLIENT_RETENTION_MATCH_CHANGES_H_

#include <cstdint>
#include <set>
#include <vector>

#include "absl/types/span.h"
#include "client/retention/device_state.h"

namespace smartcontacts::client {

struct MatchChanges {
  std::vector<KnownMatch> announced;
  std::vector<KnownMatch> revoked;
  std::set<KnownMatch> known;  // afterwards
};

// `found`: all matches of the digests `asked` (sorted), which are of `epoch`. Known matches of
// these digests that were not found are revoked. Known matches of another epoch cannot be compared
// by digest: they are replaced by those of the same address of record, and revoked if there is
// none.
MatchChanges CompareMatches(const std::set<KnownMatch>& known, const std::set<KnownMatch>& found,
                            std::int64_t epoch, absl::Span<const crypto::Digest> asked);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_MATCH_CHANGES_H_
