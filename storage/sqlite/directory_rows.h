// Subscribers as rows, read. Functions run inside the caller's transaction.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_ROWS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// NOT_FOUND.
absl::StatusOr<Subscriber> ReadSubscriber(Database& database, const TenantId& id, const Aor& aor,
                                          const RowSealer& sealer);

absl::StatusOr<DirectoryStore::SubscriberPage> ReadSubscriberPage(
    Database& database, const TenantId& id, const std::optional<crypto::Tag>& after, int limit,
    const RowSealer& sealer);

// DirectoryStore::ReadDirectory(), for a tenant that exists.
absl::StatusOr<std::int64_t> ReadDirectoryChanges(
    Database& database, const TenantId& id, std::int64_t since_revision, const RowSealer& sealer,
    const std::function<void(DirectoryEntry)>& on_entry);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_ROWS_H_
