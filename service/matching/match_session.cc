#include "service/matching/match_session.h"

#include <cstring>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/limits.h"
#include "service/matching/access.h"
#include "service/matching/epochs.h"

namespace smartcontacts::service {
namespace {

// What an answer's match takes on the wire beside its address.
constexpr std::size_t kMatchOverheadBytes = 12;
// So that clients whose day began together do not all come back together.
constexpr double kDelaySpread = 0.1;

absl::Status TooMany(absl::string_view field, std::int64_t limit, absl::string_view where) {
  return MakeError(Reason::kBatchTooLarge,
                   absl::StrCat(field, ": at most ", limit, " in one ", where, ": send fewer"),
                   {.field = std::string(field), .metadata = {{"limit", absl::StrCat(limit)}}});
}

std::vector<crypto::Digest> Unpack(std::string_view packed) {
  std::vector<crypto::Digest> digests(packed.size() / crypto::Digest::kSize);
  if (!packed.empty()) std::memcpy(digests.data(), packed.data(), packed.size());
  return digests;
}

absl::Duration Spread(absl::Duration interval) {
  absl::BitGen generator;
  return interval * absl::Uniform(generator, 1 - kDelaySpread, 1 + kDelaySpread);
}

}  // namespace

absl::StatusOr<MatchSession> MatchSession::Begin(Account account,
                                                 std::shared_ptr<const LoadedTenant> tenant,
                                                 std::int64_t epoch, std::int64_t since_revision,
                                                 MatchQuotaKeeper& quota, absl::Time now) {
  if (!MatchingAllowed(*tenant, account.aor)) {
    return MakeError(Reason::kFeatureDisabled,
                     "matching contacts is switched off for this account");
  }
  if (tenant->tenant.policy.private_mode == PrivateMode::kRequired) {
    return MakeError(Reason::kPrivateModeRequired,
                     "this tenant allows private matching only (PrivateMatchService)");
  }
  RETURN_IF_ERROR(CheckEpoch(*tenant, "epoch", epoch, now));
  if (since_revision < 0) return InvalidField("since_revision", "must not be negative");
  return MatchSession(std::move(account), std::move(tenant), epoch, since_revision, quota);
}

bool MatchSession::Full() const {
  // A revision from the future: this directory was restored from a backup.
  return since_revision_ == 0 || since_revision_ > tenant_->directory->revision();
}

MatchKind MatchSession::Kind() const {
  return Full() || since_revision_ < tenant_->directory->incremental_floor()
             ? MatchKind::kFull
             : MatchKind::kIncremental;
}

absl::Status MatchSession::CheckBatch(std::string_view digests,
                                      absl::Span<const IndexedAor> known) const {
  if (digests.size() % crypto::Digest::kSize != 0) {
    return MakeError(Reason::kDigestLengthInvalid,
                     absl::StrCat("digests: ", digests.size(), " bytes are no multiple of ",
                                  crypto::Digest::kSize),
                     {.field = "digests"});
  }
  const auto count = static_cast<std::int64_t>(digests.size() / crypto::Digest::kSize);
  if (count > kDigestsPerMessageMax) return TooMany("digests", kDigestsPerMessageMax, "message");
  if (digests_before_ + count > kDigestsPerStreamMax) {
    return TooMany("digests", kDigestsPerStreamMax, "stream");
  }
  if (known.size() > kKnownMatchesPerMessageMax) {
    return TooMany("known_matches", kKnownMatchesPerMessageMax, "message");
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].index < digests_before_ || known[i].index >= digests_before_ + count) {
      return InvalidField(absl::StrCat("known_matches[", i, "].index"),
                          "names no digest of this message");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MatchAnswer> MatchSession::Match(std::string_view packed,
                                                absl::Span<const IndexedAor> known,
                                                absl::Time now) {
  RETURN_IF_ERROR(CheckBatch(packed, known));
  const std::vector<crypto::Digest> digests = Unpack(packed);
  const DirectorySnapshot& directory = *tenant_->directory;

  MatchAnswer answer{.revision = directory.revision(),
                     .full = Full(),
                     .next_check_delay = Spread(tenant_->tenant.policy.check_interval)};
  std::size_t bytes = 0;
  directory.Match(
      epoch_, digests, answer.full ? 0 : since_revision_,
      [&](std::size_t position, std::string_view aor) {
        bytes += aor.size() + kMatchOverheadBytes;
        if (bytes > kAnswerBytesMax) return;
        answer.matches.push_back(
            {static_cast<std::uint32_t>(digests_before_ + static_cast<std::int64_t>(position)),
             aor});
      });
  if (bytes > kAnswerBytesMax) {
    return MakeError(Reason::kBatchTooLarge,
                     absl::StrCat("digests: the answer would be larger than ", kAnswerBytesMax,
                                  " bytes: send fewer in one message"),
                     {.field = "digests"});
  }
  for (const IndexedAor& match : known) {
    const crypto::Digest& digest = digests[match.index - static_cast<std::size_t>(digests_before_)];
    if (!directory.Holds(epoch_, digest, match.aor)) answer.revoked.push_back(match);
  }
  RETURN_IF_ERROR(quota_->Charge(account_, Kind(), static_cast<std::int64_t>(digests.size()),
                                 tenant_->tenant.policy.match_quota, now));
  digests_before_ += static_cast<std::int64_t>(digests.size());
  return answer;
}

}  // namespace smartcontacts::service
