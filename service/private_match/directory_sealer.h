// Keeps the sealed directories of all tenants in step with their directories, on a thread of its
// own that gives way to others.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_DIRECTORY_SEALER_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_DIRECTORY_SEALER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/mutex.h"
#include "service/matching/tenant_cache.h"
#include "service/private_match/tenant_sealing.h"

namespace smartcontacts::service {

// Works from construction to destruction. A tenant that is in memory is followed at once; the
// others at intervals. Of the servers of one database, the one that has a tenant's lease works on
// it. Safe for concurrent use.
class DirectorySealer {
 public:
  // What it is given must outlive it.
  DirectorySealer(const SealingContext& context, TenantCache& tenants);
  // Waits until the step that runs looks whether to go on.
  ~DirectorySealer();

  // A tenant in memory may have changed. Does not wait.
  void Wake();
  // There is work for this tenant, although it may not have changed. Does not wait.
  void Wake(const TenantId& id);

  // Tenants whose sealed directories were last found to lag, or may do so.
  std::int64_t pending_count() const { return pending_count_; }

 private:
  using SteadyClock = std::chrono::steady_clock;

  enum class Progress {
    kInStep,     // there is nothing to do
    kMore,       // there may be more to do
    kElsewhere,  // another server does it
  };

  void Run();
  // Waits until it is woken or `until`; false if it is to end.
  bool WaitForWork(SteadyClock::time_point until);
  // Those that were named or changed since they were last found to be in step: of the tenants in
  // memory, or of all.
  absl::StatusOr<std::vector<storage::TenantVersion>> Behind(bool all);
  // One step for each tenant that is behind, so that none waits for all the work of another.
  absl::StatusOr<Progress> Round(bool all);
  absl::StatusOr<Progress> Step(const storage::TenantVersion& tenant);
  // Whether this server may work on the tenant: it has or gets the lease. ABORTED if another has
  // it; CANCELLED if the sealer is to end.
  absl::Status GoOn(const TenantId& id);
  void Report(const absl::Status& status);

  const SealingContext context_;
  TenantCache& tenants_;
  const std::string holder_;  // this server, in the leases

  // Of the thread.
  TenantSealing sealing_;
  absl::flat_hash_map<TenantId, std::int64_t> in_step_;  // at which version
  absl::flat_hash_set<TenantId> pending_;                // named or found behind, not done since
  absl::flat_hash_map<TenantId, SteadyClock::time_point> leases_;  // when each was taken
  bool working_ = true;                                            // how the last round ended

  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> pending_count_ = 0;
  Mutex mutex_;
  std::condition_variable_any woken_;
  bool work_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<TenantId> named_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_DIRECTORY_SEALER_H_
