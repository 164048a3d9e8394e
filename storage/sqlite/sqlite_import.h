// A directory snapshot on its way into SQLite.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_SQLITE_IMPORT_H_
#define SMART_CONTACTS_STORAGE_SQLITE_SQLITE_IMPORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/tenant_keys.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// For a tenant that exists. The import has a connection of its own to the database at `path`, so
// that a slow one keeps nobody waiting.
absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginSqliteImport(
    const std::string& path, const TenantId& id, std::shared_ptr<const crypto::TenantKeys> keys,
    const ImportConditions& conditions, absl::Time now);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_SQLITE_IMPORT_H_
