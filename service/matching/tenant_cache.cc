#include "service/matching/tenant_cache.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "domain/status_macros.h"

namespace smartcontacts::service {
namespace {

using LoadedTenantPointer = std::shared_ptr<const LoadedTenant>;

// The directory of `previous` can be brought up to date only if its digests are those of `epochs`.
bool SameEpochs(const LoadedTenant& previous, const std::vector<storage::EpochRecord>& epochs) {
  return std::equal(previous.epochs.begin(), previous.epochs.end(), epochs.begin(), epochs.end(),
                    [](const auto& a, const auto& b) { return a.number == b.number; });
}

}  // namespace

// Where a tenant is, or is being loaded to.
struct TenantCache::Place {
  // Held while the tenant is read from the store: one reader at a time.
  Mutex loading;
  // How many refreshes were asked for, and how many of them a load that began later has covered.
  std::atomic<std::int64_t> refreshes_asked{0};
  std::int64_t refreshes_done ABSL_GUARDED_BY(loading) = 0;

  std::atomic<std::int64_t> last_use{0};
  Mutex mutex;
  LoadedTenantPointer tenant ABSL_GUARDED_BY(mutex);

  LoadedTenantPointer Read() {
    ReaderMutexLock lock(mutex);
    return tenant;
  }
};

TenantCache::TenantCache(storage::Store& store, Clock clock, const Log& log, std::size_t bytes_max)
    : store_(store), clock_(std::move(clock)), log_(log), bytes_max_(bytes_max) {}

TenantCache::~TenantCache() = default;

LoadedTenantPointer TenantCache::GetIfLoaded(const TenantId& id) {
  std::shared_ptr<Place> place;
  {
    ReaderMutexLock lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end()) return nullptr;
    place = found->second;
  }
  place->last_use = ++use_count_;
  return place->Read();
}

bool TenantCache::IsLoaded(const TenantId& id) {
  ReaderMutexLock lock(mutex_);
  const auto found = places_.find(id);
  return found != places_.end() && found->second->Read() != nullptr;
}

absl::StatusOr<LoadedTenantPointer> TenantCache::Get(const TenantId& id) {
  const std::shared_ptr<Place> place = PlaceOf(id);
  MutexLock loading(place->loading);
  place->last_use = ++use_count_;
  if (LoadedTenantPointer tenant = place->Read()) return tenant;
  const std::int64_t covered = place->refreshes_asked;
  const absl::Time begin = absl::Now();
  absl::StatusOr<LoadedTenantPointer> tenant = Load(id, nullptr);
  if (!tenant.ok()) return std::move(tenant).status();
  const absl::Duration duration = absl::Now() - begin;
  load_seconds_.Observe(absl::ToDoubleSeconds(duration));
  log_.Info("tenant loaded", {{"tenant", id.value()},
                              {"subscribers", (*tenant)->directory->subscriber_count()},
                              {"revision", (*tenant)->directory->revision()},
                              {"duration_ms", absl::ToInt64Milliseconds(duration)}});
  place->refreshes_done = covered;
  Put(*place, *tenant);
  return tenant;
}

absl::Status TenantCache::Refresh(const TenantId& id) {
  const std::shared_ptr<Place> place = PlaceOf(id);
  const std::int64_t ticket = ++place->refreshes_asked;
  MutexLock loading(place->loading);
  if (place->refreshes_done >= ticket) return absl::OkStatus();
  const std::int64_t covered = place->refreshes_asked;
  const LoadedTenantPointer previous = place->Read();
  if (previous == nullptr) return absl::OkStatus();
  absl::StatusOr<LoadedTenantPointer> tenant = Load(id, previous.get());
  if (absl::IsUnavailable(tenant.status())) return std::move(tenant).status();
  if (!tenant.ok()) {
    log_.Warning("tenant left memory because it could not be read",
                 {{"tenant", id.value()}, {"error", std::string(tenant.status().message())}});
    tenant = LoadedTenantPointer();
  }
  place->refreshes_done = covered;
  Put(*place, *std::move(tenant));
  return absl::OkStatus();
}

std::vector<storage::TenantVersion> TenantCache::LoadedVersions() {
  std::vector<storage::TenantVersion> versions;
  MutexLock lock(mutex_);
  for (const auto& [id, place] : places_) {
    if (const LoadedTenantPointer tenant = place->Read()) {
      versions.push_back({id, tenant->tenant.version});
    }
  }
  return versions;
}

TenantCache::Usage TenantCache::GetUsage() {
  Usage usage{.bytes_max = bytes_max_};
  ReaderMutexLock lock(mutex_);
  for (const auto& [id, place] : places_) {
    const LoadedTenantPointer tenant = place->Read();
    if (tenant == nullptr) continue;
    ++usage.tenants;
    usage.bytes += tenant->directory->bytes();
  }
  return usage;
}

std::shared_ptr<TenantCache::Place> TenantCache::PlaceOf(const TenantId& id) {
  MutexLock lock(mutex_);
  std::shared_ptr<Place>& place = places_[id];
  if (place == nullptr) place = std::make_shared<Place>();
  return place;
}

absl::StatusOr<LoadedTenantPointer> TenantCache::Load(const TenantId& id,
                                                      const LoadedTenant* previous) {
  auto loaded = std::make_shared<LoadedTenant>(LoadedTenant{.tenant = Tenant{.id = id}});
  ASSIGN_OR_RETURN(loaded->tenant, store_.GetTenant(id));
  ASSIGN_OR_RETURN(loaded->epochs, store_.ListEpochs(id));
  const absl::Time now = clock_();
  std::erase_if(loaded->epochs, [now](const storage::EpochRecord& epoch) {
    return epoch.expire_time.has_value() && *epoch.expire_time <= now;
  });
  if (previous != nullptr && !SameEpochs(*previous, loaded->epochs)) previous = nullptr;

  std::vector<storage::DirectoryEntry> changes;
  const auto read = [&](std::int64_t since_revision) {
    changes.clear();
    return store_.ReadDirectory(id, since_revision, [&changes](storage::DirectoryEntry entry) {
      changes.push_back(std::move(entry));
    });
  };
  absl::StatusOr<std::int64_t> revision = read(previous ? previous->directory->revision() : 0);
  if (absl::IsOutOfRange(revision.status())) {
    previous = nullptr;
    revision = read(0);
  }
  if (!revision.ok()) return std::move(revision).status();

  if (previous != nullptr && *revision == previous->directory->revision()) {
    loaded->directory = previous->directory;
  } else {
    loaded->directory = DirectorySnapshot::Build(previous ? previous->directory.get() : nullptr,
                                                 std::move(changes), loaded->epochs, *revision);
  }
  loaded->tenant.revision = *revision;
  return loaded;
}

void TenantCache::Put(Place& place, LoadedTenantPointer tenant) {
  {
    MutexLock lock(place.mutex);
    place.tenant = std::move(tenant);
  }
  MakeRoom(place);
  changed_();
}

void TenantCache::MakeRoom(const Place& keep) {
  struct Loaded {
    std::int64_t last_use;
    std::size_t bytes;
    Place* place;
  };
  MutexLock lock(mutex_);
  std::vector<Loaded> all;
  std::size_t bytes = 0;
  for (const auto& [id, place] : places_) {
    const LoadedTenantPointer tenant = place->Read();
    if (tenant == nullptr) continue;
    all.push_back({place->last_use, tenant->directory->bytes(), place.get()});
    bytes += all.back().bytes;
  }
  std::sort(all.begin(), all.end(),
            [](const Loaded& a, const Loaded& b) { return a.last_use < b.last_use; });
  for (const Loaded& oldest : all) {
    if (bytes <= bytes_max_) break;
    if (oldest.place == &keep) continue;
    MutexLock place_lock(oldest.place->mutex);
    oldest.place->tenant = nullptr;
    ++evictions_;
    bytes -= oldest.bytes;
  }
  // A place that nobody holds and nothing is in (of tenants that are not known, say) is dropped.
  absl::erase_if(places_, [](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->Read() == nullptr;
  });
}

}  // namespace smartcontacts::service
