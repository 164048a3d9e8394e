// Erasing retained address books: a book with its consent at once, its contacts in batches. What
// was erased and has contacts left stands in discarded_books. Functions run inside the caller's
// transaction.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_BOOK_ERASURE_H_
#define SMART_CONTACTS_STORAGE_SQLITE_BOOK_ERASURE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/address_book_store.h"
#include "storage/book_rows.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

struct StoredBook {
  std::int64_t book_id = 0;
  std::int64_t retained_count = 0;
};

BookCounts CountsOf(absl::Span<const StoredBook> books);
// As the audit log has them.
std::vector<Count> ToAudit(const BookCounts& counts);

absl::StatusOr<std::vector<StoredBook>> SelectBooks(Database& database, const TenantId& id,
                                                    const BookSealer& sealer,
                                                    const BookFilter& filter);
// Takes the books away; a new version of the tenant and of its books, if there are any.
absl::Status DiscardBooks(Database& database, const TenantId& id,
                          absl::Span<const StoredBook> books);

// AddressBookStore::EraseDiscarded().
absl::StatusOr<std::int64_t> EraseDiscarded(Database& database, const TenantId& id,
                                            std::int64_t contacts_max);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_BOOK_ERASURE_H_
