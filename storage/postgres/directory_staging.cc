#include "storage/postgres/directory_staging.h"

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"
#include "storage/matching_access_number.h"
#include "storage/postgres/address_book_rows.h"
#include "storage/postgres/tenant_rows.h"
#include "storage/postgres/values.h"

namespace smartcontacts::storage::postgres {
namespace {

constexpr std::size_t kChangeIdBytes = 16;

std::string NewChangeId() {
  std::array<std::uint8_t, kChangeIdBytes> bytes{};
  crypto::RandomBytes(absl::MakeSpan(bytes));
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// Of the transaction's tenant.
void ClearChange(pqxx::transaction_base& transaction, const std::string& change_id) {
  transaction.exec_params("SELECT clear_staged($1)", change_id);
}

}  // namespace

DirectoryStaging::DirectoryStaging(const TenantId& tenant)
    : tenant_(tenant), change_id_(NewChangeId()) {}

void DirectoryStaging::Upsert(pqxx::transaction_base& transaction,
                              absl::Span<const SealedSubscriberRow> rows,
                              absl::Span<const Subscriber> subscribers, absl::Time now) const {
  pqxx::stream_to copy(
      transaction, "incoming_subscribers",
      std::vector<std::string>{"tenant_id", "change_id", "aor_tag", "content_tag", "sealed_aor",
                               "enabled", "discoverable", "matching_access", "stage_time"});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    copy << std::make_tuple(tenant_.value(), change_id_, Bytea(rows[i].tag),
                            Bytea(rows[i].content_tag), Bytea(rows[i].sealed_aor),
                            subscribers[i].enabled, subscribers[i].discoverable,
                            NumberOf(subscribers[i].matching_access), Micros(now));
  }
  copy.complete();
  pqxx::stream_to identifiers(transaction, "incoming_identifiers",
                              std::vector<std::string>{"tenant_id", "change_id", "aor_tag",
                                                       "identifier_tag", "sealed_identifier"});
  for (const SealedSubscriberRow& row : rows) {
    for (const SealedIdentifier& identifier : row.identifiers) {
      identifiers << std::make_tuple(tenant_.value(), change_id_, Bytea(row.tag),
                                     Bytea(identifier.tag), Bytea(identifier.sealed));
    }
  }
  identifiers.complete();
}

std::int64_t DirectoryStaging::StagedCount(pqxx::transaction_base& transaction) const {
  return IntOf(transaction.exec_params1(
      "SELECT count(*) FROM staged_subscribers WHERE tenant_id = $1 AND change_id = $2",
      tenant_.value(), change_id_)[0]);
}

std::vector<Count> DirectoryStaging::Merged::ForAudit() const {
  return {{"added", directory.added},
          {"changed", directory.changed},
          {"removed", directory.removed},
          {"consents", books.books},
          {"retained_contacts", books.contacts}};
}

absl::StatusOr<DirectoryStaging::Merged> DirectoryStaging::Merge(
    pqxx::transaction_base& transaction, absl::Span<const crypto::Tag> removals, Others others,
    std::int64_t subscribers_max, absl::Time now) const {
  // Locked, so that revisions follow each other.
  ASSIGN_OR_RETURN(const Tenant tenant, ReadTenant(transaction, tenant_, Lock::kUpdate));
  const std::int64_t before = IntOf(transaction.exec_params1(
      "SELECT subscriber_count FROM tenants WHERE tenant_id = $1", tenant_.value())[0]);
  const std::int64_t next = tenant.revision + 1;
  const std::int64_t staged = StagedCount(transaction);
  Merged merged;
  DirectoryCounts& counts = merged.directory;
  counts.revision = tenant.revision;
  // Changed ones first: the comparison is with what is there.
  counts.changed = UpdateChanged(transaction, next);
  counts.added = InsertAdded(transaction, next);
  counts.removed = Remove(transaction, removals, others, next, now);
  counts.unchanged = staged - counts.added - counts.changed;
  const std::int64_t subscribers = before + counts.added - counts.removed;
  if (subscribers > subscribers_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", subscribers_max, " subscribers"));
  }
  if (counts.added + counts.changed + counts.removed == 0) return merged;
  if (counts.removed > 0) merged.books = DiscardBooksOfRemoved(transaction, tenant_, next);
  WriteIdentifiers(transaction, next);
  transaction.exec_params(
      "UPDATE tenants SET revision = $2, subscriber_count = $3 WHERE tenant_id = $1",
      tenant_.value(), next, subscribers);
  ForgetOldRemovals(transaction, now);
  Announce(transaction, tenant_);
  counts.revision = next;
  return merged;
}

std::int64_t DirectoryStaging::UpdateChanged(pqxx::transaction_base& transaction,
                                             std::int64_t revision) const {
  return static_cast<std::int64_t>(
      transaction
          .exec_params(
              "UPDATE subscribers s SET content_tag = n.content_tag, enabled = n.enabled, "
              "discoverable = n.discoverable, matching_access = n.matching_access, revision = $3, "
              "visible_revision = CASE WHEN s.enabled "
              "  AND coalesce(s.own_discoverable, s.discoverable) THEN s.visible_revision "
              "  ELSE $3 END "
              "FROM staged_subscribers n "
              "WHERE s.tenant_id = $1 AND n.tenant_id = $1 AND n.change_id = $2 "
              "AND s.aor_tag = n.aor_tag AND s.content_tag <> n.content_tag",
              tenant_.value(), change_id_, revision)
          .affected_rows());
}

std::int64_t DirectoryStaging::InsertAdded(pqxx::transaction_base& transaction,
                                           std::int64_t revision) const {
  // A subscriber who comes back is no removal any more.
  transaction.exec_params(
      "DELETE FROM removals r USING staged_subscribers n WHERE r.tenant_id = $1 "
      "AND n.tenant_id = $1 AND n.change_id = $2 AND r.aor_tag = n.aor_tag",
      tenant_.value(), change_id_);
  return static_cast<std::int64_t>(
      transaction
          .exec_params("INSERT INTO subscribers (tenant_id, aor_tag, content_tag, sealed_aor, "
                       "enabled, discoverable, matching_access, visible_revision, revision) "
                       "SELECT tenant_id, aor_tag, content_tag, sealed_aor, enabled, discoverable, "
                       "matching_access, $3, $3 FROM staged_subscribers n "
                       "WHERE tenant_id = $1 AND change_id = $2 AND NOT EXISTS "
                       "  (SELECT FROM subscribers s "
                       "   WHERE s.tenant_id = $1 AND s.aor_tag = n.aor_tag) "
                       "ORDER BY aor_tag",
                       tenant_.value(), change_id_, revision)
          .affected_rows());
}

std::int64_t DirectoryStaging::Remove(pqxx::transaction_base& transaction,
                                      absl::Span<const crypto::Tag> removals, Others others,
                                      std::int64_t revision, absl::Time now) const {
  if (removals.empty() && others == Others::kKeep) return 0;
  // $2: those listed, or the change whose subscribers stay.
  const char* const which = others == Others::kRemove
                                ? "NOT EXISTS (SELECT FROM staged_subscribers n "
                                  "  WHERE n.tenant_id = $1 AND n.change_id = $2 "
                                  "  AND n.aor_tag = s.aor_tag)"
                                : "s.aor_tag = ANY($2::bytea[])";
  const std::string those = others == Others::kRemove ? change_id_ : ByteaArray(removals);
  transaction.exec_params(
      absl::StrCat("DELETE FROM identifiers s WHERE s.tenant_id = $1 AND ", which), tenant_.value(),
      those);
  return static_cast<std::int64_t>(
      transaction
          .exec_params(
              absl::StrCat("WITH gone AS (DELETE FROM subscribers s WHERE s.tenant_id = $1 AND ",
                           which,
                           " RETURNING s.aor_tag) "
                           "INSERT INTO removals (tenant_id, aor_tag, revision, remove_time) "
                           "SELECT $1, aor_tag, $3, $4 FROM gone "
                           "ON CONFLICT (tenant_id, aor_tag) DO UPDATE "
                           "SET revision = excluded.revision, remove_time = excluded.remove_time"),
              tenant_.value(), those, revision, Micros(now))
          .affected_rows());
}

void DirectoryStaging::WriteIdentifiers(pqxx::transaction_base& transaction,
                                        std::int64_t revision) const {
  // Of those that were added or changed, and by that have the new revision.
  transaction.exec_params(
      "DELETE FROM identifiers i USING staged_subscribers n, subscribers s "
      "WHERE i.tenant_id = $1 AND n.tenant_id = $1 AND n.change_id = $2 AND s.tenant_id = $1 "
      "AND s.aor_tag = n.aor_tag AND s.revision = $3 AND i.aor_tag = n.aor_tag "
      "AND NOT EXISTS (SELECT 1 FROM staged_identifiers k WHERE k.tenant_id = $1 "
      "  AND k.change_id = $2 AND k.aor_tag = i.aor_tag AND k.identifier_tag = i.identifier_tag)",
      tenant_.value(), change_id_, revision);
  // Those that were there keep their revision.
  transaction.exec_params(
      "INSERT INTO identifiers (tenant_id, aor_tag, identifier_tag, sealed_identifier, revision) "
      "SELECT n.tenant_id, n.aor_tag, n.identifier_tag, n.sealed_identifier, $3 "
      "FROM staged_identifiers n "
      "JOIN subscribers s ON s.tenant_id = $1 AND s.aor_tag = n.aor_tag AND s.revision = $3 "
      "WHERE n.tenant_id = $1 AND n.change_id = $2 "
      "ORDER BY n.aor_tag, n.identifier_tag ON CONFLICT DO NOTHING",
      tenant_.value(), change_id_, revision);
}

void DirectoryStaging::ForgetOldRemovals(pqxx::transaction_base& transaction,
                                         absl::Time now) const {
  const std::int64_t forgotten = Micros(now - kRemovalMemory);
  transaction.exec_params(
      "UPDATE tenants SET removals_floor = greatest(removals_floor, (SELECT max(revision) "
      "FROM removals WHERE tenant_id = $1 AND remove_time < $2)) WHERE tenant_id = $1",
      tenant_.value(), forgotten);
  transaction.exec_params("DELETE FROM removals WHERE tenant_id = $1 AND remove_time < $2",
                          tenant_.value(), forgotten);
}

void DirectoryStaging::Clear(pqxx::transaction_base& transaction) const {
  ClearChange(transaction, change_id_);
}

void DirectoryStaging::ClearAbandoned(pqxx::transaction_base& transaction, absl::Time time) const {
  for (const pqxx::row& change : transaction.exec_params(
           "SELECT DISTINCT change_id FROM staged_subscribers WHERE tenant_id = $1 "
           "AND stage_time < $2",
           tenant_.value(), Micros(time))) {
    ClearChange(transaction, change[0].c_str());
  }
}

}  // namespace smartcontacts::storage::postgres
