#include "storage/sqlite/audit_rows.h"

#include <algorithm>
#include <utility>

#include "storage/audit_chain.h"

namespace smartcontacts::storage {
namespace {

absl::string_view Bytes(const AuditHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

absl::StatusOr<AuditHash> HashOf(const Row& row, int column) {
  AuditHash hash{};
  const absl::string_view bytes = row.Bytes(column);
  if (bytes.size() != hash.size()) return absl::DataLossError("a stored hash is malformed");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

absl::StatusOr<AuditEntry> EntryOf(const Row& row) {
  AuditEntry entry{.sequence = row.Int(0),
                   .time = row.Time(1),
                   .actor = row.Text(2),
                   .action = row.Text(3),
                   .counts = {}};
  ASSIGN_OR_RETURN(entry.counts, CountsFromJson(row.Bytes(4)));
  ASSIGN_OR_RETURN(entry.hash, HashOf(row, 5));
  return entry;
}

absl::StatusOr<AuditHead> ReadHead(Database& database, const TenantId& id) {
  AuditHead head;
  RETURN_IF_ERROR(database.Query(
      "SELECT sequence, hash FROM audit_heads WHERE tenant_id = ?1",
      [&head](const Row& row) -> absl::Status {
        head.sequence = row.Int(0);
        ASSIGN_OR_RETURN(head.hash, HashOf(row, 1));
        return absl::OkStatus();
      },
      id.value()));
  return head;
}

}  // namespace

absl::Status CheckHasAuditLog(Database& database, const TenantId& id) {
  // A tenant that is older than the log has none before the first act.
  bool found = false;
  RETURN_IF_ERROR(database.Query(
      "SELECT 1 FROM audit_heads WHERE tenant_id = ?1 "
      "UNION ALL SELECT 1 FROM tenants WHERE tenant_id = ?1",
      [&found](const Row&) {
        found = true;
        return absl::OkStatus();
      },
      id.value()));
  return found ? absl::OkStatus() : absl::NotFoundError("there never was such a tenant");
}

absl::Status AppendEntry(Database& database, const crypto::KeyedHash& chain, const TenantId& id,
                         const Act& act, const std::string& action,
                         absl::Span<const Count> counts) {
  ASSIGN_OR_RETURN(const AuditHead head, ReadHead(database, id));
  const AuditEntry entry = NextEntry(chain, id, head, act, action, counts);
  RETURN_IF_ERROR(database.Run(
      "INSERT INTO audit_entries (tenant_id, sequence, time, actor, action, counts, hash) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      id.value(), entry.sequence, entry.time, entry.actor, entry.action, CountsToJson(entry.counts),
      Blob{Bytes(entry.hash)}));
  return database.Run(
      "INSERT INTO audit_heads (tenant_id, sequence, hash) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (tenant_id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
      id.value(), entry.sequence, Blob{Bytes(entry.hash)});
}

absl::StatusOr<std::vector<AuditEntry>> ReadEntries(Database& database, const TenantId& id,
                                                    std::int64_t after_sequence, int limit) {
  std::vector<AuditEntry> entries;
  RETURN_IF_ERROR(database.Query(
      "SELECT sequence, time, actor, action, counts, hash FROM audit_entries "
      "WHERE tenant_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
      [&entries](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(AuditEntry entry, EntryOf(row));
        entries.push_back(std::move(entry));
        return absl::OkStatus();
      },
      id.value(), after_sequence, limit));
  return entries;
}

absl::StatusOr<AuditVerdict> VerifyEntries(Database& database, const crypto::KeyedHash& chain,
                                           const TenantId& id) {
  AuditVerifier verifier(chain, id);
  RETURN_IF_ERROR(database.Query(
      "SELECT sequence, time, actor, action, counts, hash FROM audit_entries "
      "WHERE tenant_id = ?1 ORDER BY sequence",
      [&verifier](const Row& row) {
        // What cannot be read was not written so: no entry is like an empty one.
        verifier.Check(EntryOf(row).value_or(AuditEntry{}));
        return absl::OkStatus();
      },
      id.value()));
  const absl::StatusOr<AuditHead> head = ReadHead(database, id);
  if (!head.ok() && !absl::IsDataLoss(head.status())) return head.status();
  return verifier.Finish(head.value_or(AuditHead{}));
}

}  // namespace smartcontacts::storage
