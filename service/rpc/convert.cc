#include "service/rpc/convert.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "domain/status_macros.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

DialPlan FromProto(const v1::DialPlan& message) {
  return {message.default_region(),  message.outside_line_prefix(), message.international_prefix(),
          message.national_prefix(), message.extension_pattern(),   message.phone_context()};
}

void Override(std::int64_t value, std::int64_t& target) {
  if (value != 0) target = value;
}

MatchQuota FromProto(const v1::MatchQuota& message) {
  MatchQuota quota;
  Override(message.full_capacity(), quota.full_capacity);
  Override(message.full_refill_per_day(), quota.full_refill_per_day);
  Override(message.incremental_capacity(), quota.incremental_capacity);
  Override(message.incremental_refill_per_day(), quota.incremental_refill_per_day);
  Override(message.evaluation_capacity(), quota.evaluation_capacity);
  Override(message.evaluation_refill_per_day(), quota.evaluation_refill_per_day);
  return quota;
}

RetentionPolicy FromProto(const v1::RetentionPolicy& message) {
  RetentionPolicy retention;
  retention.offered = message.offered();
  if (message.has_period()) retention.period = service::FromProto(message.period());
  return retention;
}

absl::StatusOr<PrivateMode> FromProto(v1::PrivateMode mode) {
  switch (mode) {
    case v1::PRIVATE_MODE_UNSPECIFIED:
    case v1::PRIVATE_MODE_OFF:
      return PrivateMode::kOff;
    case v1::PRIVATE_MODE_OFFERED:
      return PrivateMode::kOffered;
    case v1::PRIVATE_MODE_REQUIRED:
      return PrivateMode::kRequired;
    default:
      return InvalidField("tenant.policy.private_mode", "no such mode");
  }
}

absl::StatusOr<TenantState> FromProto(admin::v1::TenantState state) {
  switch (state) {
    case admin::v1::TENANT_STATE_UNSPECIFIED:
    case admin::v1::TENANT_STATE_ACTIVE:
      return TenantState::kActive;
    case admin::v1::TENANT_STATE_SUSPENDED:
      return TenantState::kSuspended;
    default:
      return InvalidField("tenant.state", "no such state");
  }
}

absl::StatusOr<MatchingAccess> FromProto(admin::v1::MatchingAccess access,
                                         absl::string_view field) {
  switch (access) {
    case admin::v1::MATCHING_ACCESS_UNSPECIFIED:
      return MatchingAccess::kTenantDefault;
    case admin::v1::MATCHING_ACCESS_ALLOWED:
      return MatchingAccess::kAllowed;
    case admin::v1::MATCHING_ACCESS_DENIED:
      return MatchingAccess::kDenied;
    default:
      return InvalidField(absl::StrCat(field, ".matching_access"), "no such value");
  }
}

admin::v1::MatchingAccess ToProto(MatchingAccess access) {
  switch (access) {
    case MatchingAccess::kTenantDefault:
      return admin::v1::MATCHING_ACCESS_UNSPECIFIED;
    case MatchingAccess::kAllowed:
      return admin::v1::MATCHING_ACCESS_ALLOWED;
    case MatchingAccess::kDenied:
      return admin::v1::MATCHING_ACCESS_DENIED;
  }
  return admin::v1::MATCHING_ACCESS_UNSPECIFIED;
}

admin::v1::TenantPolicy ToProto(const TenantPolicy& policy) {
  admin::v1::TenantPolicy message;
  *message.mutable_dial_plan() = service::ToProto(policy.dial_plan);
  message.set_matching_enabled(policy.matching_enabled);
  *message.mutable_match_quota() = service::ToProto(policy.match_quota);
  *message.mutable_check_interval() = service::ToProto(policy.check_interval);
  *message.mutable_retention() = service::ToProto(policy.retention);
  message.set_private_mode(service::ToProto(policy.private_mode));
  message.set_privacy_policy_version(policy.privacy_policy_version);
  message.set_privacy_policy_uri(policy.privacy_policy_uri);
  return message;
}

std::vector<std::string> SipDomains(const admin::v1::Tenant& message) {
  std::vector<std::string> domains;
  for (const std::string& domain : message.sip_domains())
    domains.push_back(absl::AsciiStrToLower(domain));
  std::sort(domains.begin(), domains.end());
  return domains;
}

// The fields of a policy by the names of the wire, for field masks.
absl::Status ApplyPolicyField(absl::string_view name, const admin::v1::TenantPolicy& message,
                              TenantPolicy& policy) {
  if (name == "dial_plan") {
    policy.dial_plan = FromProto(message.dial_plan());
  } else if (name == "matching_enabled") {
    policy.matching_enabled = !message.has_matching_enabled() || message.matching_enabled();
  } else if (name == "match_quota") {
    policy.match_quota = FromProto(message.match_quota());
  } else if (name == "check_interval") {
    policy.check_interval = message.has_check_interval()
                                ? service::FromProto(message.check_interval())
                                : TenantPolicy().check_interval;
  } else if (name == "retention") {
    policy.retention = FromProto(message.retention());
  } else if (name == "private_mode") {
    ASSIGN_OR_RETURN(policy.private_mode, FromProto(message.private_mode()));
  } else if (name == "privacy_policy_version") {
    policy.privacy_policy_version = message.privacy_policy_version();
  } else if (name == "privacy_policy_uri") {
    policy.privacy_policy_uri = message.privacy_policy_uri();
  } else {
    return InvalidField("update_mask", "a path names no field that can be updated");
  }
  return absl::OkStatus();
}

absl::StatusOr<TenantPolicy> FromProto(const admin::v1::TenantPolicy& message) {
  TenantPolicy policy;
  for (const absl::string_view name :
       {"dial_plan", "matching_enabled", "match_quota", "check_interval", "retention",
        "private_mode", "privacy_policy_version", "privacy_policy_uri"}) {
    RETURN_IF_ERROR(ApplyPolicyField(name, message, policy));
  }
  return policy;
}

}  // namespace

absl::Status FieldError(absl::string_view parent, const absl::Status& status) {
  const absl::string_view message = status.message();
  const absl::string_view name = message.substr(0, message.find_first_of(": "));
  return MakeError(Reason::kFieldInvalid, message,
                   {.field = absl::StrCat(parent, parent.empty() ? "" : ".", name)});
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp message;
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  message.set_seconds(seconds);
  message.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return message;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration message;
  const std::int64_t seconds = absl::ToInt64Seconds(duration);
  message.set_seconds(seconds);
  message.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(seconds))));
  return message;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

v1::DialPlan ToProto(const DialPlan& plan) {
  v1::DialPlan message;
  message.set_default_region(plan.default_region);
  message.set_outside_line_prefix(plan.outside_line_prefix);
  message.set_international_prefix(plan.international_prefix);
  message.set_national_prefix(plan.national_prefix);
  message.set_extension_pattern(plan.extension_pattern);
  message.set_phone_context(plan.phone_context);
  return message;
}

v1::MatchQuota ToProto(const MatchQuota& quota) {
  v1::MatchQuota message;
  message.set_full_capacity(quota.full_capacity);
  message.set_full_refill_per_day(quota.full_refill_per_day);
  message.set_incremental_capacity(quota.incremental_capacity);
  message.set_incremental_refill_per_day(quota.incremental_refill_per_day);
  message.set_evaluation_capacity(quota.evaluation_capacity);
  message.set_evaluation_refill_per_day(quota.evaluation_refill_per_day);
  return message;
}

v1::RetentionPolicy ToProto(const RetentionPolicy& retention) {
  v1::RetentionPolicy message;
  message.set_offered(retention.offered);
  if (retention.offered) *message.mutable_period() = ToProto(retention.period);
  return message;
}

v1::PrivateMode ToProto(PrivateMode mode) {
  switch (mode) {
    case PrivateMode::kOff:
      return v1::PRIVATE_MODE_OFF;
    case PrivateMode::kOffered:
      return v1::PRIVATE_MODE_OFFERED;
    case PrivateMode::kRequired:
      return v1::PRIVATE_MODE_REQUIRED;
  }
  return v1::PRIVATE_MODE_OFF;
}

admin::v1::Tenant ToProto(const Tenant& tenant) {
  admin::v1::Tenant message;
  message.set_tenant_id(tenant.id.value());
  message.set_state(tenant.state == TenantState::kSuspended ? admin::v1::TENANT_STATE_SUSPENDED
                                                            : admin::v1::TENANT_STATE_ACTIVE);
  for (const std::string& domain : tenant.sip_domains) message.add_sip_domains(domain);
  *message.mutable_policy() = ToProto(tenant.policy);
  message.set_revision(tenant.revision);
  message.set_epoch(tenant.epoch);
  *message.mutable_create_time() = ToProto(tenant.create_time);
  *message.mutable_update_time() = ToProto(tenant.update_time);
  return message;
}

admin::v1::Subscriber ToProto(const Subscriber& subscriber) {
  admin::v1::Subscriber message;
  message.set_aor(subscriber.aor.value());
  for (const Identifier& identifier : subscriber.identifiers)
    message.add_identifiers(identifier.value());
  message.set_enabled(subscriber.enabled);
  message.set_discoverable(subscriber.discoverable);
  message.set_matching_access(ToProto(subscriber.matching_access));
  return message;
}

absl::StatusOr<TenantId> ParseTenantId(absl::string_view field, const std::string& text) {
  absl::StatusOr<TenantId> id = TenantId::Parse(text);
  if (!id.ok()) return InvalidField(field, id.status().message());
  return id;
}

absl::StatusOr<Tenant> FromProto(const admin::v1::Tenant& message) {
  ASSIGN_OR_RETURN(TenantId id, ParseTenantId("tenant.tenant_id", message.tenant_id()));
  ASSIGN_OR_RETURN(const TenantState state, FromProto(message.state()));
  ASSIGN_OR_RETURN(TenantPolicy policy, FromProto(message.policy()));
  Tenant tenant{.id = std::move(id),
                .state = state,
                .sip_domains = SipDomains(message),
                .policy = std::move(policy)};
  if (const absl::Status status = Validate(tenant); !status.ok())
    return FieldError("tenant", status);
  return tenant;
}

absl::Status ApplyField(const std::string& path, const admin::v1::Tenant& message, Tenant& tenant) {
  absl::string_view field = path;
  if (field == "state") {
    ASSIGN_OR_RETURN(tenant.state, FromProto(message.state()));
  } else if (field == "sip_domains") {
    tenant.sip_domains = SipDomains(message);
  } else if (field == "policy") {
    ASSIGN_OR_RETURN(tenant.policy, FromProto(message.policy()));
  } else if (absl::ConsumePrefix(&field, "policy.")) {
    RETURN_IF_ERROR(ApplyPolicyField(field, message.policy(), tenant.policy));
  } else {
    return InvalidField("update_mask", "a path names no field that can be updated");
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscriber> FromProto(const admin::v1::Subscriber& message,
                                     absl::string_view field) {
  absl::StatusOr<Aor> aor = Aor::Parse(message.aor());
  if (!aor.ok()) return InvalidField(absl::StrCat(field, ".aor"), aor.status().message());
  ASSIGN_OR_RETURN(const MatchingAccess access, FromProto(message.matching_access(), field));
  Subscriber subscriber{.aor = *std::move(aor),
                        .enabled = message.enabled(),
                        .discoverable = message.discoverable(),
                        .matching_access = access};
  for (int i = 0; i < message.identifiers_size(); ++i) {
    absl::StatusOr<Identifier> identifier = Identifier::Parse(message.identifiers(i));
    if (!identifier.ok()) {
      return InvalidField(absl::StrCat(field, ".identifiers[", i, "]"),
                          identifier.status().message());
    }
    subscriber.identifiers.push_back(*std::move(identifier));
  }
  auto& identifiers = subscriber.identifiers;
  std::sort(identifiers.begin(), identifiers.end());
  identifiers.erase(std::unique(identifiers.begin(), identifiers.end()), identifiers.end());
  return subscriber;
}

}  // namespace smartcontacts::service
