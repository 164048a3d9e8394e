#include "service/retention/retention_period.h"

#include <algorithm>

namespace smartcontacts::service {

absl::Time SyncedAfter(const Tenant& tenant, absl::Duration ceiling, absl::Time now) {
  const RetentionPolicy& retention = tenant.policy.retention;
  if (!retention.offered) return absl::InfiniteFuture();
  return now - std::min(retention.period, ceiling);
}

}  // namespace smartcontacts::service
