// Tenants and epochs as rows. Functions run inside the caller's transaction.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_TENANT_ROWS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_TENANT_ROWS_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// A tenant that is being purged (purge_rows.h) is not there.

// NOT_FOUND.
absl::StatusOr<Tenant> ReadTenant(Database& database, const TenantId& id);
absl::StatusOr<std::vector<Tenant>> ReadTenants(Database& database,
                                                const std::optional<TenantId>& after, int limit);

// Adds the tenant's version, if there is such a tenant.
absl::Status ReadVersion(Database& database, const TenantId& id,
                         std::vector<TenantVersion>& versions);

// ALREADY_EXISTS for the tenant or one of its SIP domains.
absl::Status InsertTenant(Database& database, const Tenant& tenant);
// Writes state, policy, SIP domains and update time; a new version. ALREADY_EXISTS for a SIP
// domain.
absl::Status WriteTenant(Database& database, const Tenant& tenant);

absl::Status InsertEpoch(Database& database, const TenantId& id, const RowSealer& sealer,
                         const EpochRecord& epoch);
// The newest first.
absl::StatusOr<std::vector<EpochRecord>> ReadEpochs(Database& database, const TenantId& id,
                                                    const RowSealer& sealer);
// Makes `epoch` current: its predecessor ends at `expire_time`, older ones are deleted; a new
// version.
absl::Status ReplaceEpoch(Database& database, const TenantId& id, const RowSealer& sealer,
                          const EpochRecord& epoch, absl::Time expire_time);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_TENANT_ROWS_H_
