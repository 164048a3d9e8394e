#include "service/private_match/private_access.h"

#include "service/error.h"
#include "service/matching/access.h"
#include "service/matching/epochs.h"

namespace smartcontacts::service {

absl::Status CheckPrivateAccess(const LoadedTenant& tenant, const Aor& account, std::int64_t epoch,
                                absl::Time now) {
  if (tenant.tenant.policy.private_mode == PrivateMode::kOff) {
    return MakeError(Reason::kFeatureDisabled, "this tenant does not offer the private mode");
  }
  if (!MatchingAllowed(tenant, account)) {
    return MakeError(Reason::kFeatureDisabled,
                     "matching contacts is switched off for this account");
  }
  return CheckEpoch(tenant, "epoch", epoch, now);
}

}  // namespace smartcontacts::service
