// MatchingAccess as it is stored, the same for every backend. A new value gets a new number.

#ifndef SMART_CONTACTS_STORAGE_MATCHING_ACCESS_NUMBER_H_
#define SMART_CONTACTS_STORAGE_MATCHING_ACCESS_NUMBER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/tenant.h"

namespace smartcontacts::storage {

inline std::int64_t NumberOf(MatchingAccess access) {
  switch (access) {
    case MatchingAccess::kTenantDefault:
      return 0;
    case MatchingAccess::kAllowed:
      return 1;
    case MatchingAccess::kDenied:
      return 2;
  }
  return 0;
}

// DATA_LOSS if there is no such number.
inline absl::StatusOr<MatchingAccess> MatchingAccessOf(std::int64_t number) {
  switch (number) {
    case 0:
      return MatchingAccess::kTenantDefault;
    case 1:
      return MatchingAccess::kAllowed;
    case 2:
      return MatchingAccess::kDenied;
    default:
      return absl::DataLossError("a stored matching access is malformed");
  }
}

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_MATCHING_ACCESS_NUMBER_H_
