// The audit log as rows. Functions run inside the caller's transaction.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_AUDIT_ROWS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_AUDIT_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/sealing.h"
#include "domain/names.h"
#include "storage/audit_store.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

// NOT_FOUND if there is no such tenant and never was.
absl::Status CheckHasAuditLog(Database& database, const TenantId& id);

// Counts of zero are left out.
absl::Status AppendEntry(Database& database, const crypto::KeyedHash& chain, const TenantId& id,
                         const Act& act, const std::string& action,
                         absl::Span<const Count> counts = {});

// AuditStore::ListAuditEntries() and VerifyAuditChain(), for a tenant that has a log.
absl::StatusOr<std::vector<AuditEntry>> ReadEntries(Database& database, const TenantId& id,
                                                    std::int64_t after_sequence, int limit);
absl::StatusOr<AuditVerdict> VerifyEntries(Database& database, const crypto::KeyedHash& chain,
                                           const TenantId& id);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_AUDIT_ROWS_H_
