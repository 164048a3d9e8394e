#include "service/quota/account_slots.h"

#include "absl/time/time.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(2);

template <typename Key>
std::size_t CountOf(const absl::flat_hash_map<Key, std::size_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

template <typename Key>
void Decrement(absl::flat_hash_map<Key, std::size_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

absl::Status AccountSlots::Take(const Account& account) {
  const AccountKey key(account.tenant, account.aor);
  MutexLock lock(mutex_);
  if (CountOf(accounts_, key) >= limits_.account) {
    return MakeError(Reason::kConflict,
                     "other calls of this kind and account are under way: try again after them",
                     {.retry_delay = kRetryDelay});
  }
  if (taken_ >= limits_.all || CountOf(tenants_, account.tenant) >= limits_.tenant) {
    ++refusals_;
    return MakeError(Reason::kServiceUnavailable,
                     "too many calls of this kind are under way: try again shortly",
                     {.retry_delay = kRetryDelay});
  }
  ++taken_;
  ++tenants_[account.tenant];
  ++accounts_[key];
  return absl::OkStatus();
}

void AccountSlots::Release(const Account& account) {
  MutexLock lock(mutex_);
  --taken_;
  Decrement(tenants_, account.tenant);
  Decrement(accounts_, AccountKey(account.tenant, account.aor));
}

}  // namespace smartcontacts::service
