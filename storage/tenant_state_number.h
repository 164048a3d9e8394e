// How a tenant's state is stored, the same in every backend; a new state gets a new number.

#ifndef SMART_CONTACTS_STORAGE_TENANT_STATE_NUMBER_H_
#define SMART_CONTACTS_STORAGE_TENANT_STATE_NUMBER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/tenant.h"

namespace smartcontacts::storage {

// Of a tenant whose purge has begun: for everything but the purge it is not there.
inline constexpr std::int64_t kPurgingStateNumber = 3;

inline std::int64_t NumberOf(TenantState state) { return state == TenantState::kSuspended ? 2 : 1; }

// DATA_LOSS if there is no such number.
inline absl::StatusOr<TenantState> TenantStateOf(std::int64_t number) {
  if (number == 1) return TenantState::kActive;
  if (number == 2) return TenantState::kSuspended;
  return absl::DataLossError("a stored tenant's state is malformed");
}

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_TENANT_STATE_NUMBER_H_
