#include "storage/sqlite/directory_staging.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/matching_access_number.h"
#include "storage/sqlite/book_erasure.h"
#include "storage/sqlite/directory_rows.h"

namespace smartcontacts::storage {
namespace {

// In memory, never in a file: Connect() sees to that.
constexpr char kTables[] = R"sql(
CREATE TEMP TABLE IF NOT EXISTS staged_subscribers (
  aor_tag         BLOB    NOT NULL PRIMARY KEY,
  sealed_aor      BLOB    NOT NULL,
  enabled         INTEGER NOT NULL,
  discoverable    INTEGER NOT NULL,
  matching_access INTEGER NOT NULL,
  difference      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS staged_identifiers (
  aor_tag           BLOB NOT NULL,
  identifier_tag    BLOB NOT NULL,
  sealed_identifier BLOB NOT NULL,
  PRIMARY KEY (aor_tag, identifier_tag)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS staged_removals (
  aor_tag BLOB NOT NULL PRIMARY KEY
) WITHOUT ROWID;
DELETE FROM staged_subscribers;
DELETE FROM staged_identifiers;
DELETE FROM staged_removals;
)sql";

// staged_subscribers.difference
constexpr std::int64_t kUnchanged = 0;
constexpr std::int64_t kAdded = 1;
constexpr std::int64_t kChanged = 2;

}  // namespace

std::vector<Count> MergeCounts::ToAudit() const {
  std::vector<Count> counts = {
      {"added", directory.added}, {"changed", directory.changed}, {"removed", directory.removed}};
  for (Count& count : storage::ToAudit(books)) counts.push_back(std::move(count));
  return counts;
}

absl::StatusOr<DirectoryStaging> DirectoryStaging::Begin(Database& database, const TenantId& tenant,
                                                         const RowSealer& sealer) {
  RETURN_IF_ERROR(database.RunScript(kTables));
  return DirectoryStaging(database, tenant, sealer);
}

absl::Status DirectoryStaging::Upsert(const Subscriber& subscriber) {
  const SealedSubscriberRow row = sealer_.Seal(subscriber);
  RETURN_IF_ERROR(
      database_.Run("INSERT INTO staged_subscribers (aor_tag, sealed_aor, enabled, discoverable, "
                    "matching_access) VALUES (?1, ?2, ?3, ?4, ?5)",
                    row.tag, Blob{row.sealed_aor}, subscriber.enabled, subscriber.discoverable,
                    NumberOf(subscriber.matching_access)));
  for (const SealedIdentifier& identifier : row.identifiers) {
    RETURN_IF_ERROR(
        database_.Run("INSERT INTO staged_identifiers (aor_tag, identifier_tag, sealed_identifier) "
                      "VALUES (?1, ?2, ?3)",
                      row.tag, identifier.tag, Blob{identifier.sealed}));
  }
  return absl::OkStatus();
}

absl::Status DirectoryStaging::Remove(const Aor& aor) {
  return database_.Run(
      "INSERT INTO staged_removals (aor_tag) "
      "SELECT aor_tag FROM subscribers WHERE tenant_id = ?1 AND aor_tag = ?2",
      tenant_.value(), sealer_.TagOf(aor));
}

absl::Status DirectoryStaging::RemoveOthers() {
  return database_.Run(
      "INSERT INTO staged_removals (aor_tag) SELECT aor_tag FROM subscribers "
      "WHERE tenant_id = ?1 AND aor_tag NOT IN (SELECT aor_tag FROM staged_subscribers)",
      tenant_.value());
}

absl::StatusOr<std::int64_t> DirectoryStaging::SubscriberCount() {
  std::int64_t count = 0;
  RETURN_IF_ERROR(database_.Query(
      "SELECT subscriber_count FROM tenants WHERE tenant_id = ?1",
      [&count](const Row& row) {
        count = row.Int(0);
        return absl::OkStatus();
      },
      tenant_.value()));
  return count;
}

absl::Status DirectoryStaging::FindDifferences() {
  RETURN_IF_ERROR(database_.Run(
      "UPDATE staged_subscribers AS n SET difference = ?2 WHERE NOT EXISTS "
      "(SELECT 1 FROM subscribers s WHERE s.tenant_id = ?1 AND s.aor_tag = n.aor_tag)",
      tenant_.value(), kAdded));
  // Sealing is random, so rows are compared by flags and tags.
  return database_.Run(
      "UPDATE staged_subscribers AS n SET difference = ?2 WHERE difference = ?3 AND ("
      "NOT EXISTS (SELECT 1 FROM subscribers s WHERE s.tenant_id = ?1 AND s.aor_tag = n.aor_tag "
      "  AND s.enabled = n.enabled AND s.discoverable = n.discoverable "
      "  AND s.matching_access = n.matching_access) "
      "OR EXISTS (SELECT identifier_tag FROM staged_identifiers WHERE aor_tag = n.aor_tag EXCEPT "
      "  SELECT identifier_tag FROM identifiers WHERE tenant_id = ?1 AND aor_tag = n.aor_tag) "
      "OR EXISTS (SELECT identifier_tag FROM identifiers WHERE tenant_id = ?1 "
      "  AND aor_tag = n.aor_tag EXCEPT "
      "  SELECT identifier_tag FROM staged_identifiers WHERE aor_tag = n.aor_tag))",
      tenant_.value(), kChanged, kUnchanged);
}

absl::StatusOr<DirectoryCounts> DirectoryStaging::CountDifferences() {
  DirectoryCounts counts;
  RETURN_IF_ERROR(database_.Query(
      "SELECT revision, (SELECT count(*) FROM staged_removals) FROM tenants WHERE tenant_id = ?1",
      [&counts](const Row& row) {
        counts.revision = row.Int(0);
        counts.removed = row.Int(1);
        return absl::OkStatus();
      },
      tenant_.value()));
  RETURN_IF_ERROR(
      database_.Query("SELECT difference, count(*) FROM staged_subscribers GROUP BY difference",
                      [&counts](const Row& row) {
                        (row.Int(0) == kAdded     ? counts.added
                         : row.Int(0) == kChanged ? counts.changed
                                                  : counts.unchanged) = row.Int(1);
                        return absl::OkStatus();
                      }));
  return counts;
}

absl::StatusOr<MergeCounts> DirectoryStaging::Merge(std::int64_t subscribers_max, absl::Time now) {
  RETURN_IF_ERROR(FindDifferences());
  ASSIGN_OR_RETURN(DirectoryCounts counts, CountDifferences());
  if (counts.added + counts.changed + counts.removed == 0) return MergeCounts{counts, {}};
  ASSIGN_OR_RETURN(const std::int64_t before, SubscriberCount());
  const std::int64_t after = before + counts.added - counts.removed;
  if (after > subscribers_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", subscribers_max, " subscribers"));
  }
  ++counts.revision;
  ASSIGN_OR_RETURN(const BookCounts books, DiscardBooksOfRemoved());
  RETURN_IF_ERROR(WriteRemovals(counts.revision, now));
  RETURN_IF_ERROR(WriteSubscribers(counts.revision));
  RETURN_IF_ERROR(WriteIdentifiers(counts.revision));
  RETURN_IF_ERROR(
      database_.Run("UPDATE tenants SET revision = ?2, subscriber_count = ?3, "
                    "version = version + 1 WHERE tenant_id = ?1",
                    tenant_.value(), counts.revision, after));
  RETURN_IF_ERROR(ForgetOldRemovals(now));
  return MergeCounts{counts, books};
}

absl::StatusOr<BookCounts> DirectoryStaging::DiscardBooksOfRemoved() {
  std::vector<StoredBook> books;
  RETURN_IF_ERROR(database_.Query(
      "SELECT book_id, retained_count FROM address_books "
      "WHERE tenant_id = ?1 AND account_tag IN (SELECT aor_tag FROM staged_removals)",
      [&books](const Row& row) {
        books.push_back({row.Int(0), row.Int(1)});
        return absl::OkStatus();
      },
      tenant_.value()));
  RETURN_IF_ERROR(DiscardBooks(database_, tenant_, books));
  return CountsOf(books);
}

absl::Status DirectoryStaging::WriteRemovals(std::int64_t revision, absl::Time now) {
  RETURN_IF_ERROR(
      database_.Run("DELETE FROM identifiers WHERE tenant_id = ?1 "
                    "AND aor_tag IN (SELECT aor_tag FROM staged_removals)",
                    tenant_.value()));
  RETURN_IF_ERROR(
      database_.Run("DELETE FROM subscribers WHERE tenant_id = ?1 "
                    "AND aor_tag IN (SELECT aor_tag FROM staged_removals)",
                    tenant_.value()));
  return database_.Run(
      "INSERT INTO removals (tenant_id, aor_tag, revision, remove_time) "
      "SELECT ?1, aor_tag, ?2, ?3 FROM staged_removals",
      tenant_.value(), revision, now);
}

absl::Status DirectoryStaging::WriteSubscribers(std::int64_t revision) {
  // A subscriber who comes back is no removal any more.
  RETURN_IF_ERROR(
      database_.Run("DELETE FROM removals WHERE tenant_id = ?1 "
                    "AND aor_tag IN (SELECT aor_tag FROM staged_subscribers WHERE difference = ?2)",
                    tenant_.value(), kAdded));
  RETURN_IF_ERROR(database_.Run(
      "INSERT INTO subscribers (tenant_id, aor_tag, sealed_aor, enabled, discoverable, "
      "matching_access, visible_revision, revision) "
      "SELECT ?1, aor_tag, sealed_aor, enabled, discoverable, matching_access, ?2, ?2 "
      "FROM staged_subscribers WHERE difference = ?3",
      tenant_.value(), revision, kAdded));
  return database_.Run(
      "UPDATE subscribers AS s SET enabled = n.enabled, discoverable = n.discoverable, "
      "matching_access = n.matching_access, revision = ?2, "
      "visible_revision = CASE WHEN " SUBSCRIBER_IS_VISIBLE
      " THEN s.visible_revision ELSE ?2 END "
      "FROM staged_subscribers n "
      "WHERE s.tenant_id = ?1 AND s.aor_tag = n.aor_tag AND n.difference = ?3",
      tenant_.value(), revision, kChanged);
}

absl::Status DirectoryStaging::WriteIdentifiers(std::int64_t revision) {
  RETURN_IF_ERROR(
      database_.Run("DELETE FROM identifiers AS i WHERE tenant_id = ?1 "
                    "AND aor_tag IN (SELECT aor_tag FROM staged_subscribers WHERE difference = ?2) "
                    "AND NOT EXISTS (SELECT 1 FROM staged_identifiers n "
                    "  WHERE n.aor_tag = i.aor_tag AND n.identifier_tag = i.identifier_tag)",
                    tenant_.value(), kChanged));
  // Those that were there keep their revision.
  return database_.Run(
      "INSERT INTO identifiers (tenant_id, aor_tag, identifier_tag, sealed_identifier, revision) "
      "SELECT ?1, n.aor_tag, n.identifier_tag, n.sealed_identifier, ?2 FROM staged_identifiers n "
      "WHERE n.aor_tag IN (SELECT aor_tag FROM staged_subscribers WHERE difference <> ?3) "
      "ON CONFLICT DO NOTHING",
      tenant_.value(), revision, kUnchanged);
}

absl::Status DirectoryStaging::ForgetOldRemovals(absl::Time now) {
  const absl::Time forgotten = now - kRemovalMemory;
  RETURN_IF_ERROR(database_.Run(
      "UPDATE tenants SET removals_floor = max(removals_floor, coalesce((SELECT max(revision) "
      "FROM removals WHERE tenant_id = ?1 AND remove_time < ?2), 0)) WHERE tenant_id = ?1",
      tenant_.value(), forgotten));
  return database_.Run("DELETE FROM removals WHERE tenant_id = ?1 AND remove_time < ?2",
                       tenant_.value(), forgotten);
}

}  // namespace smartcontacts::storage
