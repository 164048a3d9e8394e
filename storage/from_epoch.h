// Whether a rotation begins where it was meant to.

#ifndef SMART_CONTACTS_STORAGE_FROM_EPOCH_H_
#define SMART_CONTACTS_STORAGE_FROM_EPOCH_H_

#include <cstdint>

#include "absl/status/status.h"
#include "domain/tenant.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// ABORTED as EpochStore::RotateEpoch() has it.
inline absl::Status CheckFromEpoch(const Tenant& tenant, std::int64_t from_epoch) {
  if (from_epoch == kAnyEpoch || from_epoch == tenant.epoch) return absl::OkStatus();
  return absl::AbortedError("another epoch is current");
}

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_FROM_EPOCH_H_
