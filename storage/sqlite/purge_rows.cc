#include "storage/sqlite/purge_rows.h"

#include <optional>

#include "storage/tenant_state_number.h"

namespace smartcontacts::storage {
namespace {

struct Table {
  const char* kind;  // as PurgeStore::CountTenant() names it; nullptr: not counted
  const char* count;
  const char* delete_some;  // at most ?2 rows
};

// Rows go before the rows they refer to. The limit is inside, because not every SQLite has DELETE
// with LIMIT.
#define TABLE(kind, table, rest_of_key)                                                            \
  {                                                                                                \
    kind, "SELECT count(*) FROM " table " WHERE tenant_id = ?1",                                   \
        "DELETE FROM " table " WHERE tenant_id = ?1 AND (" rest_of_key ") IN (SELECT " rest_of_key \
        " FROM " table " WHERE tenant_id = ?1 LIMIT ?2)"                                           \
  }
constexpr Table kTables[] = {
    TABLE("retained_contacts", "retained_contacts", "book_id, contact_tag"),
    TABLE(nullptr, "discarded_books", "book_id"),
    TABLE("consents", "address_books", "account_tag, device_tag"),
    TABLE("identifiers", "identifiers", "aor_tag, identifier_tag"),
    TABLE("subscribers", "subscribers", "aor_tag"),
    TABLE(nullptr, "removals", "aor_tag"),
    TABLE(nullptr, "tenant_sip_domains", "sip_domain"),
    TABLE(nullptr, "epochs", "number"),
    TABLE(nullptr, "tenants", "tenant_id"),
};
#undef TABLE

// Nothing: there is no row of the tenant.
absl::StatusOr<std::optional<std::int64_t>> ReadStateNumber(Database& database,
                                                            const TenantId& id) {
  std::optional<std::int64_t> number;
  RETURN_IF_ERROR(database.Query(
      "SELECT state FROM tenants WHERE tenant_id = ?1",
      [&number](const Row& row) {
        number = row.Int(0);
        return absl::OkStatus();
      },
      id.value()));
  return number;
}

}  // namespace

absl::Status CheckHasRows(Database& database, const TenantId& id) {
  ASSIGN_OR_RETURN(const std::optional<std::int64_t> state, ReadStateNumber(database, id));
  return state.has_value() ? absl::OkStatus() : absl::NotFoundError("there is no such tenant");
}

absl::StatusOr<std::vector<Count>> CountTenantRows(Database& database, const TenantId& id) {
  std::vector<Count> counts;
  for (const Table& table : kTables) {
    if (table.kind == nullptr) continue;
    RETURN_IF_ERROR(database.Query(
        table.count,
        [&](const Row& row) {
          counts.push_back({table.kind, row.Int(0)});
          return absl::OkStatus();
        },
        id.value()));
  }
  return counts;
}

absl::Status MarkPurging(Database& database, const TenantId& id) {
  RETURN_IF_ERROR(CheckHasRows(database, id));
  RETURN_IF_ERROR(
      database.Run("UPDATE tenants SET state = ?2, version = version + 1 WHERE tenant_id = ?1",
                   id.value(), kPurgingStateNumber));
  return database.Run("DELETE FROM tenant_sip_domains WHERE tenant_id = ?1", id.value());
}

absl::StatusOr<std::vector<Count>> DeleteTenantRows(Database& database, const TenantId& id,
                                                    std::int64_t rows_max) {
  std::vector<Count> counts;
  ASSIGN_OR_RETURN(const std::optional<std::int64_t> state, ReadStateNumber(database, id));
  if (!state.has_value()) return counts;
  if (*state != kPurgingStateNumber) {
    return absl::FailedPreconditionError("the purge of this tenant has not begun");
  }
  std::int64_t left = rows_max;
  for (const Table& table : kTables) {
    // Once the limit is reached this deletes nothing.
    RETURN_IF_ERROR(database.Run(table.delete_some, id.value(), left));
    left -= database.changed_rows();
    if (table.kind != nullptr) counts.push_back({table.kind, database.changed_rows()});
  }
  return counts;
}

}  // namespace smartcontacts::storage
