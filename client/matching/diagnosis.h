// When an address book matches nobody at all, something is usually set wrong. This says what it may
// be.

#ifndef SMART_CONTACTS_CLIENT_MATCHING_DIAGNOSIS_H_
#define SMART_CONTACTS_CLIENT_MATCHING_DIAGNOSIS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/normalization/normalizer.h"
#include "domain/dial_plan.h"

namespace smartcontacts::client {

// How the numbers of a book were read.
struct NumberStatistics {
  std::int64_t numbers = 0;
  std::map<Reading, std::int64_t> readings;  // of the first candidate
  std::map<Skipped, std::int64_t> skipped;

  void Add(const Normalized& normalized);
};

// Fewer numbers than this prove nothing.
inline constexpr std::int64_t kDiagnosisNumbersMin = 20;

// What looks wrong, one sentence each, the most likely first. For a book without any match; never
// empty for kDiagnosisNumbersMin numbers or more, and empty below.
std::vector<std::string> Diagnose(const NumberStatistics& statistics, const DialPlan& plan);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_MATCHING_DIAGNOSIS_H_
