// A directory snapshot on its way into SQLite.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_SQLITE_IMPORT_H_
#define SMART_CONTACTS_STORAGE_SQLITE_SQLITE_IMPORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "crypto/sealing.h"
#include "crypto/tenant_keys.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// For a tenant as it is now. The import has a connection of its own to the database at `path`, so
// that a slow one keeps nobody waiting. `audit_chain` must outlive it.
absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginSqliteImport(
    const std::string& path, const Tenant& tenant, std::shared_ptr<const crypto::TenantKeys> keys,
    const crypto::KeyedHash& audit_chain, const ImportConditions& conditions, const Act& act);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_SQLITE_IMPORT_H_
