// One call of Purge.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_PURGER_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_PURGER_H_

#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "smartcontacts/admin/v1/purge_service.pb.h"

namespace smartcontacts::client {

// Purges, with a progress bar. The last message: what was removed, and the receipt, which only a
// dry run has none of. Errors are ToStatus()'s, and INTERNAL for a purge that ended without a
// receipt; after any of them it may not be complete, and is safe to repeat.
absl::StatusOr<admin::v1::PurgeResponse> Purge(const Connection& connection,
                                               const admin::v1::PurgeRequest& request);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_PURGER_H_
