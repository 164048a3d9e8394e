#include "service/private_match/directory_sealer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/sha256.h"
#include "domain/status_macros.h"
#include "service/retention/lease_holder.h"

namespace smartcontacts::service {
namespace {

// How often tenants that are not in memory are looked at.
constexpr std::chrono::seconds kRoundInterval{60};
// How soon what could not be done is tried again.
constexpr std::chrono::seconds kRetryInterval{1};
// How often also those are looked at that have not changed: an epoch may have ended.
constexpr std::chrono::hours kFullInterval{1};
constexpr absl::Duration kLeaseDuration = absl::Seconds(5);
constexpr int kTenantsPerPage = 100;
// How much later than others the thread runs on a busy machine; see setpriority(2).
constexpr int kNiceness = 10;

// Tells no tenant's name: leases outlive their tenants.
std::string LeaseOf(const TenantId& id) {
  crypto::Sha256 hash;
  hash.Update(id.value());
  const crypto::Sha256::Hash bytes = hash.Finish();
  return absl::StrCat("seal/", absl::BytesToHexString(absl::string_view(
                                   reinterpret_cast<const char*>(bytes.data()), bytes.size())));
}

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
    if (all) next_round = SteadyClock::now() + kRoundInterval;
    if (SteadyClock::now() >= next_full) {
      in_step_.clear();
      next_full = SteadyClock::now() + kFullInterval;
    }
    absl::StatusOr<std::vector<storage::TenantVersion>> behind = Behind(all);
    absl::Status worst = behind.status();
    bool done = behind.ok();
    if (behind.ok()) {
      for (const storage::TenantVersion& tenant : *behind) {
        if (stopped_) return;
        const absl::StatusOr<bool> sealed = Seal(tenant);
        worst.Update(sealed.status());
        done = done && sealed.ok() && *sealed;
        if (absl::IsUnavailable(worst)) break;
      }
    }
    Report(worst);
    next = done ? next_round : std::min(next_round, SteadyClock::now() + kRetryInterval);
  }
}

absl::StatusOr<std::vector<storage::TenantVersion>> DirectorySealer::Behind(bool all) {
  std::vector<storage::TenantVersion> versions = tenants_.LoadedVersions();
  std::optional<TenantId> after;
  while (all && !stopped_) {
    ASSIGN_OR_RETURN(const std::vector<Tenant> page,
                     context_.store.ListTenants(after, kTenantsPerPage));
    for (const Tenant& tenant : page) versions.push_back({tenant.id, tenant.version});
    if (page.size() < kTenantsPerPage) break;
    after = page.back().id;
  }
  std::erase_if(versions, [this](const storage::TenantVersion& tenant) {
    const auto found = in_step_.find(tenant.id);
    return found != in_step_.end() && found->second == tenant.version;
  });
  const std::vector<TenantId> pending(pending_.begin(), pending_.end());
  ASSIGN_OR_RETURN(const std::vector<storage::TenantVersion> named,
                   context_.store.ReadVersions(pending));
  versions.insert(versions.end(), named.begin(), named.end());
  return versions;
}

absl::StatusOr<bool> DirectorySealer::Seal(const storage::TenantVersion& tenant) {
  const std::string lease = LeaseOf(tenant.id);
  while (!stopped_) {
    ASSIGN_OR_RETURN(const bool leading,
                     context_.store.TakeLease(lease, holder_, kLeaseDuration, context_.clock()));
    if (!leading) return false;
    const absl::StatusOr<bool> more = sealing_.Step(tenant.id);
    // Purged meanwhile, or about to be.
    const bool gone = absl::IsNotFound(more.status()) || absl::IsFailedPrecondition(more.status());
    if (!gone) RETURN_IF_ERROR(more.status());
    if (!gone && *more) continue;
    in_step_[tenant.id] = tenant.version;
    pending_.erase(tenant.id);
    return true;
  }
  return false;
}

void DirectorySealer::Report(const absl::Status& status) {
  if (status.ok() == working_) return;
  working_ = status.ok();
  if (working_) {
    context_.log.Info("sealed directories are in step again");
  } else {
    context_.log.Error(
        "cannot bring sealed directories in step: clients of the private mode see an older state; "
        "it is tried again every second; check the database",
        {{"error", std::string(status.message())}});
  }
}

}  // namespace smartcontacts::service
