#include "domain/tenant.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"

namespace smartcontacts {
namespace {

constexpr std::size_t kPrivacyPolicyVersionLengthMax = 64;
constexpr std::size_t kPrivacyPolicyUriLengthMax = 2000;
constexpr std::int64_t kQuotaMax = 1'000'000'000;

template <typename T>
bool IsSortedAndUnique(const std::vector<T>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

absl::Status CheckSipDomains(const std::vector<std::string>& domains) {
  if (domains.empty() || domains.size() > Tenant::kSipDomainsMax) {
    return absl::InvalidArgumentError("sip_domains must name 1 to 64 domains");
  }
  if (!std::all_of(domains.begin(), domains.end(), IsDomainName)) {
    return absl::InvalidArgumentError("sip_domains must be DNS names in lower case");
  }
  if (!IsSortedAndUnique(domains)) {
    return absl::InvalidArgumentError("sip_domains must name each domain once");
  }
  return absl::OkStatus();
}

absl::Status CheckQuota(const MatchQuota& quota) {
  for (const std::int64_t value : {quota.full_capacity, quota.full_refill_per_day,
                                   quota.incremental_capacity, quota.incremental_refill_per_day,
                                   quota.evaluation_capacity, quota.evaluation_refill_per_day}) {
    if (value < 1 || value > kQuotaMax) {
      return absl::InvalidArgumentError(
          "policy.match_quota: each field must be from 1 to 1000000000");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPrivacyPolicy(const TenantPolicy& policy) {
  if (policy.privacy_policy_version.size() > kPrivacyPolicyVersionLengthMax) {
    return absl::InvalidArgumentError("policy.privacy_policy_version has at most 64 characters");
  }
  if (!policy.privacy_policy_uri.empty() &&
      (!absl::StartsWith(policy.privacy_policy_uri, "https://") ||
       policy.privacy_policy_uri.size() > kPrivacyPolicyUriLengthMax)) {
    return absl::InvalidArgumentError(
        "policy.privacy_policy_uri must be an https URL of at most 2000 characters");
  }
  if (policy.retention.offered &&
      (policy.privacy_policy_version.empty() || policy.privacy_policy_uri.empty())) {
    return absl::InvalidArgumentError(
        "policy.retention needs policy.privacy_policy_version and policy.privacy_policy_uri: "
        "people must be able to read what they agree to");
  }
  return absl::OkStatus();
}

absl::Status CheckDurations(const TenantPolicy& policy) {
  if (policy.check_interval < absl::Minutes(1) || policy.check_interval > absl::Hours(24 * 30)) {
    return absl::InvalidArgumentError("policy.check_interval must be from 1 minute to 30 days");
  }
  if (policy.retention.period < absl::Hours(1) || policy.retention.period > absl::Hours(24 * 366)) {
    return absl::InvalidArgumentError("policy.retention.period must be from 1 hour to 366 days");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const Tenant& tenant) {
  RETURN_IF_ERROR(CheckSipDomains(tenant.sip_domains));
  if (const absl::Status status = Validate(tenant.policy.dial_plan); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("policy.", status.message()));
  }
  RETURN_IF_ERROR(CheckQuota(tenant.policy.match_quota));
  RETURN_IF_ERROR(CheckDurations(tenant.policy));
  return CheckPrivacyPolicy(tenant.policy);
}

absl::Status Validate(const Subscriber& subscriber, const Tenant& tenant) {
  const std::string domain(subscriber.aor.domain());
  if (!std::binary_search(tenant.sip_domains.begin(), tenant.sip_domains.end(), domain)) {
    return absl::InvalidArgumentError("aor: its domain is none of the tenant's sip_domains");
  }
  if (subscriber.identifiers.size() > Subscriber::kIdentifiersMax) {
    return absl::InvalidArgumentError("identifiers: at most 64");
  }
  if (!IsSortedAndUnique(subscriber.identifiers)) {
    return absl::InvalidArgumentError("identifiers: each must be there once");
  }
  for (const Identifier& identifier : subscriber.identifiers) {
    const std::optional<std::string_view> context = identifier.phone_context();
    if (context.has_value() && *context != tenant.policy.dial_plan.phone_context) {
      return absl::InvalidArgumentError(
          "identifiers: an extension must have the phone_context of the tenant's dial plan");
    }
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts
