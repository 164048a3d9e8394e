#include "service/retention/retention_access.h"

#include "absl/strings/str_cat.h"
#include "service/error.h"
#include "service/matching/access.h"

namespace smartcontacts::service {

absl::Status CheckRetentionAccess(const LoadedTenant& tenant, const Aor& account) {
  const TenantPolicy& policy = tenant.tenant.policy;
  if (!policy.retention.offered) {
    return MakeError(Reason::kFeatureDisabled, "this tenant does not offer to retain contacts");
  }
  if (policy.private_mode == PrivateMode::kRequired) {
    return MakeError(Reason::kPrivateModeRequired,
                     "this tenant allows private matching only (PrivateMatchService)");
  }
  if (!tenant.directory->FindAccount(account.value()).has_value()) {
    return MakeError(Reason::kFeatureDisabled,
                     "contacts are retained for subscribers only, and this account is not in the "
                     "directory");
  }
  if (!MatchingAllowed(tenant, account)) {
    return MakeError(Reason::kFeatureDisabled,
                     "matching contacts is switched off for this account");
  }
  return absl::OkStatus();
}

absl::Status CheckConsent(const LoadedTenant& tenant, const std::string& privacy_policy_version) {
  const std::string& wanted = tenant.tenant.policy.privacy_policy_version;
  if (privacy_policy_version == wanted) return absl::OkStatus();
  return MakeError(Reason::kConsentRequired,
                   "to have contacts retained the person must agree to the present privacy policy: "
                   "show it and sync with a consent that names its version",
                   {.field = "start.consent", .metadata = {{"privacy_policy_version", wanted}}});
}

}  // namespace smartcontacts::service
