#include "service/retention/sweep.h"

#include <optional>
#include <vector>

#include "domain/status_macros.h"
#include "service/background/lease_holder.h"
#include "service/retention/retention_period.h"

namespace smartcontacts::service {
namespace {

constexpr char kLease[] = "sweep";
// So many intervals a lease lasts: a server that is gone is replaced after them.
constexpr int kLeaseIntervals = 3;
constexpr int kTenantsPerPage = 100;
constexpr std::int64_t kContactsPerBatch = 5'000;

// The oldest epoch that is accepted at `now`.
std::int64_t OldestAccepted(const std::vector<storage::EpochRecord>& epochs, absl::Time now) {
  std::int64_t oldest = 0;
  for (const storage::EpochRecord& epoch : epochs) {  // the newest, which is accepted, first
    if (epoch.expire_time.value_or(absl::InfiniteFuture()) > now) oldest = epoch.number;
  }
  return oldest;
}

}  // namespace

Sweep::Sweep(SweepContext context) : context_(std::move(context)), holder_(NewLeaseHolder()) {}

bool Sweep::Believed(absl::Time now) {
  switch (clock_watch_.Look(now, context_.running_clock())) {
    case ClockWatch::Verdict::kSteady:
      return true;
    case ClockWatch::Verdict::kJumped:
      context_.log.Warning(
          "the system's clock jumped ahead by more than 10 minutes: no address book expires for "
          "an hour; if the time is wrong, set it right within this hour, because what expires by "
          "it is erased for good");
      return false;
    case ClockWatch::Verdict::kDistrusted:
      return false;
    case ClockWatch::Verdict::kTrustedAgain:
      context_.log.Info("the system's clock was steady for an hour: address books expire again");
      return true;
  }
  return false;
}

// Taken anew once per interval, however long a round is.
absl::StatusOr<bool> Sweep::KeepLease(absl::Time now) {
  const absl::Duration running = context_.running_clock();
  if (running - lease_taken_ < context_.interval) return true;
  ASSIGN_OR_RETURN(
      const bool taken,
      context_.leases.TakeLease(kLease, holder_, kLeaseIntervals * context_.interval, now));
  lease_taken_ = taken ? running : -absl::InfiniteDuration();
  return taken;
}

absl::Status Sweep::Round() {
  absl::Status worst;
  bool expired_all = true;
  std::optional<TenantId> after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<Tenant> page,
                     context_.tenants.ListTenants(after, kTenantsPerPage));
    for (const Tenant& tenant : page) {
      if (stopped_) return worst;
      // Without a time to believe in, nothing expires, and the lease is left to servers that have
      // one. What was erased can be deleted at any time.
      absl::Status status;
      if (const absl::Time now = context_.clock(); Believed(now)) {
        ASSIGN_OR_RETURN(const bool leading, KeepLease(now));
        if (!leading) return worst;
        status = Expire(tenant, now);
      } else {
        expired_all = false;
      }
      status.Update(EraseDiscarded(tenant.id));
      if (absl::IsUnavailable(status)) return status;
      worst.Update(status);
    }
    if (page.size() < kTenantsPerPage) {
      if (worst.ok() && expired_all) last_success_s_ = absl::ToUnixSeconds(context_.clock());
      return worst;
    }
    after = page.back().id;
  }
}

absl::Status Sweep::Expire(const Tenant& tenant, absl::Time now) {
  RETURN_IF_ERROR(
      Discard(tenant, {.synced_before = SyncedAfter(tenant, context_.retention_max, now)}, now));
  const absl::StatusOr<std::vector<storage::EpochRecord>> epochs =
      context_.epochs.ListEpochs(tenant.id);
  if (absl::IsNotFound(epochs.status())) return absl::OkStatus();  // purged meanwhile
  RETURN_IF_ERROR(epochs.status());
  return Discard(tenant, {.epoch_below = OldestAccepted(*epochs, now)}, now);
}

absl::Status Sweep::Discard(const Tenant& tenant, const storage::BookFilter& filter,
                            absl::Time now) {
  const absl::StatusOr<storage::BookCounts> counts =
      context_.books.DiscardBooks(tenant.id, filter, {.actor = "service", .time = now}, "expire");
  if (absl::IsNotFound(counts.status())) return absl::OkStatus();  // purged meanwhile
  RETURN_IF_ERROR(counts.status());
  if (counts->books > 0) {
    context_.log.Info("address books expired", {{"tenant", tenant.id.value()},
                                                {"address_books", counts->books},
                                                {"contacts", counts->contacts}});
  }
  return absl::OkStatus();
}

absl::Status Sweep::EraseDiscarded(const TenantId& id) {
  while (!stopped_) {
    const absl::StatusOr<std::int64_t> erased =
        context_.pace.Run([&] { return context_.books.EraseDiscarded(id, kContactsPerBatch); });
    if (absl::IsNotFound(erased.status())) return absl::OkStatus();  // purged meanwhile
    RETURN_IF_ERROR(erased.status());
    if (*erased == 0) break;
    erased_contacts_ += *erased;
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
