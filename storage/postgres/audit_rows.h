// The audit log in PostgreSQL. Each function works in the caller's transaction and throws pqxx's
// exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_AUDIT_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_AUDIT_ROWS_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/sealing.h"
#include "domain/names.h"
#include "storage/audit_store.h"

namespace smartcontacts::storage::postgres {

// From here to its end the transaction holds the end of the tenant's chain, and every other act on
// the tenant waits: to be called last, and after the tenant's row was locked, if it is.
void AppendEntry(pqxx::transaction_base& transaction, const crypto::KeyedHash& chain,
                 const TenantId& id, const Act& act, const std::string& action,
                 absl::Span<const Count> counts);

// NOT_FOUND if there never was such a tenant.
absl::Status CheckHasLog(pqxx::transaction_base& transaction, const TenantId& id);

// As AuditStore has them.
absl::StatusOr<std::vector<AuditEntry>> ReadEntries(pqxx::transaction_base& transaction,
                                                    const TenantId& id, std::int64_t after_sequence,
                                                    int limit);
AuditVerdict VerifyChain(pqxx::transaction_base& transaction, const crypto::KeyedHash& chain,
                         const TenantId& id);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_AUDIT_ROWS_H_
