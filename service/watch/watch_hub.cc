#include "service/watch/watch_hub.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/matching/epochs.h"
#include "service/retention/retention_access.h"
#include "service/retention/retention_period.h"
#include "service/watch/match_changes.h"

namespace smartcontacts::service {
namespace {

constexpr std::chrono::seconds kPollInterval(1);
// How often it is looked whether what is watched is still there, if nobody says that it is not.
constexpr absl::Duration kBookCheckInterval = absl::Minutes(1);
// Of one device: connections that broke unnoticed may still be there.
constexpr std::size_t kWatchesPerBookMax = 4;

absl::Status Stopping() {
  return MakeError(Reason::kServiceUnavailable,
                   "this server is stopping: watch again with the last cursor",
                   {.retry_delay = absl::Seconds(1)});
}

absl::Status Gone() {
  return MakeError(Reason::kNotFound,
                   "nothing is retained for this device (any more): sync the address book first");
}

// Whether `watch` may go on, as far as `tenant` tells.
absl::Status CheckWatch(const LoadedTenant& tenant, const Watch& watch, absl::Time now) {
  const WatchRequest& request = watch.request();
  if (tenant.tenant.state == TenantState::kSuspended) {
    return MakeError(Reason::kTenantSuspended, "the operator has suspended this tenant");
  }
  RETURN_IF_ERROR(CheckRetentionAccess(tenant, request.account.aor));
  RETURN_IF_ERROR(CheckConsent(tenant, request.privacy_policy_version));
  return CheckEpoch(tenant, "epoch", request.epoch, now);
}

}  // namespace

// The watches of one tenant.
struct WatchHub::Group {
  std::shared_ptr<const LoadedTenant> told;  // what all of `watches` were told of
  absl::flat_hash_map<storage::BookKey, Watches> watches;
  Watches opening;
  absl::Time checked_time = absl::InfinitePast();

  std::int64_t Count() const {
    std::size_t count = opening.size();
    for (const auto& [key, of_book] : watches) count += of_book.size();
    return static_cast<std::int64_t>(count);
  }

  // Ends those for which `check` has an error, and drops those that are closed.
  template <typename Check>
  void Keep(Check check) {
    const auto over = [&check](const std::shared_ptr<Watch>& watch) {
      if (watch->Closed()) return true;
      const absl::Status status = check(*watch);
      if (!status.ok()) watch->End(status);
      return !status.ok();
    };
    for (auto& [key, of_book] : watches) std::erase_if(of_book, over);
    absl::erase_if(watches, [](const auto& entry) { return entry.second.empty(); });
    std::erase_if(opening, over);
  }
};

WatchHub::WatchHub(Context context) : context_(std::move(context)), thread_([this] { Run(); }) {}

WatchHub::~WatchHub() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void WatchHub::Open(const std::shared_ptr<Watch>& watch) {
  bool taken = false;
  {
    MutexLock lock(mutex_);
    if (!stopped_) {
      opened_.push_back(watch);
      work_ = taken = true;
    }
  }
  if (!taken) return watch->End(Stopping());
  woken_.notify_one();
}

void WatchHub::Wake() {
  {
    MutexLock lock(mutex_);
    work_ = true;
  }
  woken_.notify_one();
}

void WatchHub::Stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    work_ = true;
  }
  woken_.notify_one();
}

bool WatchHub::WaitForWork(Watches& opened) {
  MutexLock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + kPollInterval;
  while (!work_ && !ending_) {
    if (woken_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  work_ = false;
  opened.swap(opened_);
  return !ending_;
}

void WatchHub::Run() {
  for (Watches opened; WaitForWork(opened); opened.clear()) {
    for (std::shared_ptr<Watch>& watch : opened) {
      std::unique_ptr<Group>& group = groups_[watch->request().account.tenant];
      if (group == nullptr) group = std::make_unique<Group>();
      group->opening.push_back(std::move(watch));
    }
    bool stopped = false;
    {
      MutexLock lock(mutex_);
      stopped = stopped_;
    }
    absl::Status worst;
    for (auto& [id, group] : groups_) {
      if (stopped) {
        group->Keep([](const Watch&) { return Stopping(); });
      } else {
        worst.Update(Follow(id, *group));
      }
    }
    Report(worst);
    absl::erase_if(groups_, [](const auto& entry) {
      return entry.second->watches.empty() && entry.second->opening.empty();
    });
    std::int64_t count = 0;
    for (const auto& [id, group] : groups_) count += group->Count();
    watch_count_ = count;
  }
  for (auto& [id, group] : groups_) group->Keep([](const Watch&) { return Stopping(); });
}

absl::Status WatchHub::Follow(const TenantId& id, Group& group) {
  const absl::Time now = context_.clock();
  group.Keep([](const Watch&) { return absl::OkStatus(); });
  // Not Get() at once, which waits while the tenant is being refreshed.
  absl::StatusOr<std::shared_ptr<const LoadedTenant>> loaded = context_.tenants.GetIfLoaded(id);
  if (*loaded == nullptr) loaded = context_.tenants.Get(id);
  if (absl::IsUnavailable(loaded.status())) return loaded.status();
  if (!loaded.ok()) {
    group.Keep([](const Watch&) {
      return MakeError(Reason::kTenantUnknown, "the tenant is not there any more");
    });
    return absl::OkStatus();
  }
  if (group.told == nullptr) group.told = *loaded;
  if (group.told != *loaded) RETURN_IF_ERROR(TellChanges(id, group, **loaded));
  if (group.told->tenant.books_version != (*loaded)->tenant.books_version ||
      now - group.checked_time > kBookCheckInterval || now < group.checked_time) {
    RETURN_IF_ERROR(CheckBooks(id, group, **loaded));
  }
  group.told = *loaded;
  for (const std::shared_ptr<Watch>& watch : group.opening) Begin(group, watch);
  group.opening.clear();
  for (auto& [key, watches] : group.watches) {
    for (const std::shared_ptr<Watch>& watch : watches) watch->Beat(kHeartbeatInterval, now);
  }
  return absl::OkStatus();
}

absl::Status WatchHub::TellChanges(const TenantId& id, Group& group, const LoadedTenant& loaded) {
  const absl::Time now = context_.clock();
  group.Keep([&](const Watch& watch) { return CheckWatch(loaded, watch, now); });
  const DirectorySnapshot& before = *group.told->directory;
  const DirectorySnapshot& directory = *loaded.directory;
  if (&before == &directory || group.watches.empty()) return absl::OkStatus();
  if (directory.revision() < before.revision()) {
    group.Keep([](const Watch&) {
      return MakeError(Reason::kRevisionExpired,
                       "the directory was put back to an earlier state: match in full, then watch "
                       "with since_revision");
    });
    return absl::OkStatus();
  }
  absl::flat_hash_map<storage::BookKey, std::vector<WatchEvent>> events;
  for (const storage::EpochRecord& epoch : loaded.epochs) {
    if (!directory.HasEpoch(epoch.number)) continue;
    MatchChanges changes(epoch.number);
    changes.AddLost(directory, before);
    changes.AddGained(directory, WatchCursor::EndOf(before.revision()), &before);
    ASSIGN_OR_RETURN(auto found, changes.FindEvents(context_.books, id, std::nullopt,
                                                    SyncedAfter(loaded.tenant)));
    for (auto& [key, own] : found) {
      std::move(own.begin(), own.end(), std::back_inserter(events[key]));
    }
  }
  static const std::vector<WatchEvent> kNothing;
  for (auto& [key, watches] : group.watches) {
    const auto own = events.find(key);
    for (const std::shared_ptr<Watch>& watch : watches) {
      watch->Deliver(own == events.end() ? kNothing : own->second, directory.revision(), now);
    }
  }
  return absl::OkStatus();
}

absl::Status WatchHub::CheckBooks(const TenantId& id, Group& group, const LoadedTenant& loaded) {
  const absl::Time now = context_.clock();
  group.Keep([&](const Watch& watch) { return CheckWatch(loaded, watch, now); });
  std::vector<storage::BookKey> keys;
  keys.reserve(group.watches.size());
  for (const auto& [key, watches] : group.watches) keys.push_back(key);
  ASSIGN_OR_RETURN(const std::vector<storage::BookKey> there,
                   context_.books.FindBooks(id, keys, SyncedAfter(loaded.tenant)));
  const absl::flat_hash_set<storage::BookKey> kept(there.begin(), there.end());
  for (auto& [key, watches] : group.watches) {
    if (kept.contains(key)) continue;
    for (const std::shared_ptr<Watch>& watch : watches) watch->End(Gone());
    watches.clear();
  }
  group.checked_time = now;
  return absl::OkStatus();
}

void WatchHub::Begin(Group& group, const std::shared_ptr<Watch>& watch) {
  if (const absl::Status status = CheckWatch(*group.told, *watch, context_.clock()); !status.ok()) {
    return watch->End(status);
  }
  Watches& of_book = group.watches[watch->request().book];
  if (of_book.size() == kWatchesPerBookMax) {
    of_book.front()->End(MakeError(
        Reason::kConflict, "this device has begun to watch again and again: the oldest ends"));
    of_book.erase(of_book.begin());
  }
  of_book.push_back(watch);
  // Nothing of the hub, which may be gone when this runs.
  const bool taken =
      context_.submit([watch, tenant = group.told, &books = context_.books, clock = context_.clock,
                       synced_after = SyncedAfter(group.told->tenant)] {
        const auto missed = watch->FindMissed(books, *tenant, synced_after);
        if (!missed.ok()) return watch->End(missed.status());
        watch->CatchUp(*missed, tenant->directory->revision(), clock());
      });
  if (!taken) {
    watch->End(MakeError(Reason::kServiceUnavailable,
                         "too many devices begin to watch at once: try again shortly",
                         {.retry_delay = absl::Seconds(2)}));
  }
}

absl::Time WatchHub::SyncedAfter(const Tenant& tenant) const {
  return service::SyncedAfter(tenant, context_.retention_ceiling, context_.clock());
}

void WatchHub::Report(const absl::Status& status) {
  if (status.ok() == reachable_) return;
  reachable_ = status.ok();
  if (reachable_) return context_.log.Info("watches are told of changes again");
  context_.log.Warning(
      "watches are not told of changes, because the database cannot be asked whom they concern; "
      "they will be when it is back",
      {{"error", std::string(status.message())}});
}

}  // namespace smartcontacts::service
