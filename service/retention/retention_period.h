// How long a retained address book may be used.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_RETENTION_PERIOD_H_
#define SMART_CONTACTS_SERVICE_RETENTION_RETENTION_PERIOD_H_

#include "absl/time/time.h"
#include "domain/tenant.h"

namespace smartcontacts::service {

// The policy's period or the server's `ceiling`, whichever is shorter: a ceiling that was lowered
// binds tenants that were made before.
absl::Duration EffectivePeriod(const RetentionPolicy& retention, absl::Duration ceiling);

// The storage functions' `synced_after` for a tenant: books that were last synced before count as
// gone. `now` less the effective period; the infinite future if the tenant does not offer retention
// (any more), because nothing that is retained is used then.
absl::Time SyncedAfter(const Tenant& tenant, absl::Duration ceiling, absl::Time now);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_RETENTION_PERIOD_H_
