// Which epochs a tenant accepts.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_EPOCHS_H_
#define SMART_CONTACTS_SERVICE_MATCHING_EPOCHS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/matching/tenant_cache.h"

namespace smartcontacts::service {

// Whether digests of `epoch` are accepted at `now`.
bool IsLiveEpoch(const LoadedTenant& tenant, std::int64_t epoch, absl::Time now);

// OK if it is; else kFieldInvalid, kEpochUnknown or kEpochExpired, naming `field`.
absl::Status CheckEpoch(const LoadedTenant& tenant, absl::string_view field, std::int64_t epoch,
                        absl::Time now);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_EPOCHS_H_
