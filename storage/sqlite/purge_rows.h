// Taking a whole tenant away. Functions run inside the caller's transaction.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_PURGE_ROWS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_PURGE_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/names.h"
#include "storage/audit_store.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

// NOT_FOUND if there are no rows of the tenant, also none whose purge has begun.
absl::Status CheckHasRows(Database& database, const TenantId& id);

// PurgeStore::CountTenant() without the keys.
absl::StatusOr<std::vector<Count>> CountTenantRows(Database& database, const TenantId& id);

// For everybody else the tenant is gone from now on, and its SIP domains are free. NOT_FOUND.
absl::Status MarkPurging(Database& database, const TenantId& id);

// PurgeStore::PurgeRows(): with zeros, unless all rows are gone. FAILED_PRECONDITION if the purge
// has not begun.
absl::StatusOr<std::vector<Count>> DeleteTenantRows(Database& database, const TenantId& id,
                                                    std::int64_t rows_max);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_PURGE_ROWS_H_
