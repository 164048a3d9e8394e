// Tenants and epochs in PostgreSQL. Each function works in the caller's transaction and throws
// pqxx's exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_TENANT_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_TENANT_ROWS_H_

#include <optional>
#include <pqxx/pqxx>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"
#include "storage/store.h"

namespace smartcontacts::storage::postgres {

// A tenant whose purge has begun (purge_rows.h) is not there for any of these.

enum class Lock { kNone, kUpdate };

// NOT_FOUND. With Lock::kUpdate other changes of this tenant wait for the transaction's end.
absl::StatusOr<Tenant> ReadTenant(pqxx::transaction_base& transaction, const TenantId& id,
                                  Lock lock = Lock::kNone);
// NOT_FOUND. Until the transaction ends no purge of the tenant begins; other changes go on.
absl::Status HoldTenant(pqxx::transaction_base& transaction, const TenantId& id);
absl::StatusOr<std::vector<Tenant>> ReadTenants(pqxx::transaction_base& transaction,
                                                const std::optional<TenantId>& after, int limit);
// Of those of `ids` that there are.
std::vector<TenantVersion> ReadVersions(pqxx::transaction_base& transaction,
                                        absl::Span<const TenantId> ids);
// ALREADY_EXISTS for the tenant, also while it is being purged, or a SIP domain.
absl::Status InsertTenant(pqxx::transaction_base& transaction, const Tenant& tenant);
absl::Status WriteTenant(pqxx::transaction_base& transaction, const Tenant& tenant);

void InsertEpoch(pqxx::transaction_base& transaction, const TenantId& id, const RowSealer& sealer,
                 const EpochRecord& epoch);
// Makes `epoch` current; the one before expires, older ones are deleted.
void ReplaceEpoch(pqxx::transaction_base& transaction, const TenantId& id, const RowSealer& sealer,
                  const EpochRecord& epoch, absl::Time expire_time);
absl::StatusOr<std::vector<EpochRecord>> ReadEpochs(pqxx::transaction_base& transaction,
                                                    const TenantId& id, const RowSealer& sealer);

// Tells every server that something of the tenant has changed, when the transaction commits.
void Announce(pqxx::transaction_base& transaction, const TenantId& id);

// The channel of LISTEN and NOTIFY; the payload is the tenant's name.
inline constexpr char kChangesChannel[] = "smart_contacts_changes";

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_TENANT_ROWS_H_
