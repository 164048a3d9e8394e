#include "client/programs/admin/policy_options.h"

#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/programs/private_mode_name.h"

namespace smartcontacts::client {
namespace {

using admin::v1::TenantPolicy;

constexpr std::int64_t kDayS = 24 * 3600;
constexpr std::int64_t kCheckIntervalMinS = 60;
constexpr std::int64_t kCheckIntervalMaxS = 30 * kDayS;
constexpr std::int64_t kRetentionDaysMax = 366;

struct Quota {
  std::int64_t capacity = 0;
  std::int64_t refill_per_day = 0;
};

Quota ParseQuota(const std::string& text) {
  Quota quota;
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  if (!absl::SimpleAtoi(parts.first, &quota.capacity) ||
      !absl::SimpleAtoi(parts.second, &quota.refill_per_day) || quota.capacity < 1 ||
      quota.refill_per_day < 1) {
    throw CLI::ValidationError(
        absl::StrCat("'", text, "' is not two positive numbers such as 100000:10000"));
  }
  return quota;
}

}  // namespace

void PolicyOptions::Add(const std::string& field, Change change) {
  paths_.insert(absl::StrCat("policy.", field));
  changes_.push_back(std::move(change));
}

void PolicyOptions::Apply(TenantPolicy& policy) const {
  for (const Change& change : changes_) change(policy);
}

void PolicyOptions::AddDialPlan(CLI::App& command, bool required) {
  using Setter = void (v1::DialPlan::*)(const std::string&);
  const auto add = [&](const char* name, Setter set, const char* help) {
    return command.add_option_function<std::string>(
        name,
        [this, set](const std::string& text) {
          Add("dial_plan",
              [set, text](TenantPolicy& policy) { (policy.mutable_dial_plan()->*set)(text); });
        },
        help);
  };
  add("--region", &v1::DialPlan::set_default_region,
      "ISO 3166-1 country of numbers without a country code, such as DE")
      ->required(required);
  add("--outside-line-prefix", &v1::DialPlan::set_outside_line_prefix,
      "Digits dialled to reach a public line, such as 0 or 9");
  add("--international-prefix", &v1::DialPlan::set_international_prefix,
      "Digits that stand for '+' [the region's]");
  add("--national-prefix", &v1::DialPlan::set_national_prefix,
      "Digits before a national number [the region's]");
  add("--extension-pattern", &v1::DialPlan::set_extension_pattern,
      "Which 2 to 6 digits are extensions, such as [1-7][0-9]{2}");
  add("--phone-context", &v1::DialPlan::set_phone_context,
      "The domain that makes an extension unique");
}

void PolicyOptions::AddMatching(CLI::App& command) {
  command.add_option_function<bool>(
      "--matching-enabled",
      [this](bool enabled) {
        Add("matching_enabled",
            [enabled](TenantPolicy& policy) { policy.set_matching_enabled(enabled); });
      },
      "true or false; a subscriber's own setting overrides it");
  command
      .add_option_function<v1::PrivateMode>(
          "--private-mode",
          [this](v1::PrivateMode mode) {
            Add("private_mode", [mode](TenantPolicy& policy) { policy.set_private_mode(mode); });
          },
          "off, offered or required")
      ->transform(CLI::CheckedTransformer(std::map<std::string, v1::PrivateMode>{
                                              {"off", v1::PRIVATE_MODE_OFF},
                                              {"offered", v1::PRIVATE_MODE_OFFERED},
                                              {"required", v1::PRIVATE_MODE_REQUIRED}})
                      .description(""));
  command
      .add_option_function<std::int64_t>(
          "--check-interval-s",
          [this](std::int64_t seconds) {
            Add("check_interval", [seconds](TenantPolicy& policy) {
              policy.mutable_check_interval()->set_seconds(seconds);
            });
          },
          "How long apps wait between two checks [86400]")
      ->check(CLI::Range(kCheckIntervalMinS, kCheckIntervalMaxS));
}

void PolicyOptions::AddQuotas(CLI::App& command) {
  using Setter = void (v1::MatchQuota::*)(std::int64_t);
  const auto add = [&](const char* name, Setter set_capacity, Setter set_refill, const char* help) {
    command
        .add_option_function<std::string>(
            name,
            [this, set_capacity, set_refill](const std::string& text) {
              Add("match_quota",
                  [set_capacity, set_refill, quota = ParseQuota(text)](TenantPolicy& policy) {
                    (policy.mutable_match_quota()->*set_capacity)(quota.capacity);
                    (policy.mutable_match_quota()->*set_refill)(quota.refill_per_day);
                  });
            },
            help)
        ->type_name("CAPACITY:PER_DAY");
  };
  add("--match-quota", &v1::MatchQuota::set_full_capacity, &v1::MatchQuota::set_full_refill_per_day,
      "How many digests an account may have matched at once, and how many more each day "
      "[100000:10000]");
  add("--incremental-match-quota", &v1::MatchQuota::set_incremental_capacity,
      &v1::MatchQuota::set_incremental_refill_per_day,
      "The same for checks that ask only what has changed [200000:200000]");
  add("--evaluation-quota", &v1::MatchQuota::set_evaluation_capacity,
      &v1::MatchQuota::set_evaluation_refill_per_day,
      "The same for blinded identifiers that the private mode evaluates [5000:100]");
}

void PolicyOptions::AddRetention(CLI::App& command) {
  CLI::Option* const days =
      command
          .add_option_function<std::int64_t>(
              "--retention-days",
              [this](std::int64_t n) {
                Add("retention", [n](TenantPolicy& policy) {
                  policy.mutable_retention()->set_offered(true);
                  policy.mutable_retention()->mutable_period()->set_seconds(n * kDayS);
                });
              },
              "Offer to retain contacts, and forget a device that is silent for so long")
          ->check(CLI::Range(std::int64_t{1}, kRetentionDaysMax));
  command
      .add_flag_callback(
          "--no-retention",
          [this] { Add("retention", [](TenantPolicy& policy) { policy.clear_retention(); }); },
          "Offer it no more")
      ->excludes(days);
  command.add_option_function<std::string>(
      "--privacy-policy-version",
      [this](const std::string& text) {
        Add("privacy_policy_version",
            [text](TenantPolicy& policy) { policy.set_privacy_policy_version(text); });
      },
      "What a consent names, such as 2026-11; needed for retention");
  command.add_option_function<std::string>(
      "--privacy-policy-uri",
      [this](const std::string& text) {
        Add("privacy_policy_uri",
            [text](TenantPolicy& policy) { policy.set_privacy_policy_uri(text); });
      },
      "Where people read it (https); needed for retention");
}

void PolicyOptions::AddTo(CLI::App& command, bool required) {
  AddDialPlan(command, required);
  AddMatching(command);
  AddQuotas(command);
  AddRetention(command);
}

}  // namespace smartcontacts::client
