#include "storage/postgres/audit_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "domain/status_macros.h"
#include "storage/audit_chain.h"
#include "storage/postgres/values.h"

namespace smartcontacts::storage::postgres {
namespace {

// A chain is verified by so many entries at a time: a result is in memory as a whole.
constexpr int kEntriesPerPage = 10'000;

pqxx::binarystring BytesOfHash(const AuditHash& hash) { return {hash.data(), hash.size()}; }

// DATA_LOSS if it has another size than a hash.
absl::StatusOr<AuditHash> HashOf(const pqxx::field& field) {
  const pqxx::binarystring bytes(field);
  AuditHash hash;
  if (bytes.size() != hash.size()) return absl::DataLossError("a stored audit hash is malformed");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

pqxx::result QueryEntries(pqxx::transaction_base& transaction, const TenantId& id,
                          std::int64_t after_sequence, int limit) {
  return transaction.exec_params(
      "SELECT sequence, time, actor, action, counts, hash FROM audit_entries "
      "WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
      id.value(), after_sequence, limit);
}

absl::StatusOr<AuditEntry> EntryOf(const pqxx::row& row) {
  AuditEntry entry{.sequence = IntOf(row[0]),
                   .time = TimeOf(row[1]),
                   .actor = row[2].c_str(),
                   .action = row[3].c_str()};
  ASSIGN_OR_RETURN(entry.counts, CountsFromJson(row[4].c_str()));
  ASSIGN_OR_RETURN(entry.hash, HashOf(row[5]));
  return entry;
}

// A head that is missing or malformed is that of no chain that has entries.
AuditHead ReadHead(pqxx::transaction_base& transaction, const TenantId& id) {
  const pqxx::result rows = transaction.exec_params(
      "SELECT sequence, hash FROM audit_heads WHERE tenant_id = $1", id.value());
  if (rows.empty()) return {};
  return {.sequence = IntOf(rows[0][0]), .hash = HashOf(rows[0][1]).value_or(AuditHash{})};
}

}  // namespace

void AppendEntry(pqxx::transaction_base& transaction, const crypto::KeyedHash& chain,
                 const TenantId& id, const Act& act, const std::string& action,
                 absl::Span<const Count> counts) {
  transaction.exec_params(
      "INSERT INTO audit_heads (tenant_id, sequence, hash) VALUES ($1, 0, $2) "
      "ON CONFLICT DO NOTHING",
      id.value(), BytesOfHash({}));
  // Of the moment after whoever held it before: a statement of its own sees that.
  transaction.exec_params("SELECT 1 FROM audit_heads WHERE tenant_id = $1 FOR NO KEY UPDATE",
                          id.value());
  const AuditEntry entry = NextEntry(chain, id, ReadHead(transaction, id), act, action, counts);
  transaction.exec_params(
      "INSERT INTO audit_entries (tenant_id, sequence, time, actor, action, counts, hash) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      id.value(), entry.sequence, Micros(entry.time), entry.actor, entry.action,
      CountsToJson(entry.counts), BytesOfHash(entry.hash));
  transaction.exec_params("UPDATE audit_heads SET sequence = $2, hash = $3 WHERE tenant_id = $1",
                          id.value(), entry.sequence, BytesOfHash(entry.hash));
}

absl::Status CheckHasLog(pqxx::transaction_base& transaction, const TenantId& id) {
  // A tenant that is older than the log has no head before its first entry.
  if (transaction
          .exec_params("SELECT 1 FROM audit_heads WHERE tenant_id = $1 "
                       "UNION ALL SELECT 1 FROM tenants WHERE tenant_id = $1",
                       id.value())
          .empty()) {
    return absl::NotFoundError("there never was such a tenant");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AuditEntry>> ReadEntries(pqxx::transaction_base& transaction,
                                                    const TenantId& id, std::int64_t after_sequence,
                                                    int limit) {
  RETURN_IF_ERROR(CheckHasLog(transaction, id));
  std::vector<AuditEntry> entries;
  for (const pqxx::row& row : QueryEntries(transaction, id, after_sequence, limit)) {
    ASSIGN_OR_RETURN(AuditEntry entry, EntryOf(row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

AuditVerdict VerifyChain(pqxx::transaction_base& transaction, const crypto::KeyedHash& chain,
                         const TenantId& id) {
  AuditVerifier verifier(chain, id);
  // From the lowest number there can be: what was put in before the first entry is found too.
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (pqxx::result page;
       page = QueryEntries(transaction, id, last, kEntriesPerPage), !page.empty();) {
    for (const pqxx::row& row : page) {
      last = IntOf(row[0]);
      // The hash of zeros that stands for a malformed entry is that of none.
      verifier.Check(EntryOf(row).value_or(AuditEntry{.sequence = last}));
    }
  }
  return verifier.Finish(ReadHead(transaction, id));
}

}  // namespace smartcontacts::storage::postgres
