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

// Rows go before the rows they refer to, in the order of their key: a batch is one stretch of the
// table, which ends at the last of its first ?2 rows.
#define TABLE(kind, table, key, key_descending)                                    \
  {                                                                                \
    kind, "SELECT count(*) FROM " table " WHERE tenant_id = ?1",                   \
        "DELETE FROM " table " WHERE tenant_id = ?1 AND (" key ") <= (SELECT " key \
        " FROM (SELECT " key " FROM " table " WHERE tenant_id = ?1 ORDER BY " key  \
        " LIMIT ?2) "                                                              \
        "ORDER BY " key_descending " LIMIT 1)"                                     \
  }
constexpr Table kTables[] = {
    TABLE("sealed_entries", "sealed_entries", "epoch, owner_tag, locator",
          "epoch DESC, owner_tag DESC, locator DESC"),
    TABLE(nullptr, "sealed_directories", "epoch", "epoch DESC"),
    TABLE(nullptr, "pending_rotations", "tenant_id", "tenant_id DESC"),
    TABLE("retained_contacts", "retained_contacts", "book_id, contact_tag",
          "book_id DESC, contact_tag DESC"),
    TABLE(nullptr, "discarded_books", "book_id", "book_id DESC"),
    TABLE("consents", "address_books", "account_tag, device_tag",
          "account_tag DESC, device_tag DESC"),
    TABLE("identifiers", "identifiers", "aor_tag, identifier_tag",
          "aor_tag DESC, identifier_tag DESC"),
    TABLE("subscribers", "subscribers", "aor_tag", "aor_tag DESC"),
    TABLE(nullptr, "removals", "aor_tag", "aor_tag DESC"),
    TABLE(nullptr, "tenant_sip_domains", "sip_domain", "sip_domain DESC"),
    TABLE(nullptr, "epochs", "number", "number DESC"),
    TABLE(nullptr, "tenants", "tenant_id", "tenant_id DESC"),
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
