#include "client/matching/diagnosis.h"

#include "absl/strings/str_cat.h"

namespace smartcontacts::client {
namespace {

template <typename Key>
std::int64_t CountOf(const std::map<Key, std::int64_t>& counts, Key key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

void NumberStatistics::Add(const Normalized& normalized) {
  ++numbers;
  if (normalized.skipped.has_value()) {
    ++skipped[*normalized.skipped];
  } else {
    ++readings[normalized.candidates.front().reading];
  }
}

std::vector<std::string> Diagnose(const NumberStatistics& statistics, const DialPlan& plan) {
  if (statistics.numbers < kDiagnosisNumbersMin) return {};
  // A fifth of the book is no accident.
  const std::int64_t many = statistics.numbers / 5;
  std::vector<std::string> findings;
  const std::int64_t impossible = CountOf(statistics.skipped, Skipped::kNotPossible);
  if (impossible > many) {
    findings.push_back(absl::StrCat(
        impossible, " of ", statistics.numbers, " numbers are not possible in the region ",
        plan.default_region, ": the tenant's default_region",
        plan.outside_line_prefix.empty()
            ? " may be wrong, or its dial plan lacks the outside-line prefix"
            : absl::StrCat(" or its outside-line prefix \"", plan.outside_line_prefix,
                           "\" may be wrong")));
  }
  const std::int64_t national = CountOf(statistics.readings, Reading::kNational);
  if (national > many) {
    findings.push_back(absl::StrCat(
        national, " of ", statistics.numbers,
        " numbers have no country code and were read as numbers of ", plan.default_region,
        ": if this phone is from elsewhere, the tenant's default_region is wrong for it"));
  }
  const std::int64_t guessed = CountOf(statistics.readings, Reading::kMissingPlus);
  if (guessed > many) {
    findings.push_back(absl::StrCat(guessed, " of ", statistics.numbers,
                                    " numbers have neither '+' nor prefix and were guessed"));
  }
  const std::int64_t foreign = CountOf(statistics.skipped, Skipped::kForeignContext);
  if (foreign > many) {
    findings.push_back(absl::StrCat(foreign, " of ", statistics.numbers,
                                    " numbers are extensions of another phone-context than \"",
                                    plan.phone_context, "\""));
  }
  if (findings.empty()) {
    findings.push_back(absl::StrCat("the numbers look right for the region ", plan.default_region,
                                    ": either none of these people is a subscriber of this tenant, "
                                    "or its directory was imported "
                                    "under another dial plan, or is empty"));
  }
  return findings;
}

}  // namespace smartcontacts::client
