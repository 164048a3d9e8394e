// Who may have an address book retained.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_RETENTION_ACCESS_H_
#define SMART_CONTACTS_SERVICE_RETENTION_RETENTION_ACCESS_H_

#include "absl/status/status.h"
#include "domain/names.h"
#include "service/matching/tenant_cache.h"

namespace smartcontacts::service {

// OK, or kFeatureDisabled or kPrivateModeRequired with the reason in words. An account that the
// directory does not have may not: what is retained is erased with its subscriber.
absl::Status CheckRetentionAccess(const LoadedTenant& tenant, const Aor& account);

// OK if a consent to `privacy_policy_version` is one to what the tenant asks for now; else
// kConsentRequired.
absl::Status CheckConsent(const LoadedTenant& tenant, const std::string& privacy_policy_version);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_RETENTION_ACCESS_H_
