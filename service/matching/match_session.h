// One conversation about an address book: a unary request, or a stream of batches. What may be
// asked, what it costs, and what is answered; nothing of it is kept.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_MATCH_SESSION_H_
#define SMART_CONTACTS_SERVICE_MATCHING_MATCH_SESSION_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "service/auth/account.h"
#include "service/matching/tenant_cache.h"
#include "service/quota/match_quota_keeper.h"

namespace smartcontacts::service {

// A digest, by its position in the whole conversation, and an address of record.
struct IndexedAor {
  std::uint32_t index;
  std::string_view aor;

  friend bool operator==(const IndexedAor&, const IndexedAor&) = default;
};

struct MatchAnswer {
  std::vector<IndexedAor> matches;  // the addresses live as long as the session
  std::vector<IndexedAor> revoked;  // some of the known matches, as they were given
  std::int64_t revision = 0;
  bool full = false;
  absl::Duration next_check_delay;
};

// Not safe for concurrent use. Sees one state of the tenant from beginning to end.
class MatchSession {
 public:
  // kFeatureDisabled, kPrivateModeRequired, kFieldInvalid, kEpochUnknown, kEpochExpired. `quota`
  // must outlive the session.
  static absl::StatusOr<MatchSession> Begin(Account account,
                                            std::shared_ptr<const LoadedTenant> tenant,
                                            std::int64_t epoch, std::int64_t since_revision,
                                            MatchQuotaKeeper& quota, absl::Time now);

  // Answers one batch of packed digests. `known`: matches that the client shows, for digests of
  // this batch. kDigestLengthInvalid, kBatchTooLarge, kFieldInvalid, kQuotaExceeded: nothing was
  // charged.
  absl::StatusOr<MatchAnswer> Match(std::string_view digests, absl::Span<const IndexedAor> known,
                                    absl::Time now);

  std::int64_t epoch() const { return epoch_; }
  std::int64_t since_revision() const { return since_revision_; }

 private:
  MatchSession(Account account, std::shared_ptr<const LoadedTenant> tenant, std::int64_t epoch,
               std::int64_t since_revision, MatchQuotaKeeper& quota)
      : account_(std::move(account)),
        tenant_(std::move(tenant)),
        epoch_(epoch),
        since_revision_(since_revision),
        quota_(&quota) {}

  absl::Status CheckBatch(std::string_view digests, absl::Span<const IndexedAor> known) const;
  MatchKind Kind() const;
  bool Full() const;

  Account account_;
  std::shared_ptr<const LoadedTenant> tenant_;
  std::int64_t epoch_;
  std::int64_t since_revision_;
  MatchQuotaKeeper* quota_;
  std::int64_t digests_before_ = 0;  // of earlier batches
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_MATCH_SESSION_H_
