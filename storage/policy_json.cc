#include "storage/policy_json.h"

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace smartcontacts::storage {
namespace {

using nlohmann::json;

template <typename T>
void Read(const json& object, const char* name, T& target) {
  const auto found = object.find(name);
  if (found != object.end()) found->get_to(target);
}

void ReadSeconds(const json& object, const char* name, absl::Duration& target) {
  const auto found = object.find(name);
  if (found != object.end()) target = absl::Seconds(found->get<std::int64_t>());
}

}  // namespace

std::string PolicyToJson(const TenantPolicy& policy) {
  const DialPlan& plan = policy.dial_plan;
  const MatchQuota& quota = policy.match_quota;
  const json object = {
      {"dial_plan",
       {{"default_region", plan.default_region},
        {"outside_line_prefix", plan.outside_line_prefix},
        {"international_prefix", plan.international_prefix},
        {"national_prefix", plan.national_prefix},
        {"extension_pattern", plan.extension_pattern},
        {"phone_context", plan.phone_context}}},
      {"matching_enabled", policy.matching_enabled},
      {"match_quota",
       {{"full_capacity", quota.full_capacity},
        {"full_refill_per_day", quota.full_refill_per_day},
        {"incremental_capacity", quota.incremental_capacity},
        {"incremental_refill_per_day", quota.incremental_refill_per_day},
        {"evaluation_capacity", quota.evaluation_capacity},
        {"evaluation_refill_per_day", quota.evaluation_refill_per_day}}},
      {"check_interval_s", absl::ToInt64Seconds(policy.check_interval)},
      {"retention",
       {{"offered", policy.retention.offered},
        {"period_s", absl::ToInt64Seconds(policy.retention.period)}}},
      {"private_mode", static_cast<int>(policy.private_mode)},
      {"privacy_policy_version", policy.privacy_policy_version},
      {"privacy_policy_uri", policy.privacy_policy_uri},
  };
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<TenantPolicy> PolicyFromJson(absl::string_view text) try {
  const json object = json::parse(text.begin(), text.end());
  TenantPolicy policy;
  const json plan = object.value("dial_plan", json::object());
  Read(plan, "default_region", policy.dial_plan.default_region);
  Read(plan, "outside_line_prefix", policy.dial_plan.outside_line_prefix);
  Read(plan, "international_prefix", policy.dial_plan.international_prefix);
  Read(plan, "national_prefix", policy.dial_plan.national_prefix);
  Read(plan, "extension_pattern", policy.dial_plan.extension_pattern);
  Read(plan, "phone_context", policy.dial_plan.phone_context);
  Read(object, "matching_enabled", policy.matching_enabled);
  const json quota = object.value("match_quota", json::object());
  Read(quota, "full_capacity", policy.match_quota.full_capacity);
  Read(quota, "full_refill_per_day", policy.match_quota.full_refill_per_day);
  Read(quota, "incremental_capacity", policy.match_quota.incremental_capacity);
  Read(quota, "incremental_refill_per_day", policy.match_quota.incremental_refill_per_day);
  Read(quota, "evaluation_capacity", policy.match_quota.evaluation_capacity);
  Read(quota, "evaluation_refill_per_day", policy.match_quota.evaluation_refill_per_day);
  ReadSeconds(object, "check_interval_s", policy.check_interval);
  const json retention = object.value("retention", json::object());
  Read(retention, "offered", policy.retention.offered);
  ReadSeconds(retention, "period_s", policy.retention.period);
  policy.private_mode = static_cast<PrivateMode>(object.value("private_mode", 0));
  Read(object, "privacy_policy_version", policy.privacy_policy_version);
  Read(object, "privacy_policy_uri", policy.privacy_policy_uri);
  return policy;
} catch (const json::exception&) {
  return absl::DataLossError("a stored policy is malformed");
}

}  // namespace smartcontacts::storage
