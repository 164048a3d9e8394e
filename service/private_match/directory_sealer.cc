#include "service/private_match/directory_sealer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/background/lease_holder.h"

namespace smartcontacts::service {
namespace {

// How often tenants that are not in memory are looked at.
constexpr std::chrono::seconds kRoundInterval{60};
// How soon what could not be done is tried again.
constexpr std::chrono::seconds kRetryInterval{1};
// How often also those are looked at that have not changed: an epoch may have ended.
constexpr std::chrono::hours kFullInterval{1};
constexpr absl::Duration kLeaseDuration = absl::Seconds(5);
constexpr std::chrono::seconds kLeaseRenewal{1};
constexpr int kTenantsPerPage = 100;
// How much later than others the thread runs on a busy machine; see setpriority(2).
constexpr int kNiceness = 10;
// No tenant has this version.
constexpr std::int64_t kNeverInStep = -1;

std::string LeaseOf(const TenantId& id) { return absl::StrCat("seal/", id.value()); }

}  // namespace

DirectorySealer::DirectorySealer(const SealingContext& context, TenantCache& tenants)
    : context_(context),
      tenants_(tenants),
      holder_(NewLeaseHolder()),
      sealing_(context),
      thread_([this] { Run(); }) {}

DirectorySealer::~DirectorySealer() {
  stopped_ = true;
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void DirectorySealer::Wake() {
  {
    MutexLock lock(mutex_);
    work_ = true;
  }
  woken_.notify_one();
}

void DirectorySealer::Wake(const TenantId& id) {
  {
    MutexLock lock(mutex_);
    named_.insert(id);
    work_ = true;
  }
  woken_.notify_one();
}

bool DirectorySealer::WaitForWork(SteadyClock::time_point until) {
  MutexLock lock(mutex_);
  while (!work_ && !ending_) {
    if (woken_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  work_ = false;
  pending_.merge(named_);
  return !ending_;
}

void DirectorySealer::Run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);  // of this thread alone
  SteadyClock::time_point next_round = SteadyClock::now();
  SteadyClock::time_point next_full = next_round + kFullInterval;
  SteadyClock::time_point next = next_round;
  while (WaitForWork(next)) {
    const bool all = SteadyClock::now() >= next_round;
    if (SteadyClock::now() >= next_full) {
      for (auto& [id, version] : in_step_) version = kNeverInStep;
      next_full = SteadyClock::now() + kFullInterval;
    }
    const absl::StatusOr<Progress> progress = Round(all);
    pending_count_ = static_cast<std::int64_t>(pending_.size());
    if (stopped_) return;
    if (all && progress.ok()) next_round = SteadyClock::now() + kRoundInterval;
    Report(progress.status());
    if (progress.ok() && *progress == Progress::kMore) {
      next = SteadyClock::now();
    } else if (progress.ok() && *progress == Progress::kInStep) {
      next = next_round;
    } else {
      next = SteadyClock::now() + kRetryInterval;
    }
  }
}

absl::StatusOr<std::vector<storage::TenantVersion>> DirectorySealer::Behind(bool all) {
  absl::flat_hash_map<TenantId, std::int64_t> versions;
  for (const storage::TenantVersion& tenant : tenants_.LoadedVersions()) {
    versions[tenant.id] = tenant.version;
  }
  std::optional<TenantId> after;
  while (all && !stopped_) {
    ASSIGN_OR_RETURN(const std::vector<Tenant> page,
                     context_.store.ListTenants(after, kTenantsPerPage));
    for (const Tenant& tenant : page) versions[tenant.id] = tenant.version;
    if (page.size() < kTenantsPerPage) {
      // Of tenants that are gone nothing is kept.
      absl::erase_if(in_step_, [&](const auto& entry) { return !versions.contains(entry.first); });
      break;
    }
    after = page.back().id;
  }
  const std::vector<TenantId> pending(pending_.begin(), pending_.end());
  ASSIGN_OR_RETURN(const std::vector<storage::TenantVersion> named,
                   context_.store.ReadVersions(pending));
  pending_.clear();
  std::vector<storage::TenantVersion> behind;
  for (const storage::TenantVersion& tenant : named) {
    versions.erase(tenant.id);
    behind.push_back(tenant);
  }
  for (const auto& [id, version] : versions) {
    const auto found = in_step_.find(id);
    if (found == in_step_.end() || found->second != version) behind.push_back({id, version});
  }
  for (const storage::TenantVersion& tenant : behind) pending_.insert(tenant.id);
  return behind;
}

absl::StatusOr<DirectorySealer::Progress> DirectorySealer::Round(bool all) {
  ASSIGN_OR_RETURN(const std::vector<storage::TenantVersion> behind, Behind(all));
  absl::Status worst;
  Progress least = Progress::kInStep;
  for (const storage::TenantVersion& tenant : behind) {
    const absl::StatusOr<Progress> progress = Step(tenant);
    worst.Update(progress.status());
    if (stopped_ || absl::IsUnavailable(progress.status())) break;
    if (!progress.ok()) continue;
    if (*progress == Progress::kMore || least == Progress::kInStep) least = *progress;
  }
  RETURN_IF_ERROR(worst);
  return least;
}

absl::StatusOr<DirectorySealer::Progress> DirectorySealer::Step(
    const storage::TenantVersion& tenant) {
  const absl::StatusOr<bool> more =
      sealing_.Step(tenant.id, [this, &tenant] { return GoOn(tenant.id); });
  if (absl::IsAborted(more.status())) return Progress::kElsewhere;
  if (more.ok() && *more) return Progress::kMore;
  // Purged meanwhile, or about to be; one whose key is missing is tried again when it changes.
  const bool gone = absl::IsNotFound(more.status()) || absl::IsFailedPrecondition(more.status());
  if (!gone) RETURN_IF_ERROR(more.status());
  pending_.erase(tenant.id);
  if (gone) {
    in_step_.erase(tenant.id);
  } else {
    in_step_[tenant.id] = tenant.version;
  }
  if (leases_.erase(tenant.id) > 0) {
    // The others need not wait until it ends.
    RETURN_IF_ERROR(
        context_.store
            .TakeLease(LeaseOf(tenant.id), holder_, absl::ZeroDuration(), context_.clock())
            .status());
  }
  return Progress::kInStep;
}

absl::Status DirectorySealer::GoOn(const TenantId& id) {
  if (stopped_) return absl::CancelledError("the server stops");
  const SteadyClock::time_point now = SteadyClock::now();
  const auto taken_at = leases_.find(id);
  if (taken_at != leases_.end() && now - taken_at->second < kLeaseRenewal) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool taken, context_.store.TakeLease(LeaseOf(id), holder_, kLeaseDuration,
                                                              context_.clock()));
  if (!taken) {
    leases_.erase(id);
    return absl::AbortedError("another server seals this tenant's directory");
  }
  leases_[id] = now;
  return absl::OkStatus();
}

void DirectorySealer::Report(const absl::Status& status) {
  if (status.ok() == working_) return;
  working_ = status.ok();
  if (working_) {
    context_.log.Info("sealed directories are in step again");
  } else {
    context_.log.Error(
        "cannot bring sealed directories in step: clients of the private mode see an older state; "
        "it is tried again shortly; check the database",
        {{"error", std::string(status.message())}});
  }
}

}  // namespace smartcontacts::service
