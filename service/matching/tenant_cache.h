// The tenants that are in memory. A tenant loads on first use; beyond the memory budget the ones
// not used for longest leave.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_TENANT_CACHE_H_
#define SMART_CONTACTS_SERVICE_MATCHING_TENANT_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "domain/mutex.h"
#include "domain/tenant.h"
#include "service/clock.h"
#include "service/matching/directory_snapshot.h"
#include "service/telemetry/histogram.h"
#include "service/telemetry/log.h"
#include "storage/store.h"

namespace smartcontacts::service {

// A tenant as it was at one moment, all of it together. Immutable.
struct LoadedTenant {
  Tenant tenant;
  std::vector<storage::EpochRecord> epochs;  // the newest, which is current, first
  std::shared_ptr<const DirectorySnapshot> directory;
};

// Safe for concurrent use. Readers get a shared pointer and are never waited for: what they hold
// stays as it is while its successor is made.
class TenantCache {
 public:
  // `store` and `log` must outlive it.
  TenantCache(storage::Store& store, Clock clock, const Log& log, std::size_t bytes_max);
  ~TenantCache();

  // Calls `changed` whenever a tenant in memory has become another one, on the thread that made it
  // so. Set it before the cache is used.
  void OnChange(std::function<void()> changed) { changed_ = std::move(changed); }

  // Null if the tenant is not in memory. Does not wait for the store.
  std::shared_ptr<const LoadedTenant> GetIfLoaded(const TenantId& id);

  // Whether the tenant is in memory. Does not count as a use, and does not wait for the store.
  bool IsLoaded(const TenantId& id);

  // Loads the tenant if it is not in memory; several callers share one load. NOT_FOUND, or the
  // store's errors.
  absl::StatusOr<std::shared_ptr<const LoadedTenant>> Get(const TenantId& id);

  // After it returns OK, whoever asks is answered from a state that is not older than the call. A
  // tenant that is not in memory is left alone. If the store is UNAVAILABLE, that is returned and
  // the tenant stays as it is; one that is gone or cannot be read leaves memory, and that is OK.
  absl::Status Refresh(const TenantId& id);

  // The tenants in memory, each with the version it has at least.
  std::vector<storage::TenantVersion> LoadedVersions();

  // What the tenants in memory take of the budget.
  struct Usage {
    std::size_t tenants = 0;
    std::size_t bytes = 0;
    std::size_t bytes_max = 0;
  };
  Usage GetUsage();
  // How many tenants left memory because others needed the room.
  std::int64_t evictions() const { return evictions_; }
  // How long Get() took to load a tenant, in seconds.
  const Histogram& load_seconds() const { return load_seconds_; }

 private:
  struct Place;

  std::shared_ptr<Place> PlaceOf(const TenantId& id);
  absl::StatusOr<std::shared_ptr<const LoadedTenant>> Load(const TenantId& id,
                                                           const LoadedTenant* previous);
  void Put(Place& place, std::shared_ptr<const LoadedTenant> tenant);
  void MakeRoom(const Place& keep);

  storage::Store& store_;
  const Clock clock_;
  const Log& log_;
  const std::size_t bytes_max_;
  std::function<void()> changed_ = [] {};
  std::atomic<std::int64_t> use_count_{0};
  std::atomic<std::int64_t> evictions_{0};
  // From a small tenant to a million subscribers.
  Histogram load_seconds_{{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}};
  Mutex mutex_;
  absl::flat_hash_map<TenantId, std::shared_ptr<Place>> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_TENANT_CACHE_H_
