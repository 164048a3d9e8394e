#include "service/quota/match_quota_keeper.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

struct Rule {
  const char* name;
  std::int64_t capacity;
  std::int64_t refill_per_day;
};

Rule RuleOf(MatchKind kind, const MatchQuota& quota) {
  switch (kind) {
    case MatchKind::kFull:
      return {"match-full", quota.full_capacity, quota.full_refill_per_day};
    case MatchKind::kIncremental:
      return {"match-incremental", quota.incremental_capacity, quota.incremental_refill_per_day};
    case MatchKind::kEvaluation:
      return {"evaluation", quota.evaluation_capacity, quota.evaluation_refill_per_day};
  }
  return {};
}

// How long `digests` units take to come back.
absl::Duration TimeOf(std::int64_t digests, const Rule& rule) {
  return absl::Hours(24) * digests / rule.refill_per_day;
}

}  // namespace

MatchQuotaKeeper::MatchQuotaKeeper(std::size_t accounts_max)
    : accounts_per_shard_max_(std::max<std::size_t>(accounts_max / kShardCount, 1)),
      tagger_(crypto::SecretKey::Generate()) {}

// A tenant's name has no '/'.
crypto::Tag MatchQuotaKeeper::TagOf(const Account& account) const {
  return tagger_(absl::StrCat(account.tenant.value(), "/", account.aor.value()));
}

absl::Time MatchQuotaKeeper::FullAt(const Account& account, MatchKind kind, absl::Time now) {
  const crypto::Tag tag = TagOf(account);
  Shard& shard = shards_[tag.bytes[0] % kShardCount];
  MutexLock lock(shard.mutex);
  const auto found = shard.accounts.find(tag);
  if (found == shard.accounts.end()) return now;
  return std::max(now, found->second.FullAt(kind));
}

std::int64_t MatchQuotaKeeper::Available(const Account& account, MatchKind kind,
                                         const MatchQuota& quota, absl::Time now) {
  const Rule rule = RuleOf(kind, quota);
  const double used = absl::FDivDuration(FullAt(account, kind, now) - now, absl::Hours(24)) *
                      static_cast<double>(rule.refill_per_day);
  return std::max<std::int64_t>(rule.capacity - static_cast<std::int64_t>(std::ceil(used)), 0);
}

absl::Status MatchQuotaKeeper::Charge(const Account& account, MatchKind kind, std::int64_t digests,
                                      const MatchQuota& quota, absl::Time now) {
  if (digests == 0) return absl::OkStatus();
  const Rule rule = RuleOf(kind, quota);
  if (digests > rule.capacity) {
    return MakeError(
        Reason::kBatchTooLarge,
        absl::StrCat("the tenant's quota allows ", rule.capacity, " at once: send fewer"),
        {.metadata = {{"limit", absl::StrCat(rule.capacity)}}});
  }
  const crypto::Tag tag = TagOf(account);
  Shard& shard = shards_[tag.bytes[0] % kShardCount];
  MutexLock lock(shard.mutex);
  if (shard.accounts.size() >= accounts_per_shard_max_ && !shard.accounts.contains(tag)) {
    MakeRoom(shard, now);
  }
  absl::Time& full_at = shard.accounts[tag].FullAt(kind);
  const absl::Time charged = std::max(full_at, now) + TimeOf(digests, rule);
  const absl::Duration wait = charged - (now + TimeOf(rule.capacity, rule));
  if (wait > absl::ZeroDuration()) {
    ++refusals_[static_cast<std::size_t>(kind)];
    return MakeError(
        Reason::kQuotaExceeded,
        absl::StrCat("the account's quota does not cover ", digests, " now: ask again later",
                     kind == MatchKind::kFull ? ", or for changes only" : ""),
        {.retry_delay = absl::Ceil(wait, absl::Seconds(1)), .quota = rule.name});
  }
  full_at = charged;
  return absl::OkStatus();
}

void MatchQuotaKeeper::MakeRoom(Shard& shard, absl::Time now) {
  absl::erase_if(shard.accounts,
                 [now](const auto& entry) { return entry.second.all_full_at() <= now; });
  if (shard.accounts.size() < accounts_per_shard_max_) return;
  std::vector<absl::Time> times;
  times.reserve(shard.accounts.size());
  for (const auto& [tag, buckets] : shard.accounts) times.push_back(buckets.all_full_at());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  absl::erase_if(shard.accounts, [limit = *middle](const auto& entry) {
    return entry.second.all_full_at() <= limit;
  });
}

}  // namespace smartcontacts::service
