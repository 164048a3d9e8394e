#include "service/retention/sync_slots.h"

#include "service/error.h"

namespace smartcontacts::service {

absl::Status SyncSlots::Take(const Account& account) {
  MutexLock lock(mutex_);
  if (taken_ == kSlots) {
    return MakeError(Reason::kServiceUnavailable,
                     "too many address books arrive at once: try again shortly",
                     {.retry_delay = absl::Seconds(2)});
  }
  int& of_account = accounts_[Key(account.tenant, account.aor)];
  if (of_account == kSlotsPerAccount) {
    return MakeError(Reason::kConflict,
                     "other syncs of this account are under way: try again after them",
                     {.retry_delay = absl::Seconds(2)});
  }
  ++of_account;
  ++taken_;
  return absl::OkStatus();
}

void SyncSlots::Release(const Account& account) {
  MutexLock lock(mutex_);
  --taken_;
  const auto found = accounts_.find(Key(account.tenant, account.aor));
  if (--found->second == 0) accounts_.erase(found);
}

}  // namespace smartcontacts::service
