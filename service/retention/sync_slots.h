// How many syncs may be under way: each holds its contacts in memory until it is complete.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_SYNC_SLOTS_H_
#define SMART_CONTACTS_SERVICE_RETENTION_SYNC_SLOTS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "domain/mutex.h"
#include "service/auth/account.h"

namespace smartcontacts::service {

// Safe for concurrent use.
class SyncSlots {
 public:
  static constexpr std::size_t kSlots = 256;
  static constexpr int kSlotsPerAccount = 2;

  // kConflict or kServiceUnavailable if none is to be had. What was taken is given back by
  // Release().
  absl::Status Take(const Account& account);
  void Release(const Account& account);

 private:
  using Key = std::pair<TenantId, Aor>;

  Mutex mutex_;
  std::size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Key, int> accounts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_SYNC_SLOTS_H_
