// Sweeps at intervals, on a thread of its own.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_SWEEPER_H_
#define SMART_CONTACTS_SERVICE_RETENTION_SWEEPER_H_

#include <chrono>
#include <condition_variable>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "domain/mutex.h"
#include "domain/names.h"
#include "service/retention/sweep.h"

namespace smartcontacts::service {

// Sweeps from construction, when the first round begins, to destruction. Safe for concurrent use.
class Sweeper {
 public:
  explicit Sweeper(SweepContext context);
  // Waits for the batch that runs.
  ~Sweeper();

  // Address books of the tenant were erased: their contacts are deleted now rather than in the next
  // round. Does not wait.
  void Wake(const TenantId& id);

  const Sweep& sweep() const { return sweep_; }

 private:
  using SteadyClock = std::chrono::steady_clock;

  void Run();
  // Waits until there is work or `until`; returns the tenants that were named since.
  absl::flat_hash_set<TenantId> WaitForWork(SteadyClock::time_point until);
  void Report(const absl::Status& status);

  const Log& log_;
  const std::chrono::nanoseconds interval_;
  Sweep sweep_;
  bool sweeping_ = true;  // of the thread: how the last sweep ended

  Mutex mutex_;
  std::condition_variable_any woken_;
  absl::flat_hash_set<TenantId> named_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_SWEEPER_H_
