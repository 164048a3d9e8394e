#include "service/replication/follower.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "domain/status_macros.h"

namespace smartcontacts::service {
namespace {

constexpr std::chrono::seconds kPollInterval(1);
constexpr std::chrono::seconds kKeysInterval(5);

}  // namespace

Follower::Follower(Context context) : context_(std::move(context)), thread_([this] { Run(); }) {}

Follower::~Follower() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void Follower::Wake() {
  {
    MutexLock lock(mutex_);
    work_ = true;
  }
  woken_.notify_one();
}

bool Follower::WaitForWork() {
  MutexLock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + kPollInterval;
  while (!work_ && !ending_) {
    if (woken_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  work_ = false;
  return !ending_;
}

void Follower::Run() {
  while (WaitForWork()) {
    const Freshness::Clock::time_point begin = Freshness::Clock::now();
    const absl::Status status = CatchUp();
    if (status.ok()) {
      context_.freshness.Confirm(begin);
      context_.freshness.SetBehind(false);
    }
    Report(status);
  }
}

std::vector<TenantId> Follower::Known(const std::vector<storage::TenantVersion>& loaded) {
  absl::flat_hash_set<TenantId> ids;
  for (const storage::TenantVersion& tenant : loaded) ids.insert(tenant.id);
  if (const auto now = std::chrono::steady_clock::now(); now - keys_asked_ >= kKeysInterval) {
    keys_asked_ = now;
    for (const TenantId& id : context_.keys.Held()) ids.insert(id);
  }
  return {ids.begin(), ids.end()};
}

absl::Status Follower::CatchUp() {
  const std::vector<storage::TenantVersion> loaded = context_.tenants.LoadedVersions();
  ASSIGN_OR_RETURN(const std::vector<storage::TenantVersion> stored,
                   context_.store.ReadVersions(Known(loaded)));
  absl::flat_hash_map<TenantId, std::int64_t> versions;
  for (const storage::TenantVersion& tenant : stored) versions[tenant.id] = tenant.version;
  absl::Status worst;
  for (const storage::TenantVersion& tenant : loaded) {
    const auto found = versions.find(tenant.id);
    // Another number is another state, not only a higher one: a backup may have been restored.
    if (found != versions.end() && found->second == tenant.version) continue;
    context_.freshness.SetBehind(true);
    worst.Update(context_.tenants.Refresh(tenant.id));
  }
  return worst;
}

void Follower::Report(const absl::Status& status) {
  if (status.ok() != reachable_) {
    reachable_ = status.ok();
    if (reachable_) {
      context_.log.Info("in step with the database again");
    } else {
      context_.log.Error(
          "cannot follow the database: matching goes on from memory; check the database and the "
          "network to it",
          {{"error", std::string(status.message())}});
    }
  }
  if (context_.freshness.Fresh() != fresh_) {
    fresh_ = !fresh_;
    if (!fresh_) {
      context_.log.Error(
          context_.freshness.MayAnswer()
              ? "stale: changes may have been missed for longer than --freshness-bound-s; matching "
                "goes on because of --match-when-stale"
              : "stale: changes may have been missed for longer than --freshness-bound-s; matching "
                "is refused until the database is back");
    }
    context_.on_freshness_changed();
  }
}

}  // namespace smartcontacts::service
