// Page sizes of the operator's lists.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_PAGING_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_PAGING_H_

#include <algorithm>

#include "absl/status/statusor.h"
#include "service/error.h"
#include "service/limits.h"

namespace smartcontacts::service {

// What a request's `page_size` means: the default for 0, at most kPageSizeMax. kFieldInvalid if
// negative.
inline absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0) return InvalidField("page_size", "must not be negative");
  return requested == 0 ? kPageSizeDefault : std::min(requested, kPageSizeMax);
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_PAGING_H_
