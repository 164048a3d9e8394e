// Who may use matching: the subscriber's own setting, else the tenant's policy.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_ACCESS_H_
#define SMART_CONTACTS_SERVICE_MATCHING_ACCESS_H_

#include <optional>

#include "domain/names.h"
#include "service/matching/tenant_cache.h"

namespace smartcontacts::service {

// An account that the directory does not have follows the policy: its token was signed by the PBX.
// A disabled subscriber may not, whatever the settings say.
inline bool MatchingAllowed(const LoadedTenant& tenant, const Aor& aor) {
  const AccountEntry account = tenant.directory->FindAccount(aor.value()).value_or(AccountEntry{});
  if (!account.enabled) return false;
  switch (account.matching_access) {
    case MatchingAccess::kAllowed:
      return true;
    case MatchingAccess::kDenied:
      return false;
    case MatchingAccess::kTenantDefault:
      break;
  }
  return tenant.tenant.policy.matching_enabled;
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_ACCESS_H_
