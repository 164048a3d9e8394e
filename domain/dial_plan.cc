#include "domain/dial_plan.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "domain/names.h"

namespace smartcontacts {
namespace {

absl::Status CheckPrefix(std::string_view name, std::string_view digits, std::size_t size_max) {
  if (digits.size() > size_max || !std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) {
    return absl::InvalidArgumentError(absl::StrCat("dial_plan.",
                                                   absl::string_view(name.data(), name.size()),
                                                   " must be at most ", size_max, " digits"));
  }
  return absl::OkStatus();
}

bool IsPatternCharacter(char c) {
  static constexpr std::string_view kOperators = "[]{}()|,-?";
  return absl::ascii_isdigit(c) || kOperators.find(c) != std::string_view::npos;
}

}  // namespace

absl::Status Validate(const DialPlan& plan) {
  constexpr std::size_t kPatternLengthMax = 128;
  if (plan.default_region.size() != 2 ||
      !std::all_of(plan.default_region.begin(), plan.default_region.end(), absl::ascii_isupper)) {
    return absl::InvalidArgumentError(
        "dial_plan.default_region must be an ISO 3166-1 code of two upper-case letters, such as "
        "DE");
  }
  if (auto status = CheckPrefix("outside_line_prefix", plan.outside_line_prefix, 3); !status.ok())
    return status;
  if (auto status = CheckPrefix("international_prefix", plan.international_prefix, 6); !status.ok())
    return status;
  if (auto status = CheckPrefix("national_prefix", plan.national_prefix, 4); !status.ok())
    return status;
  if (!plan.phone_context.empty() && !IsDomainName(plan.phone_context)) {
    return absl::InvalidArgumentError("dial_plan.phone_context must be a DNS name in lower case");
  }
  if (plan.extension_pattern.empty()) return absl::OkStatus();
  const std::string& pattern = plan.extension_pattern;
  if (pattern.size() > kPatternLengthMax ||
      !std::all_of(pattern.begin(), pattern.end(), IsPatternCharacter) ||
      !RE2(pattern, RE2::Quiet).ok()) {
    return absl::InvalidArgumentError(
        "dial_plan.extension_pattern must be at most 128 characters of digits, [classes], "
        "{counts}, "
        "(groups), '|' and '?', such as [1-7][0-9]{2}");
  }
  if (plan.phone_context.empty()) {
    return absl::InvalidArgumentError("dial_plan.extension_pattern needs dial_plan.phone_context");
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts
