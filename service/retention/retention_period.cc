#include "service/retention/retention_period.h"

#include <algorithm>

namespace smartcontacts::service {

absl::Duration EffectivePeriod(const RetentionPolicy& retention, absl::Duration ceiling) {
  return std::min(retention.period, ceiling);
}

absl::Time SyncedAfter(const Tenant& tenant, absl::Duration ceiling, absl::Time now) {
  const RetentionPolicy& retention = tenant.policy.retention;
  return retention.offered ? now - EffectivePeriod(retention, ceiling) : absl::InfiniteFuture();
}

}  // namespace smartcontacts::service
