// Retained address books as rows (what they consist of: storage/book_rows.h). Functions run inside
// the caller's transaction, for a tenant that exists.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_ADDRESS_BOOK_ROWS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_ADDRESS_BOOK_ROWS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/address_book_store.h"
#include "storage/book_rows.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

// AddressBookStore's functions of these names. If a sync is refused, the transaction must not be
// committed.
absl::StatusOr<SyncOutcome> SyncBook(Database& database, const TenantId& id,
                                     const BookSealer& sealer, const BookSync& sync,
                                     const BookConditions& conditions, absl::Time now);
absl::StatusOr<std::vector<BookRecord>> ListBooks(Database& database, const TenantId& id,
                                                  const BookSealer& sealer, const Aor& account,
                                                  absl::Time synced_after);
absl::StatusOr<std::vector<BookKey>> FindBooks(Database& database, const TenantId& id,
                                               absl::Span<const BookKey> keys,
                                               absl::Time synced_after);
absl::StatusOr<std::vector<Holder>> FindHolders(Database& database, const TenantId& id,
                                                const BookSealer& sealer, std::int64_t epoch,
                                                absl::Span<const crypto::Digest> digests,
                                                const std::optional<BookKey>& book,
                                                absl::Time synced_after);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_ADDRESS_BOOK_ROWS_H_
