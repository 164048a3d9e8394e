// How many calls of one kind may be under way: each holds memory until it ends.

#ifndef SMART_CONTACTS_SERVICE_QUOTA_ACCOUNT_SLOTS_H_
#define SMART_CONTACTS_SERVICE_QUOTA_ACCOUNT_SLOTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "domain/mutex.h"
#include "service/auth/account.h"

namespace smartcontacts::service {

// Safe for concurrent use.
class AccountSlots {
 public:
  struct Limits {
    std::size_t all = 0;
    std::size_t tenant = 0;  // so that no tenant keeps the others out
    std::size_t account = 0;
  };

  explicit AccountSlots(const Limits& limits) : limits_(limits) {}

  // kConflict if the account has its share, kServiceUnavailable if its tenant has, or there are
  // none left. What was taken is given back by Release().
  absl::Status Take(const Account& account);
  void Release(const Account& account);

  // How often Take() ended with kServiceUnavailable.
  std::int64_t refusals() const { return refusals_; }

 private:
  using AccountKey = std::pair<TenantId, Aor>;

  const Limits limits_;
  std::atomic<std::int64_t> refusals_ = 0;
  Mutex mutex_;
  std::size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<TenantId, std::size_t> tenants_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<AccountKey, std::size_t> accounts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_QUOTA_ACCOUNT_SLOTS_H_
