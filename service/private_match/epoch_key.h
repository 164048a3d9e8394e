// The OPRF key of a tenant's epoch.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_EPOCH_KEY_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_EPOCH_KEY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "crypto/oprf_server.h"
#include "crypto/tenant_keys.h"

namespace smartcontacts::service {

// Derived from the tenant's data key whenever it is needed, which takes less than one evaluation:
// so there is no copy that a purge could miss. INTERNAL, which nobody will see.
inline absl::StatusOr<crypto::OprfServer> EpochKey(const crypto::TenantKeys& keys,
                                                   std::int64_t epoch) {
  return crypto::OprfServer::FromSeed(crypto::OprfMode::kVoprf, keys.oprf_seed,
                                      absl::StrCat("smart-contacts epoch ", epoch));
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_EPOCH_KEY_H_
