#include "client/retention/match_changes.h"

#include <algorithm>
#include <string>

namespace smartcontacts::client {

MatchChanges CompareMatches(const std::set<KnownMatch>& known, const std::set<KnownMatch>& found,
                            std::int64_t epoch, absl::Span<const crypto::Digest> asked) {
  std::set<std::string> found_aors;
  for (const KnownMatch& match : found) found_aors.insert(match.aor);
  MatchChanges changes;
  std::set<std::string> replaced_aors;
  for (const KnownMatch& match : known) {
    if (match.epoch != epoch) {
      if (found_aors.contains(match.aor)) {
        replaced_aors.insert(match.aor);
      } else {
        changes.revoked.push_back(match);
      }
    } else if (found.contains(match) ||
               !std::binary_search(asked.begin(), asked.end(), match.digest)) {
      changes.known.insert(match);
    } else {
      changes.revoked.push_back(match);
    }
  }
  for (const KnownMatch& match : found) {
    if (changes.known.insert(match).second && !replaced_aors.contains(match.aor))
      changes.announced.push_back(match);
  }
  return changes;
}

}  // namespace smartcontacts::client
