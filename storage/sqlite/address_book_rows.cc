#include "storage/sqlite/address_book_rows.h"

#include <algorithm>
#include <string>
#include <utility>

// Of a tenant ?1, what has not expired at ?2 and can still match. The + keeps SQLite, which has no
// statistics, from going through all of the tenant's books by their time.
#define LIVE_BOOKS                                           \
  "b.tenant_id = ?1 AND +b.sync_time >= ?2 AND b.epoch IN (" \
  "SELECT number FROM epochs WHERE tenant_id = ?1) "

namespace smartcontacts::storage {
namespace {

absl::StatusOr<bool> IsSubscriber(Database& database, const TenantId& id,
                                  const crypto::Tag& account) {
  bool found = false;
  RETURN_IF_ERROR(database.Query(
      "SELECT 1 FROM subscribers WHERE tenant_id = ?1 AND aor_tag = ?2",
      [&found](const Row&) {
        found = true;
        return absl::OkStatus();
      },
      id.value(), account));
  return found;
}

absl::StatusOr<std::optional<BookHeader>> ReadHeader(Database& database, const TenantId& id,
                                                     const BookKey& key, absl::Time synced_after) {
  std::optional<BookHeader> header;
  RETURN_IF_ERROR(database.Query(
      "SELECT book_id, version, epoch, retained_count, recent_syncs, content_tag, "
      "privacy_policy_version, agree_time, sync_time FROM address_books b "
      "WHERE " LIVE_BOOKS "AND account_tag = ?3 AND device_tag = ?4",
      [&header](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(const crypto::Tag content_tag, row.Tag(5));
        header = BookHeader{.book_id = row.Int(0),
                            .version = row.Int(1),
                            .epoch = row.Int(2),
                            .retained_count = row.Int(3),
                            .recent_syncs = row.Text(4),
                            .content_tag = content_tag,
                            .consent = {row.Text(6), row.Time(7)},
                            .sync_time = row.Time(8)};
        return absl::OkStatus();
      },
      id.value(), synced_after, key.account, key.device));
  return header;
}

absl::StatusOr<std::int64_t> CountOtherDevices(Database& database, const TenantId& id,
                                               const BookKey& key, absl::Time synced_after) {
  std::int64_t count = 0;
  RETURN_IF_ERROR(database.Query(
      "SELECT count(*) FROM address_books b "
      "WHERE " LIVE_BOOKS "AND account_tag = ?3 AND device_tag <> ?4",
      [&count](const Row& row) {
        count = row.Int(0);
        return absl::OkStatus();
      },
      id.value(), synced_after, key.account, key.device));
  return count;
}

absl::Status WriteHeader(Database& database, const TenantId& id, const BookKey& key,
                         const std::string& sealed_device, const BookHeader& header) {
  // The seal of a device that is there already stays as it is.
  return database.Run(
      "INSERT INTO address_books (tenant_id, account_tag, device_tag, sealed_device, book_id, "
      "version, epoch, retained_count, recent_syncs, content_tag, privacy_policy_version, "
      "agree_time, sync_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
      "ON CONFLICT (tenant_id, account_tag, device_tag) DO UPDATE SET book_id = excluded.book_id, "
      "version = excluded.version, epoch = excluded.epoch, "
      "retained_count = excluded.retained_count, recent_syncs = excluded.recent_syncs, "
      "content_tag = excluded.content_tag, "
      "privacy_policy_version = excluded.privacy_policy_version, "
      "agree_time = excluded.agree_time, sync_time = excluded.sync_time",
      id.value(), key.account, key.device, Blob{sealed_device}, header.book_id, header.version,
      header.epoch, header.retained_count, Blob{header.recent_syncs}, header.content_tag,
      header.consent.privacy_policy_version, header.consent.agree_time, header.sync_time);
}

// Also of a book that has expired.
absl::Status DiscardStored(Database& database, const TenantId& id, const BookKey& key) {
  return database.Run(
      "INSERT INTO discarded_books (tenant_id, book_id) SELECT tenant_id, book_id "
      "FROM address_books WHERE tenant_id = ?1 AND account_tag = ?2 AND device_tag = ?3",
      id.value(), key.account, key.device);
}

// Deletes and inserts; returns by how much there are more now.
absl::StatusOr<std::int64_t> ChangeContacts(Database& database, const TenantId& id,
                                            std::int64_t book_id,
                                            absl::Span<const crypto::Tag> removed,
                                            absl::Span<const crypto::Tag> added) {
  std::int64_t growth = 0;
  for (const crypto::Tag& tag : removed) {
    RETURN_IF_ERROR(
        database.Run("DELETE FROM retained_contacts "
                     "WHERE tenant_id = ?1 AND book_id = ?2 AND contact_tag = ?3",
                     id.value(), book_id, tag));
    growth -= database.changed_rows();
  }
  for (const crypto::Tag& tag : added) {
    RETURN_IF_ERROR(
        database.Run("INSERT INTO retained_contacts (tenant_id, book_id, contact_tag) "
                     "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                     id.value(), book_id, tag));
    growth += database.changed_rows();
  }
  return growth;
}

SyncOutcome Refuse(SyncRefusal refusal) { return {.refusal = refusal, .state = {}}; }

}  // namespace

absl::StatusOr<SyncOutcome> SyncBook(Database& database, const TenantId& id,
                                     const BookSealer& sealer, const BookSync& sync,
                                     const BookConditions& conditions, absl::Time now) {
  const BookKey key = sealer.KeyOf(sync.account, sync.device);
  ASSIGN_OR_RETURN(const bool is_subscriber, IsSubscriber(database, id, key.account));
  if (!is_subscriber) return Refuse(SyncRefusal::kNotASubscriber);
  ASSIGN_OR_RETURN(const std::optional<BookHeader> stored,
                   ReadHeader(database, id, key, conditions.synced_after));
  ASSIGN_OR_RETURN(const std::int64_t other_devices,
                   CountOtherDevices(database, id, key, conditions.synced_after));
  BookPlan plan = PlanSync(sealer, sync, conditions, stored, other_devices, now);
  switch (plan.kind) {
    case BookPlan::Kind::kRefuse:
      return Refuse(plan.refusal);
    case BookPlan::Kind::kRepeat:
      break;
    case BookPlan::Kind::kReplace:
      RETURN_IF_ERROR(DiscardStored(database, id, key));
      RETURN_IF_ERROR(ChangeContacts(database, id, plan.header.book_id, {}, plan.added).status());
      RETURN_IF_ERROR(
          WriteHeader(database, id, key, sealer.SealDevice(key, sync.device), plan.header));
      break;
    case BookPlan::Kind::kChange: {
      ASSIGN_OR_RETURN(const std::int64_t growth,
                       ChangeContacts(database, id, plan.header.book_id, plan.removed, plan.added));
      plan.header.retained_count += growth;
      if (plan.header.retained_count > conditions.contacts_max) {
        return Refuse(SyncRefusal::kTooManyContacts);
      }
      RETURN_IF_ERROR(
          WriteHeader(database, id, key, sealer.SealDevice(key, sync.device), plan.header));
      break;
    }
  }
  return SyncOutcome{.refusal = std::nullopt,
                     .state = {.token = sealer.TokenOf(plan.header),
                               .retained_count = plan.header.retained_count,
                               .sync_time = plan.header.sync_time}};
}

absl::StatusOr<std::vector<BookRecord>> ListBooks(Database& database, const TenantId& id,
                                                  const BookSealer& sealer, const Aor& account,
                                                  absl::Time synced_after) {
  std::vector<BookRecord> books;
  RETURN_IF_ERROR(database.Query(
      "SELECT device_tag, sealed_device, privacy_policy_version, agree_time, epoch, "
      "retained_count, sync_time FROM address_books b WHERE " LIVE_BOOKS "AND account_tag = ?3",
      [&](const Row& row) -> absl::Status {
        BookKey key{.account = sealer.TagOf(account), .device = {}};
        ASSIGN_OR_RETURN(key.device, row.Tag(0));
        ASSIGN_OR_RETURN(DeviceId device, sealer.OpenDevice(key, row.Bytes(1)));
        books.push_back({.key = key,
                         .device = std::move(device),
                         .consent = {row.Text(2), row.Time(3)},
                         .epoch = row.Int(4),
                         .retained_count = row.Int(5),
                         .sync_time = row.Time(6)});
        return absl::OkStatus();
      },
      id.value(), synced_after, sealer.TagOf(account)));
  std::sort(books.begin(), books.end(), [](const BookRecord& left, const BookRecord& right) {
    return left.device < right.device;
  });
  return books;
}

absl::StatusOr<std::vector<BookKey>> FindBooks(Database& database, const TenantId& id,
                                               absl::Span<const BookKey> keys,
                                               absl::Time synced_after) {
  std::vector<BookKey> found;
  for (const BookKey& key : keys) {
    RETURN_IF_ERROR(database.Query(
        "SELECT 1 FROM address_books b "
        "WHERE " LIVE_BOOKS "AND account_tag = ?3 AND device_tag = ?4",
        [&](const Row&) {
          found.push_back(key);
          return absl::OkStatus();
        },
        id.value(), synced_after, key.account, key.device));
  }
  return found;
}

absl::StatusOr<std::vector<Holder>> FindHolders(Database& database, const TenantId& id,
                                                const BookSealer& sealer, std::int64_t epoch,
                                                absl::Span<const crypto::Digest> digests,
                                                const std::optional<BookKey>& book,
                                                absl::Time synced_after) {
  std::vector<Holder> holders;
  for (std::size_t position = 0; position < digests.size(); ++position) {
    const crypto::Tag tag = sealer.TagOf(epoch, digests[position]);
    const OnRow on_row = [&](const Row& row) -> absl::Status {
      Holder holder{.book = {}, .position = position};
      ASSIGN_OR_RETURN(holder.book.account, row.Tag(0));
      ASSIGN_OR_RETURN(holder.book.device, row.Tag(1));
      holders.push_back(holder);
      return absl::OkStatus();
    };
    // A book knows its contacts, a contact its books: each question goes the shorter way.
    RETURN_IF_ERROR(
        book.has_value()
            ? database.Query(
                  "SELECT b.account_tag, b.device_tag FROM address_books b CROSS JOIN "
                  "retained_contacts c ON c.tenant_id = ?1 AND c.book_id = b.book_id AND "
                  "c.contact_tag = ?4 WHERE " LIVE_BOOKS
                  "AND b.epoch = ?3 AND b.account_tag = ?5 AND b.device_tag = ?6",
                  on_row, id.value(), synced_after, epoch, tag, book->account, book->device)
            : database.Query(
                  "SELECT b.account_tag, b.device_tag FROM retained_contacts c CROSS JOIN "
                  "address_books b ON b.book_id = c.book_id WHERE " LIVE_BOOKS
                  "AND b.epoch = ?3 AND c.tenant_id = ?1 AND c.contact_tag = ?4",
                  on_row, id.value(), synced_after, epoch, tag));
  }
  return holders;
}

}  // namespace smartcontacts::storage
