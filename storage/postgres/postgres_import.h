// Importing a directory into PostgreSQL.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_POSTGRES_IMPORT_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_POSTGRES_IMPORT_H_

#include <memory>

#include "crypto/sealing.h"
#include "crypto/tenant_keys.h"
#include "storage/postgres/database.h"
#include "storage/store.h"

namespace smartcontacts::storage::postgres {

// As DirectoryStore::BeginImport(); the tenant is there. `database` and `audit_chain` must outlive
// the import. Each batch is staged in a transaction of its own, so that no connection is held while
// a client sends.
std::unique_ptr<DirectoryImport> BeginImport(PostgresDatabase& database,
                                             const crypto::KeyedHash& audit_chain,
                                             const TenantId& id,
                                             std::shared_ptr<const crypto::TenantKeys> keys,
                                             const ImportConditions& conditions, const Act& act);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_POSTGRES_IMPORT_H_
