// The private mode's sealed directories in PostgreSQL. Each function works in the caller's
// transaction, in a tenant that is there, and throws pqxx's exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_SEALED_DIRECTORY_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_SEALED_DIRECTORY_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <pqxx/pqxx>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sealed_directory_store.h"

namespace smartcontacts::storage::postgres {

// As SealedDirectoryStore has them. Those that write hold the directory's row, so they follow one
// another.
absl::Status BeginRotation(pqxx::transaction_base& transaction, const TenantId& id,
                           const PendingRotation& rotation);
std::optional<PendingRotation> ReadPendingRotation(pqxx::transaction_base& transaction,
                                                   const TenantId& id);
absl::Status BeginSealing(pqxx::transaction_base& transaction, const TenantId& id,
                          std::int64_t epoch, std::int64_t revision, std::size_t label_size);
absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(pqxx::transaction_base& transaction,
                                                             const TenantId& id);
absl::StatusOr<SealedDirectoryState> WriteSealed(pqxx::transaction_base& transaction,
                                                 const TenantId& id, const SealedBatch& batch);
absl::StatusOr<SealedDirectoryState> ReadSealed(
    pqxx::transaction_base& transaction, const TenantId& id, std::int64_t epoch,
    std::int64_t since_revision,
    const std::function<void(SealedDirectoryStore::EntryChange)>& on_entry);
absl::StatusOr<std::int64_t> DropSealed(pqxx::transaction_base& transaction, const TenantId& id,
                                        std::int64_t epoch, std::int64_t rows_max);
absl::StatusOr<std::int64_t> ForgetSealedRemovals(pqxx::transaction_base& transaction,
                                                  const TenantId& id, std::int64_t epoch,
                                                  std::int64_t revision, std::int64_t rows_max);

// There was a rotation: none waits any more.
void EndPendingRotation(pqxx::transaction_base& transaction, const TenantId& id);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_SEALED_DIRECTORY_ROWS_H_
