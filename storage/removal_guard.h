// The rule that keeps a broken export from emptying a directory, the same in every backend.

#ifndef SMART_CONTACTS_STORAGE_REMOVAL_GUARD_H_
#define SMART_CONTACTS_STORAGE_REMOVAL_GUARD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// FAILED_PRECONDITION with kLargeRemovalPayloadUrl if `removed` of `before` subscribers are more
// than the conditions allow.
inline absl::Status CheckRemovals(const ImportConditions& conditions, std::int64_t removed,
                                  std::int64_t before) {
  // No more than one in this many.
  constexpr std::int64_t kRemovableShare = 5;
  if (conditions.large_removal_allowed || removed * kRemovableShare <= before) {
    return absl::OkStatus();
  }
  absl::Status refusal = absl::FailedPreconditionError("too many subscribers would be removed");
  refusal.SetPayload(kLargeRemovalPayloadUrl, absl::Cord(absl::StrCat(removed, "/", before)));
  return refusal;
}

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_REMOVAL_GUARD_H_
