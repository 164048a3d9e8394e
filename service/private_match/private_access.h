// Who may use the private mode.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_PRIVATE_ACCESS_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_PRIVATE_ACCESS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/names.h"
#include "service/matching/tenant_cache.h"

namespace smartcontacts::service {

// Subscribers above which a client is told not to download the whole sealed directory.
inline constexpr std::size_t kWholeDownloadSubscribersMax = 50'000;

// OK if the tenant offers the private mode, the account may match, and `epoch` is live at `now`;
// else kFeatureDisabled or CheckEpoch()'s errors.
absl::Status CheckPrivateAccess(const LoadedTenant& tenant, const Aor& account, std::int64_t epoch,
                                absl::Time now);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_PRIVATE_ACCESS_H_
