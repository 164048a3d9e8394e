// Reading a directory from PostgreSQL. Each function works in the caller's transaction and throws
// pqxx's exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_DIRECTORY_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_DIRECTORY_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <pqxx/pqxx>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"
#include "storage/store.h"

namespace smartcontacts::storage::postgres {

// As DirectoryStore has them; the tenant is there.
absl::StatusOr<Subscriber> ReadSubscriber(pqxx::transaction_base& transaction, const TenantId& id,
                                          const Aor& aor, const RowSealer& sealer);
absl::StatusOr<DirectoryStore::SubscriberPage> ReadSubscriberPage(
    pqxx::transaction_base& transaction, const TenantId& id,
    const std::optional<crypto::Tag>& after, int limit, const RowSealer& sealer);
absl::StatusOr<std::int64_t> ReadDirectoryChanges(
    pqxx::transaction_base& transaction, const TenantId& id, std::int64_t since_revision,
    const RowSealer& sealer, const std::function<void(DirectoryEntry)>& on_entry);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_DIRECTORY_ROWS_H_
