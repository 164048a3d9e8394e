// Subscribers as rows, read, and what they chose for themselves, written. Functions run inside the
// caller's transaction.

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

// Subscriber::visible() of a row `s`.
#define SUBSCRIBER_IS_VISIBLE "s.enabled AND coalesce(s.own_discoverable, s.discoverable)"

namespace smartcontacts::storage {

// NOT_FOUND.
absl::StatusOr<Subscriber> ReadSubscriber(Database& database, const TenantId& id, const Aor& aor,
                                          const RowSealer& sealer);

// Writes the choice of a subscriber who is there; a new revision of the directory.
absl::Status WriteChoice(Database& database, const TenantId& id, const crypto::Tag& tag,
                         const SubscriberChoice& choice);

absl::StatusOr<DirectoryStore::SubscriberPage> ReadSubscriberPage(
    Database& database, const TenantId& id, const std::optional<crypto::Tag>& after, int limit,
    const RowSealer& sealer);

// DirectoryStore::ReadDirectory(), for a tenant that exists.
absl::StatusOr<std::int64_t> ReadDirectoryChanges(
    Database& database, const TenantId& id, std::int64_t since_revision, const RowSealer& sealer,
    const std::function<void(DirectoryEntry)>& on_entry);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_ROWS_H_
