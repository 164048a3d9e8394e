// Erases what is retained beyond its time: address books that were not synced for the retention
// period or whose epoch has ended, and what is left of books that were erased.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_SWEEP_H_
#define SMART_CONTACTS_SERVICE_RETENTION_SWEEP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/background/pace.h"
#include "service/clock.h"
#include "service/retention/clock_watch.h"
#include "service/telemetry/log.h"
#include "storage/store.h"

namespace smartcontacts::service {

// What the sweep works with, all of which must outlive it.
struct SweepContext {
  storage::TenantStore& tenants;
  storage::EpochStore& epochs;
  storage::AddressBookStore& books;
  storage::LeaseStore& leases;
  Pace& pace;
  const Log& log;
  Clock clock;
  std::function<absl::Duration()> running_clock;  // which nobody can set
  absl::Duration interval;                        // between rounds
  absl::Duration retention_max;                   // the ceiling, see retention_period.h
};

// For one thread, except where it says otherwise.
class Sweep {
 public:
  explicit Sweep(SweepContext context);

  // Goes through all tenants. Of the servers of one database, the one that has the lease expires
  // address books; none does while its clock is not to be believed (clock_watch.h). The error is
  // the worst of the tenants'; the others were swept nevertheless, unless the store is UNAVAILABLE.
  absl::Status Round();

  // Deletes what is left of the tenant's erased address books: any server may, at any time.
  absl::Status EraseDiscarded(const TenantId& id);

  // When a round last went through all tenants, expired what was due and deleted it; 1970 if
  // none did: on a server that never had the lease, for one.
  absl::Time last_success() const { return absl::FromUnixSeconds(last_success_s_); }
  // Contacts that were deleted.
  std::int64_t erased_contacts() const { return erased_contacts_; }

  // Lets what runs return after its present batch, and nothing begin. From any thread.
  void Stop() { stopped_ = true; }

 private:
  bool Believed(absl::Time now);
  absl::StatusOr<bool> KeepLease(absl::Time now);
  absl::Status Expire(const Tenant& tenant, absl::Time now);
  absl::Status Discard(const Tenant& tenant, const storage::BookFilter& filter, absl::Time now);

  const SweepContext context_;
  const std::string holder_;  // this server, in the lease
  ClockWatch clock_watch_;
  absl::Duration lease_taken_ = -absl::InfiniteDuration();  // by the running clock
  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> last_success_s_ = 0;  // since 1970
  std::atomic<std::int64_t> erased_contacts_ = 0;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_SWEEP_H_
