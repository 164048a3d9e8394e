#include "storage/sqlite/book_erasure.h"

#include <limits>
#include <optional>

namespace smartcontacts::storage {
namespace {

// One that was discarded, whether or not it has contacts left.
absl::StatusOr<std::optional<std::int64_t>> NextDiscarded(Database& database, const TenantId& id) {
  std::optional<std::int64_t> book_id;
  RETURN_IF_ERROR(database.Query(
      "SELECT book_id FROM discarded_books WHERE tenant_id = ?1 LIMIT 1",
      [&book_id](const Row& row) {
        book_id = row.Int(0);
        return absl::OkStatus();
      },
      id.value()));
  return book_id;
}

}  // namespace

BookCounts CountsOf(absl::Span<const StoredBook> books) {
  BookCounts counts{.books = static_cast<std::int64_t>(books.size())};
  for (const StoredBook& book : books) counts.contacts += book.retained_count;
  return counts;
}

std::vector<Count> ToAudit(const BookCounts& counts) {
  return {{"consents", counts.books}, {"retained_contacts", counts.contacts}};
}

absl::StatusOr<std::vector<StoredBook>> SelectBooks(Database& database, const TenantId& id,
                                                    const BookSealer& sealer,
                                                    const BookFilter& filter) {
  std::vector<StoredBook> books;
  const OnRow on_row = [&books](const Row& row) {
    books.push_back({row.Int(0), row.Int(1)});
    return absl::OkStatus();
  };
  const absl::Time synced_before = filter.synced_before.value_or(absl::InfiniteFuture());
  const std::int64_t epoch_below =
      filter.epoch_below.value_or(std::numeric_limits<std::int64_t>::max());
  if (!filter.account.has_value()) {
    RETURN_IF_ERROR(
        database.Query("SELECT book_id, retained_count FROM address_books "
                       "WHERE tenant_id = ?1 AND sync_time < ?2 AND epoch < ?3",
                       on_row, id.value(), synced_before, epoch_below));
    return books;
  }
  // The + keeps SQLite from going through all of the tenant's books by their time.
  std::optional<crypto::Tag> device;
  if (filter.device.has_value()) device = sealer.KeyOf(*filter.account, *filter.device).device;
  RETURN_IF_ERROR(database.Query(
      "SELECT book_id, retained_count FROM address_books "
      "WHERE tenant_id = ?1 AND +sync_time < ?2 AND epoch < ?3 AND account_tag = ?4 "
      "AND (?5 IS NULL OR device_tag = ?5)",
      on_row, id.value(), synced_before, epoch_below, sealer.TagOf(*filter.account), device));
  return books;
}

absl::Status DiscardBooks(Database& database, const TenantId& id,
                          absl::Span<const StoredBook> books) {
  if (books.empty()) return absl::OkStatus();
  for (const StoredBook& book : books) {
    RETURN_IF_ERROR(database.Run("INSERT INTO discarded_books (tenant_id, book_id) VALUES (?1, ?2)",
                                 id.value(), book.book_id));
    RETURN_IF_ERROR(database.Run("DELETE FROM address_books WHERE tenant_id = ?1 AND book_id = ?2",
                                 id.value(), book.book_id));
  }
  return database.Run(
      "UPDATE tenants SET books_version = books_version + 1, version = version + 1 "
      "WHERE tenant_id = ?1",
      id.value());
}

absl::StatusOr<std::int64_t> EraseDiscarded(Database& database, const TenantId& id,
                                            std::int64_t contacts_max) {
  std::int64_t erased = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<std::int64_t> book_id, NextDiscarded(database, id));
    if (!book_id.has_value()) return erased;
    RETURN_IF_ERROR(
        database.Run("DELETE FROM retained_contacts WHERE tenant_id = ?1 AND book_id = ?2 "
                     "AND contact_tag IN (SELECT contact_tag FROM retained_contacts "
                     "WHERE tenant_id = ?1 AND book_id = ?2 LIMIT ?3)",
                     id.value(), *book_id, contacts_max - erased));
    erased += database.changed_rows();
    if (erased == contacts_max) return erased;
    RETURN_IF_ERROR(database.Run(
        "DELETE FROM discarded_books WHERE tenant_id = ?1 AND book_id = ?2", id.value(), *book_id));
  }
}

}  // namespace smartcontacts::storage
