// How much of its matching quota each account has used: leaky buckets in memory.
//
// Each server counts for itself and forgets at a restart; the quota bounds what one account can
// enumerate, it is no accounting. docs/decisions/ says why.

#ifndef SMART_CONTACTS_SERVICE_QUOTA_MATCH_QUOTA_KEEPER_H_
#define SMART_CONTACTS_SERVICE_QUOTA_MATCH_QUOTA_KEEPER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "crypto/sealing.h"
#include "domain/mutex.h"
#include "domain/tenant.h"
#include "service/auth/account.h"

namespace smartcontacts::service {

enum class MatchKind { kFull, kIncremental, kEvaluation };

// Safe for concurrent use. Accounts are kept as tags under a key of this process, not by name. When
// there are too many, those whose buckets are fullest again are forgotten first.
class MatchQuotaKeeper {
 public:
  explicit MatchQuotaKeeper(std::size_t accounts_max);

  // Takes `digests` units from the account's bucket, or none of them: kQuotaExceeded with the time
  // to wait; kBatchTooLarge if the bucket could never hold so many.
  absl::Status Charge(const Account& account, MatchKind kind, std::int64_t digests,
                      const MatchQuota& quota, absl::Time now);

  // The units that the account has left.
  std::int64_t Available(const Account& account, MatchKind kind, const MatchQuota& quota,
                         absl::Time now);
  // How many charges of a kind were refused with kQuotaExceeded, of whichever account.
  std::int64_t refusals(MatchKind kind) const { return refusals_[static_cast<std::size_t>(kind)]; }

  // When the account's bucket is full again, and forgotten; `now` if it is.
  absl::Time FullAt(const Account& account, MatchKind kind, absl::Time now);

 private:
  static constexpr std::size_t kShardCount = 16;

  // When each bucket will be full again (its units all come back); a time in the past: it is full.
  struct Buckets {
    std::array<absl::Time, 3> full_at = {absl::InfinitePast(), absl::InfinitePast(),
                                         absl::InfinitePast()};
    absl::Time& FullAt(MatchKind kind) { return full_at[static_cast<std::size_t>(kind)]; }
    absl::Time all_full_at() const { return *std::max_element(full_at.begin(), full_at.end()); }
  };
  struct Shard {
    Mutex mutex;
    absl::flat_hash_map<crypto::Tag, Buckets> accounts ABSL_GUARDED_BY(mutex);
  };

  crypto::Tag TagOf(const Account& account) const;
  void MakeRoom(Shard& shard, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const std::size_t accounts_per_shard_max_;
  const crypto::Tagger tagger_;
  std::array<Shard, kShardCount> shards_;
  std::array<std::atomic<std::int64_t>, 3> refusals_{};
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_QUOTA_MATCH_QUOTA_KEEPER_H_
