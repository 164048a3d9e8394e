#include "storage/postgres/purge_rows.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "storage/postgres/directory_staging.h"
#include "storage/postgres/tenant_rows.h"
#include "storage/postgres/values.h"
#include "storage/tenant_state_number.h"

namespace smartcontacts::storage::postgres {
namespace {

struct Table {
  const char* name;
  const char* key;   // beside tenant_id
  const char* kind;  // nullptr: not counted
};

// In the order of their deletion; the tenant's own row, which names the purge, is the last.
constexpr Table kTables[] = {
    {"sealed_entries", "epoch, owner_tag, locator", "sealed_entries"},
    {"sealed_directories", "epoch", nullptr},
    {"pending_rotations", "actor", nullptr},
    {"retained_contacts", "book_id, contact_tag", "retained_contacts"},
    {"discarded_books", "book_id", nullptr},
    {"address_books", "account_tag, device_tag", "consents"},
    {"identifiers", "aor_tag, identifier_tag", "identifiers"},
    {"subscribers", "aor_tag", "subscribers"},
    {"removals", "aor_tag", nullptr},
    {"epochs", "number", nullptr},
};

// The first rows in the order of the key. Their bound is looked up before: so neither statement
// goes through more than that, whatever the statistics say.
std::int64_t DeleteRows(pqxx::transaction_base& transaction, const TenantId& id, const Table& table,
                        std::int64_t rows_max) {
  const pqxx::result bound = transaction.exec_params(
      absl::StrCat("SELECT ", table.key, " FROM ", table.name, " WHERE tenant_id = $1 ORDER BY ",
                   table.key, " OFFSET $2 LIMIT 1"),
      id.value(), rows_max);
  std::vector<std::string> values = {id.value()};
  std::vector<std::string> names;
  if (!bound.empty()) {
    for (const pqxx::field& field : bound[0]) {
      values.emplace_back(field.c_str());
      names.push_back(absl::StrCat("$", values.size()));
    }
  }
  const std::string condition =
      bound.empty() ? ""
                    : absl::StrCat(" AND (", table.key, ") < (", absl::StrJoin(names, ", "), ")");
  return static_cast<std::int64_t>(
      transaction
          .exec_params(absl::StrCat("DELETE FROM ", table.name, " WHERE tenant_id = $1", condition),
                       pqxx::prepare::make_dynamic_params(values))
          .affected_rows());
}

}  // namespace

absl::StatusOr<bool> IsBeingPurged(pqxx::transaction_base& transaction, const TenantId& id) {
  const pqxx::result rows =
      transaction.exec_params("SELECT state FROM tenants WHERE tenant_id = $1", id.value());
  if (rows.empty()) return absl::NotFoundError("there is no such tenant");
  return IntOf(rows[0][0]) == kPurgingStateNumber;
}

absl::StatusOr<bool> MarkPurging(pqxx::transaction_base& transaction, const TenantId& id) {
  transaction.exec_params("SELECT 1 FROM tenants WHERE tenant_id = $1 FOR UPDATE", id.value());
  ASSIGN_OR_RETURN(const bool already, IsBeingPurged(transaction, id));
  if (already) return false;
  transaction.exec_params("UPDATE tenants SET state = $2 WHERE tenant_id = $1", id.value(),
                          kPurgingStateNumber);
  // Another tenant may have them.
  transaction.exec_params("DELETE FROM sip_domains WHERE tenant_id = $1", id.value());
  return true;
}

std::vector<Count> CountRows(pqxx::transaction_base& transaction, const TenantId& id) {
  std::vector<Count> counts;
  for (const Table& table : kTables) {
    if (table.kind == nullptr) continue;
    counts.push_back(
        {table.kind, IntOf(transaction.exec_params1(
                         absl::StrCat("SELECT count(*) FROM ", table.name, " WHERE tenant_id = $1"),
                         id.value())[0])});
  }
  return counts;
}

absl::StatusOr<std::vector<Count>> PurgeRows(pqxx::transaction_base& transaction,
                                             const TenantId& id, std::int64_t rows_max) {
  const absl::StatusOr<bool> begun = IsBeingPurged(transaction, id);
  if (absl::IsNotFound(begun.status())) return std::vector<Count>();
  if (!*begun) return absl::FailedPreconditionError("the tenant's purge has not begun");
  // Whole: there are some only if an import was under way.
  DirectoryStaging(id).ClearAbandoned(transaction, absl::InfiniteFuture());
  std::vector<Count> counts;
  std::int64_t left = rows_max;
  for (const Table& table : kTables) {
    const std::int64_t rows = left == 0 ? 0 : DeleteRows(transaction, id, table, left);
    left -= rows;
    if (table.kind != nullptr) counts.push_back({table.kind, rows});
  }
  if (left > 0) transaction.exec_params("DELETE FROM tenants WHERE tenant_id = $1", id.value());
  return counts;
}

}  // namespace smartcontacts::storage::postgres
