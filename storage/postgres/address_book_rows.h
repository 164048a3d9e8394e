// Retained address books in PostgreSQL. Each function works in the caller's transaction, in a
// tenant that is there, and throws pqxx's exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_ADDRESS_BOOK_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_ADDRESS_BOOK_ROWS_H_

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/address_book_store.h"
#include "storage/book_rows.h"

namespace smartcontacts::storage::postgres {

// As AddressBookStore has it. After a refusal the transaction must not be committed.
absl::StatusOr<SyncOutcome> SyncBook(pqxx::transaction_base& transaction, const TenantId& id,
                                     const BookSealer& sealer, const BookSync& sync,
                                     const BookConditions& conditions, absl::Time now);

// As AddressBookStore has them.
absl::StatusOr<std::vector<BookRecord>> ListBooks(pqxx::transaction_base& transaction,
                                                  const TenantId& id, const BookSealer& sealer,
                                                  const Aor& account, absl::Time synced_after);
absl::StatusOr<std::vector<BookKey>> FindBooks(pqxx::transaction_base& transaction,
                                               const TenantId& id, absl::Span<const BookKey> keys,
                                               absl::Time synced_after);
absl::StatusOr<std::vector<Holder>> FindHolders(pqxx::transaction_base& transaction,
                                                const TenantId& id, const BookSealer& sealer,
                                                std::int64_t epoch,
                                                absl::Span<const crypto::Digest> digests,
                                                const std::optional<BookKey>& book,
                                                absl::Time synced_after);
BookCounts CountBooks(pqxx::transaction_base& transaction, const TenantId& id,
                      const BookSealer& sealer, const BookFilter& filter);

// The tenant's row is locked.
BookCounts DiscardBooks(pqxx::transaction_base& transaction, const TenantId& id,
                        const BookSealer& sealer, const BookFilter& filter);
// The books of subscribers that were removed in `revision`. The tenant's row is locked, and the
// removal was a statement before: so a sync that it waited for is seen.
BookCounts DiscardBooksOfRemoved(pqxx::transaction_base& transaction, const TenantId& id,
                                 std::int64_t revision);
std::int64_t EraseDiscarded(pqxx::transaction_base& transaction, const TenantId& id,
                            std::int64_t contacts_max);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_ADDRESS_BOOK_ROWS_H_
