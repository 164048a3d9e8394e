#include "client/retention/match_digests.h"

#include <algorithm>

#include "client/matching/match_stream.h"
#include "client/retention/packed_digests.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using Digests = absl::Span<const crypto::Digest>;

// One stream.
absl::StatusOr<FoundMatches> MatchPart(const Connection& connection, const v1::Limits& limits,
                                       std::int64_t epoch, Digests part) {
  MatchStream stream(connection, epoch);
  FoundMatches found;
  const std::size_t batch_size = limits.digests_per_message_max();
  for (std::size_t begin = 0; begin < part.size(); begin += batch_size) {
    const Digests batch = part.subspan(begin, batch_size);
    ASSIGN_OR_RETURN(const v1::MatchContactsStreamResponse answer, stream.Ask(Pack(batch)));
    for (const v1::Match& match : answer.matches()) {
      if (match.index() < begin || match.index() >= begin + batch.size())
        return absl::InternalError("the service named a contact that was not asked for");
      found.matches.insert({part[match.index()], epoch, match.aor()});
    }
    found.revision = answer.revision();
  }
  RETURN_IF_ERROR(stream.Close());
  return found;
}

}  // namespace

absl::StatusOr<FoundMatches> MatchDigests(const Connection& connection, const v1::Limits& limits,
                                          std::int64_t epoch, Digests digests) {
  if (limits.digests_per_message_max() < 1 ||
      limits.digests_per_stream_max() < limits.digests_per_message_max()) {
    return absl::InternalError("the service's policy allows no digests");
  }
  FoundMatches all;
  const std::size_t part_size = limits.digests_per_stream_max();
  for (std::size_t begin = 0; begin < digests.size(); begin += part_size) {
    ASSIGN_OR_RETURN(FoundMatches part,
                     MatchPart(connection, limits, epoch, digests.subspan(begin, part_size)));
    all.matches.merge(part.matches);
    all.revision = begin == 0 ? part.revision : std::min(all.revision, part.revision);
  }
  return all;
}

}  // namespace smartcontacts::client
