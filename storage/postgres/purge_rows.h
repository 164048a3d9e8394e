// Purging a tenant in PostgreSQL. Each function works in the caller's transaction and throws pqxx's
// exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_PURGE_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_PURGE_ROWS_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/names.h"
#include "storage/audit_store.h"

namespace smartcontacts::storage::postgres {

// Whether the tenant's purge has begun. NOT_FOUND if there is no such tenant.
absl::StatusOr<bool> IsBeingPurged(pqxx::transaction_base& transaction, const TenantId& id);

// From now on the tenant is not there for anything else: waits until whatever holds it has ended
// (HoldTenant()). Returns whether that is new. NOT_FOUND.
absl::StatusOr<bool> MarkPurging(pqxx::transaction_base& transaction, const TenantId& id);

// As PurgeStore has them; without "keys". What is of no kind is deleted and not counted, so a
// batch may have counts of zero.
std::vector<Count> CountRows(pqxx::transaction_base& transaction, const TenantId& id);
// FAILED_PRECONDITION if the purge has not begun.
absl::StatusOr<std::vector<Count>> PurgeRows(pqxx::transaction_base& transaction,
                                             const TenantId& id, std::int64_t rows_max);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_PURGE_ROWS_H_
