// Follows the directories of all who watch, on this server, and tells them what changed.

#ifndef SMART_CONTACTS_SERVICE_WATCH_WATCH_HUB_H_
#define SMART_CONTACTS_SERVICE_WATCH_WATCH_HUB_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/mutex.h"
#include "service/clock.h"
#include "service/matching/tenant_cache.h"
#include "service/telemetry/log.h"
#include "service/watch/watch.h"
#include "storage/address_book_store.h"

namespace smartcontacts::service {

// One thread compares each watched tenant's snapshot with the one it told of last, asks the store
// who retains what came or went, and hands that on. Who watches on another server is told by that
// one. If the store cannot be asked, nobody is told and the comparison is made again later, so
// nothing is missed. Safe for concurrent use.
class WatchHub {
 public:
  struct Context {
    TenantCache& tenants;
    storage::AddressBookStore& books;
    Clock clock;
    const Log& log;
    absl::Duration retention_ceiling;
    // Runs something later on a thread that may wait for the store; false if too much is waiting.
    std::function<bool(std::function<void()>)> submit;
  };

  // What a stream is told at least so often.
  static constexpr absl::Duration kHeartbeatInterval = absl::Seconds(30);

  // What `context` refers to must outlive the hub.
  explicit WatchHub(Context context);
  ~WatchHub();

  // Tells `watch` what it missed and what happens from now on, until it is closed, or ended with
  // the reason why it may not go on.
  void Open(const std::shared_ptr<Watch>& watch);
  // Something may have changed. Does not wait.
  void Wake();
  // Ends all watches and every one that is opened later: the server stops.
  void Stop();

  // The watches that are open, as of the last second.
  std::int64_t watch_count() const { return watch_count_; }

 private:
  struct Group;
  using Watches = std::vector<std::shared_ptr<Watch>>;

  void Run();
  bool WaitForWork(Watches& opened);
  absl::Status Follow(const TenantId& id, Group& group);
  absl::Status TellChanges(const TenantId& id, Group& group, const LoadedTenant& loaded);
  absl::Status CheckBooks(const TenantId& id, Group& group, const LoadedTenant& loaded);
  void Begin(Group& group, const std::shared_ptr<Watch>& watch);
  absl::Time SyncedAfter(const Tenant& tenant) const;
  void Report(const absl::Status& status);

  const Context context_;
  absl::flat_hash_map<TenantId, std::unique_ptr<Group>> groups_;  // of the hub's thread
  bool reachable_ = true;                                         // the same
  std::atomic<std::int64_t> watch_count_ = 0;

  Mutex mutex_;
  std::condition_variable_any woken_;
  Watches opened_ ABSL_GUARDED_BY(mutex_);
  bool work_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_WATCH_WATCH_HUB_H_
