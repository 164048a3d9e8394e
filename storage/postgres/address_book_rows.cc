#include "storage/postgres/address_book_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/status_macros.h"
#include "storage/postgres/values.h"

// Of the tenant $1: what was synced since $2 and is of an epoch that still has a salt.
#define IS_LIVE \
  "(b.sync_time >= $2 AND b.epoch = ANY (ARRAY(SELECT number FROM epochs WHERE tenant_id = $1)))"

// Ends a subquery that is joined: for each row on its left it is looked up by index. Tables that
// have just grown have no statistics, and without this the planner would turn joins round and go
// through all of a tenant's rows.
#define ONE_BY_ONE " OFFSET 0"

namespace smartcontacts::storage::postgres {
namespace {

// Erased books are taken up so many at a time.
constexpr int kBooksPerBatch = 1'000;

absl::StatusOr<BookHeader> HeaderOf(const pqxx::row& row) {
  BookHeader header{.book_id = IntOf(row[0]),
                    .version = IntOf(row[1]),
                    .epoch = IntOf(row[2]),
                    .retained_count = IntOf(row[3]),
                    .recent_syncs = BytesOf(row[4])};
  ASSIGN_OR_RETURN(header.content_tag, TagOf(row[5]));
  header.consent = {.privacy_policy_version = row[6].c_str(), .agree_time = TimeOf(row[7])};
  header.sync_time = TimeOf(row[8]);
  return header;
}

struct StoredBook {
  BookHeader header;
  bool live = false;
};

// Locked, so that nobody erases it meanwhile.
absl::StatusOr<std::optional<StoredBook>> LockBook(pqxx::transaction_base& transaction,
                                                   const TenantId& id, const BookKey& key,
                                                   absl::Time synced_after) {
  const pqxx::result rows = transaction.exec_params(
      "SELECT book_id, version, epoch, retained_count, recent_syncs, content_tag, "
      "privacy_policy_version, agree_time, sync_time, " IS_LIVE
      " FROM address_books b WHERE tenant_id = $1 AND account_tag = $3 AND device_tag = $4 "
      "FOR UPDATE OF b",
      id.value(), Micros(synced_after), Bytes(key.account), Bytes(key.device));
  if (rows.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(BookHeader header, HeaderOf(rows[0]));
  return StoredBook{.header = std::move(header), .live = rows[0][9].as<bool>()};
}

// Until the transaction ends no other sync of the account goes on, be it the first one of a device,
// which has no row yet, and the account is not removed. False: there is no such subscriber.
bool LockAccount(pqxx::transaction_base& transaction, const TenantId& id,
                 const crypto::Tag& account) {
  return !transaction
              .exec_params(
                  "SELECT 1 FROM subscribers WHERE tenant_id = $1 AND aor_tag = $2 "
                  "FOR NO KEY UPDATE",
                  id.value(), Bytes(account))
              .empty();
}

std::int64_t CountOtherDevices(pqxx::transaction_base& transaction, const TenantId& id,
                               const BookKey& key, absl::Time synced_after) {
  return IntOf(transaction.exec_params1(
      "SELECT count(*) FROM address_books b WHERE tenant_id = $1 AND account_tag = $3 "
      "AND device_tag <> $4 AND " IS_LIVE,
      id.value(), Micros(synced_after), Bytes(key.account), Bytes(key.device))[0]);
}

// These return how many rows that concerned.
std::int64_t DeleteContacts(pqxx::transaction_base& transaction, const TenantId& id,
                            std::int64_t book_id, const std::vector<crypto::Tag>& tags) {
  if (tags.empty()) return 0;
  return static_cast<std::int64_t>(
      transaction
          .exec_params("DELETE FROM retained_contacts WHERE tenant_id = $1 AND book_id = $2 "
                       "AND contact_tag = ANY($3::bytea[])",
                       id.value(), book_id, ByteaArray(tags))
          .affected_rows());
}
// At most `limit`.
std::int64_t DeleteSomeContacts(pqxx::transaction_base& transaction, const TenantId& id,
                                std::int64_t book_id, std::int64_t limit) {
  return static_cast<std::int64_t>(
      transaction
          .exec_params("DELETE FROM retained_contacts WHERE tenant_id = $1 AND book_id = $2 "
                       "AND contact_tag = ANY (ARRAY(SELECT contact_tag FROM retained_contacts "
                       "  WHERE tenant_id = $1 AND book_id = $2 ORDER BY contact_tag LIMIT $3))",
                       id.value(), book_id, limit)
          .affected_rows());
}
std::int64_t InsertContacts(pqxx::transaction_base& transaction, const TenantId& id,
                            std::int64_t book_id, const std::vector<crypto::Tag>& tags) {
  if (tags.empty()) return 0;
  return static_cast<std::int64_t>(
      transaction
          .exec_params("INSERT INTO retained_contacts (tenant_id, book_id, contact_tag) "
                       "SELECT $1, $2, tag FROM unnest($3::bytea[]) AS tag ON CONFLICT DO NOTHING",
                       id.value(), book_id, ByteaArray(tags))
          .affected_rows());
}

void WriteBook(pqxx::transaction_base& transaction, const TenantId& id, const BookKey& key,
               const std::string& sealed_device, const BookHeader& header) {
  transaction.exec_params(
      "INSERT INTO address_books (tenant_id, account_tag, device_tag, sealed_device, book_id, "
      "version, epoch, retained_count, recent_syncs, content_tag, privacy_policy_version, "
      "agree_time, sync_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
      "ON CONFLICT (tenant_id, account_tag, device_tag) DO UPDATE SET book_id = excluded.book_id, "
      "version = excluded.version, epoch = excluded.epoch, "
      "retained_count = excluded.retained_count, recent_syncs = excluded.recent_syncs, "
      "content_tag = excluded.content_tag, "
      "privacy_policy_version = excluded.privacy_policy_version, "
      "agree_time = excluded.agree_time, sync_time = excluded.sync_time",
      id.value(), Bytes(key.account), Bytes(key.device), Bytes(sealed_device), header.book_id,
      header.version, header.epoch, header.retained_count, Bytes(header.recent_syncs),
      Bytes(header.content_tag), header.consent.privacy_policy_version,
      Micros(header.consent.agree_time), Micros(header.sync_time));
}

// Which of `tags` are in which book: tags of the account and the device, position.
pqxx::result QueryContacts(pqxx::transaction_base& transaction, const TenantId& id,
                           const std::vector<crypto::Tag>& tags, absl::Time synced_after) {
  return transaction.exec_params(
      "SELECT b.account_tag, b.device_tag, q.position - 1 "
      "FROM unnest($3::bytea[]) WITH ORDINALITY AS q (contact_tag, position) "
      "CROSS JOIN LATERAL (SELECT book_id FROM retained_contacts "
      "  WHERE tenant_id = $1 AND contact_tag = q.contact_tag" ONE_BY_ONE
      ") c CROSS JOIN LATERAL (SELECT account_tag, device_tag FROM address_books b "
      "  WHERE tenant_id = $1 AND book_id = c.book_id AND " IS_LIVE ONE_BY_ONE ") b",
      id.value(), Micros(synced_after), ByteaArray(tags));
}
// The same of one book.
pqxx::result QueryContacts(pqxx::transaction_base& transaction, const TenantId& id,
                           const std::vector<crypto::Tag>& tags, const BookKey& book,
                           absl::Time synced_after) {
  return transaction.exec_params(
      "SELECT b.account_tag, b.device_tag, q.position - 1 "
      "FROM (SELECT account_tag, device_tag, book_id FROM address_books b "
      "  WHERE tenant_id = $1 AND account_tag = $4 AND device_tag = $5 AND " IS_LIVE ONE_BY_ONE
      ") b CROSS JOIN unnest($3::bytea[]) WITH ORDINALITY AS q (contact_tag, position) "
      "CROSS JOIN LATERAL (SELECT FROM retained_contacts "
      "  WHERE tenant_id = $1 AND book_id = b.book_id "
      "  AND contact_tag = q.contact_tag" ONE_BY_ONE ") c",
      id.value(), Micros(synced_after), ByteaArray(tags), Bytes(book.account), Bytes(book.device));
}

SyncOutcome Refuse(SyncRefusal refusal) { return {.refusal = refusal}; }

// What a BookFilter stands for in SQL, from $2 on: that which is not set holds for every book.
#define FILTER_CONDITION                                     \
  "tenant_id = $1 AND ($2 = ''::bytea OR account_tag = $2) " \
  "AND ($3 = ''::bytea OR device_tag = $3) AND sync_time < $4 AND epoch < $5"

struct FilterValues {
  FilterValues(const BookSealer& sealer, const BookFilter& filter)
      : synced_before(Micros(filter.synced_before.value_or(absl::InfiniteFuture()))),
        epoch_below(filter.epoch_below.value_or(INT64_MAX)) {
    if (!filter.account.has_value()) return;
    account = Bytes(sealer.TagOf(*filter.account));
    if (filter.device.has_value()) {
      device = Bytes(sealer.KeyOf(*filter.account, *filter.device).device);
    }
  }

  pqxx::binarystring account = Bytes("");
  pqxx::binarystring device = Bytes("");
  std::int64_t synced_before;
  std::int64_t epoch_below;
};

BookCounts CountsOf(const pqxx::row& row) {
  return {.books = IntOf(row[0]), .contacts = IntOf(row[1])};
}

// Behind "WITH gone AS (DELETE ... RETURNING book_id, retained_count)".
#define MARK_AND_COUNT_GONE                                                                      \
  ", marked AS (INSERT INTO discarded_books (tenant_id, book_id) SELECT $1, book_id FROM gone) " \
  "SELECT count(*), coalesce(sum(retained_count), 0)::bigint FROM gone"

void GrowBooksVersion(pqxx::transaction_base& transaction, const TenantId& id) {
  transaction.exec_params(
      "UPDATE tenants SET books_version = books_version + 1 WHERE tenant_id = $1", id.value());
}

}  // namespace

absl::StatusOr<SyncOutcome> SyncBook(pqxx::transaction_base& transaction, const TenantId& id,
                                     const BookSealer& sealer, const BookSync& sync,
                                     const BookConditions& conditions, absl::Time now) {
  const BookKey key = sealer.KeyOf(sync.account, sync.device);
  if (!LockAccount(transaction, id, key.account)) return Refuse(SyncRefusal::kNotASubscriber);
  ASSIGN_OR_RETURN(const std::optional<StoredBook> found,
                   LockBook(transaction, id, key, conditions.synced_after));
  BookPlan plan =
      PlanSync(sealer, sync, conditions,
               found.has_value() && found->live ? std::optional(found->header) : std::nullopt,
               CountOtherDevices(transaction, id, key, conditions.synced_after), now);
  switch (plan.kind) {
    case BookPlan::Kind::kRefuse:
      return Refuse(plan.refusal);
    case BookPlan::Kind::kRepeat:
      break;
    case BookPlan::Kind::kReplace:
      if (found.has_value()) {
        transaction.exec_params("INSERT INTO discarded_books (tenant_id, book_id) VALUES ($1, $2)",
                                id.value(), found->header.book_id);
      }
      InsertContacts(transaction, id, plan.header.book_id, plan.added);
      break;
    case BookPlan::Kind::kChange:
      plan.header.retained_count -=
          DeleteContacts(transaction, id, plan.header.book_id, plan.removed);
      plan.header.retained_count +=
          InsertContacts(transaction, id, plan.header.book_id, plan.added);
      if (plan.header.retained_count > conditions.contacts_max) {
        return Refuse(SyncRefusal::kTooManyContacts);
      }
      break;
  }
  if (plan.kind != BookPlan::Kind::kRepeat) {
    WriteBook(transaction, id, key, sealer.SealDevice(key, sync.device), plan.header);
  }
  return SyncOutcome{.state = {.token = sealer.TokenOf(plan.header),
                               .retained_count = plan.header.retained_count,
                               .sync_time = plan.header.sync_time}};
}

absl::StatusOr<std::vector<BookRecord>> ListBooks(pqxx::transaction_base& transaction,
                                                  const TenantId& id, const BookSealer& sealer,
                                                  const Aor& account, absl::Time synced_after) {
  const crypto::Tag account_tag = sealer.TagOf(account);
  std::vector<BookRecord> books;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT device_tag, sealed_device, privacy_policy_version, agree_time, epoch, "
           "retained_count, sync_time FROM address_books b "
           "WHERE tenant_id = $1 AND account_tag = $3 AND " IS_LIVE,
           id.value(), Micros(synced_after), Bytes(account_tag))) {
    BookKey key{.account = account_tag};
    ASSIGN_OR_RETURN(key.device, TagOf(row[0]));
    ASSIGN_OR_RETURN(DeviceId device, sealer.OpenDevice(key, BytesOf(row[1])));
    books.push_back(
        {.key = key,
         .device = std::move(device),
         .consent = {.privacy_policy_version = row[2].c_str(), .agree_time = TimeOf(row[3])},
         .epoch = IntOf(row[4]),
         .retained_count = IntOf(row[5]),
         .sync_time = TimeOf(row[6])});
  }
  std::sort(books.begin(), books.end(),
            [](const BookRecord& a, const BookRecord& b) { return a.device < b.device; });
  return books;
}

absl::StatusOr<std::vector<BookKey>> FindBooks(pqxx::transaction_base& transaction,
                                               const TenantId& id, absl::Span<const BookKey> keys,
                                               absl::Time synced_after) {
  std::vector<crypto::Tag> accounts;
  std::vector<crypto::Tag> devices;
  for (const BookKey& key : keys) {
    accounts.push_back(key.account);
    devices.push_back(key.device);
  }
  std::vector<BookKey> found;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT b.account_tag, b.device_tag "
           "FROM unnest($3::bytea[], $4::bytea[]) AS k (account_tag, device_tag) "
           "CROSS JOIN LATERAL (SELECT account_tag, device_tag FROM address_books b "
           "  WHERE tenant_id = $1 AND account_tag = k.account_tag "
           "  AND device_tag = k.device_tag AND " IS_LIVE ONE_BY_ONE ") b",
           id.value(), Micros(synced_after), ByteaArray(accounts), ByteaArray(devices))) {
    BookKey key;
    ASSIGN_OR_RETURN(key.account, TagOf(row[0]));
    ASSIGN_OR_RETURN(key.device, TagOf(row[1]));
    found.push_back(key);
  }
  return found;
}

absl::StatusOr<std::vector<Holder>> FindHolders(pqxx::transaction_base& transaction,
                                                const TenantId& id, const BookSealer& sealer,
                                                std::int64_t epoch,
                                                absl::Span<const crypto::Digest> digests,
                                                const std::optional<BookKey>& book,
                                                absl::Time synced_after) {
  std::vector<crypto::Tag> tags;
  tags.reserve(digests.size());
  for (const crypto::Digest& digest : digests) tags.push_back(sealer.TagOf(epoch, digest));
  std::vector<Holder> holders;
  for (const pqxx::row& row : book.has_value()
                                  ? QueryContacts(transaction, id, tags, *book, synced_after)
                                  : QueryContacts(transaction, id, tags, synced_after)) {
    Holder holder{.position = static_cast<std::size_t>(IntOf(row[2]))};
    ASSIGN_OR_RETURN(holder.book.account, TagOf(row[0]));
    ASSIGN_OR_RETURN(holder.book.device, TagOf(row[1]));
    holders.push_back(holder);
  }
  return holders;
}

BookCounts CountBooks(pqxx::transaction_base& transaction, const TenantId& id,
                      const BookSealer& sealer, const BookFilter& filter) {
  const FilterValues values(sealer, filter);
  return CountsOf(transaction.exec_params1(
      "SELECT count(*), coalesce(sum(retained_count), 0)::bigint FROM address_books "
      "WHERE " FILTER_CONDITION,
      id.value(), values.account, values.device, values.synced_before, values.epoch_below));
}

BookCounts DiscardBooks(pqxx::transaction_base& transaction, const TenantId& id,
                        const BookSealer& sealer, const BookFilter& filter) {
  const FilterValues values(sealer, filter);
  const BookCounts counts = CountsOf(transaction.exec_params1(
      "WITH gone AS (DELETE FROM address_books WHERE " FILTER_CONDITION
      " RETURNING book_id, retained_count)" MARK_AND_COUNT_GONE,
      id.value(), values.account, values.device, values.synced_before, values.epoch_below));
  if (counts.books > 0) GrowBooksVersion(transaction, id);
  return counts;
}

BookCounts DiscardBooksOfRemoved(pqxx::transaction_base& transaction, const TenantId& id,
                                 std::int64_t revision) {
  const BookCounts counts = CountsOf(transaction.exec_params1(
      "WITH gone AS (DELETE FROM address_books b USING removals r WHERE b.tenant_id = $1 "
      "AND r.tenant_id = $1 AND r.revision = $2 AND b.account_tag = r.aor_tag "
      "RETURNING b.book_id, b.retained_count)" MARK_AND_COUNT_GONE,
      id.value(), revision));
  if (counts.books > 0) GrowBooksVersion(transaction, id);
  return counts;
}

std::int64_t EraseDiscarded(pqxx::transaction_base& transaction, const TenantId& id,
                            std::int64_t contacts_max) {
  // Books without contacts are no end: what was erased may begin behind them.
  for (;;) {
    const pqxx::result books = transaction.exec_params(
        "SELECT book_id FROM discarded_books WHERE tenant_id = $1 ORDER BY book_id LIMIT $2",
        id.value(), kBooksPerBatch);
    if (books.empty()) return 0;
    std::int64_t left = contacts_max;
    std::vector<std::int64_t> emptied;
    for (const pqxx::row& row : books) {
      const std::int64_t book_id = IntOf(row[0]);
      left -= DeleteSomeContacts(transaction, id, book_id, left);
      if (left == 0) break;
      emptied.push_back(book_id);
    }
    transaction.exec_params(
        "DELETE FROM discarded_books WHERE tenant_id = $1 AND book_id = ANY($2::bigint[])",
        id.value(), absl::StrCat("{", absl::StrJoin(emptied, ","), "}"));
    if (left < contacts_max) return contacts_max - left;
  }
}

}  // namespace smartcontacts::storage::postgres
