// Keeps the tenants in memory in step with the database, which other servers change as well: asks
// for versions every second, and at once when it is woken. Every few seconds it asks for those as
// well of whom there is only a key in memory: asking makes the store forget the keys of tenants
// that somebody has purged.

#ifndef SMART_CONTACTS_SERVICE_REPLICATION_FOLLOWER_H_
#define SMART_CONTACTS_SERVICE_REPLICATION_FOLLOWER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "domain/mutex.h"
#include "service/matching/tenant_cache.h"
#include "service/replication/freshness.h"
#include "service/telemetry/log.h"
#include "storage/key_ring.h"
#include "storage/store.h"

namespace smartcontacts::service {

// Follows from construction to destruction, on a thread of its own. Safe for concurrent use.
class Follower {
 public:
  struct Context {
    storage::Store& store;
    storage::KeyRing& keys;
    TenantCache& tenants;
    Freshness& freshness;
    const Log& log;
    // Called, on the follower's thread, when what `freshness` says has changed.
    std::function<void()> on_freshness_changed;
  };

  // What `context` refers to must outlive the follower.
  explicit Follower(Context context);
  ~Follower();

  // Something may have changed. Does not wait.
  void Wake();

 private:
  void Run();
  bool WaitForWork();
  absl::Status CatchUp();
  // The tenants to ask for.
  std::vector<TenantId> Known(const std::vector<storage::TenantVersion>& loaded);
  void Report(const absl::Status& status);

  const Context context_;
  // Of the follower's thread.
  bool reachable_ = true;
  bool fresh_ = true;
  std::chrono::steady_clock::time_point keys_asked_;

  Mutex mutex_;
  std::condition_variable_any woken_;
  bool work_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_REPLICATION_FOLLOWER_H_
