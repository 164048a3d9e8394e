// The private mode's sealed directories as rows. Functions run inside the caller's transaction, for
// a tenant that exists.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_SEALED_DIRECTORY_ROWS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_SEALED_DIRECTORY_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sealed_directory_store.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

// SealedDirectoryStore's functions of these names.
absl::Status BeginRotation(Database& database, const TenantId& id, const PendingRotation& rotation);
absl::StatusOr<std::optional<PendingRotation>> ReadPendingRotation(Database& database,
                                                                   const TenantId& id);
absl::Status BeginSealing(Database& database, const TenantId& id, std::int64_t epoch,
                          std::int64_t revision, std::size_t label_size);
absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(Database& database,
                                                             const TenantId& id);
absl::StatusOr<SealedDirectoryState> WriteSealed(Database& database, const TenantId& id,
                                                 const SealedBatch& batch);
absl::StatusOr<SealedDirectoryState> ReadSealed(
    Database& database, const TenantId& id, std::int64_t epoch, std::int64_t since_revision,
    const std::function<void(SealedDirectoryStore::EntryChange)>& on_entry);
absl::StatusOr<std::int64_t> DropSealed(Database& database, const TenantId& id, std::int64_t epoch,
                                        std::int64_t rows_max);
absl::StatusOr<std::int64_t> ForgetSealedRemovals(Database& database, const TenantId& id,
                                                  std::int64_t epoch, std::int64_t revision,
                                                  std::int64_t rows_max);

// There was a rotation: none waits any more.
absl::Status EndPendingRotation(Database& database, const TenantId& id);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_SEALED_DIRECTORY_ROWS_H_
