#include "storage/postgres/tenant_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/status_macros.h"
#include "storage/policy_json.h"
#include "storage/postgres/values.h"
#include "storage/tenant_state_number.h"

#define TENANT_COLUMNS                                                                    \
  "SELECT tenant_id, state, policy, version, revision, epoch, create_time, update_time, " \
  "books_version FROM tenants "

namespace smartcontacts::storage::postgres {
namespace {

absl::StatusOr<Tenant> TenantOf(const pqxx::row& row) {
  absl::StatusOr<TenantId> id = TenantId::Parse(row[0].c_str());
  if (!id.ok()) return absl::DataLossError("a stored tenant's name is malformed");
  ASSIGN_OR_RETURN(const TenantState state, TenantStateOf(IntOf(row[1])));
  ASSIGN_OR_RETURN(TenantPolicy policy, PolicyFromJson(row[2].c_str()));
  return Tenant{.id = *std::move(id),
                .state = state,
                .policy = std::move(policy),
                .version = IntOf(row[3]),
                .revision = IntOf(row[4]),
                .books_version = IntOf(row[8]),
                .epoch = IntOf(row[5]),
                .create_time = TimeOf(row[6]),
                .update_time = TimeOf(row[7])};
}

void ReadSipDomains(pqxx::transaction_base& transaction, Tenant& tenant) {
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT sip_domain FROM sip_domains WHERE tenant_id = $1 ORDER BY sip_domain",
           tenant.id.value())) {
    tenant.sip_domains.emplace_back(row[0].c_str());
  }
}

absl::Status WriteSipDomains(pqxx::transaction_base& transaction, const Tenant& tenant) {
  transaction.exec_params("DELETE FROM sip_domains WHERE tenant_id = $1", tenant.id.value());
  for (const std::string& domain : tenant.sip_domains) {
    // Row-level security hides another tenant's row, and the conflict shows it all the same.
    const pqxx::result inserted = transaction.exec_params(
        "INSERT INTO sip_domains (sip_domain, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        domain, tenant.id.value());
    if (inserted.affected_rows() == 0) {
      return absl::AlreadyExistsError("sip domain: another tenant has one of these");
    }
  }
  return absl::OkStatus();
}

absl::Status NoSuchTenant() { return absl::NotFoundError("there is no such tenant"); }

}  // namespace

absl::StatusOr<Tenant> ReadTenant(pqxx::transaction_base& transaction, const TenantId& id,
                                  Lock lock) {
  const pqxx::result rows =
      transaction.exec_params(absl::StrCat(TENANT_COLUMNS "WHERE tenant_id = $1 AND state <> $2",
                                           lock == Lock::kUpdate ? " FOR NO KEY UPDATE" : ""),
                              id.value(), kPurgingStateNumber);
  if (rows.empty()) return NoSuchTenant();
  ASSIGN_OR_RETURN(Tenant tenant, TenantOf(rows[0]));
  ReadSipDomains(transaction, tenant);
  return tenant;
}

absl::Status HoldTenant(pqxx::transaction_base& transaction, const TenantId& id) {
  const pqxx::result rows = transaction.exec_params(
      "SELECT 1 FROM tenants WHERE tenant_id = $1 AND state <> $2 FOR KEY SHARE", id.value(),
      kPurgingStateNumber);
  return rows.empty() ? NoSuchTenant() : absl::OkStatus();
}

absl::StatusOr<std::vector<Tenant>> ReadTenants(pqxx::transaction_base& transaction,
                                                const std::optional<TenantId>& after, int limit) {
  std::vector<Tenant> tenants;
  for (const pqxx::row& row : transaction.exec_params(
           TENANT_COLUMNS "WHERE tenant_id > $1 AND state <> $3 ORDER BY tenant_id LIMIT $2",
           after.has_value() ? after->value() : std::string(), limit, kPurgingStateNumber)) {
    ASSIGN_OR_RETURN(Tenant tenant, TenantOf(row));
    tenants.push_back(std::move(tenant));
  }
  for (Tenant& tenant : tenants) ReadSipDomains(transaction, tenant);
  return tenants;
}

std::vector<TenantVersion> ReadVersions(pqxx::transaction_base& transaction,
                                        absl::Span<const TenantId> ids) {
  // A tenant's name has no character that means anything in an array's text.
  const std::string names =
      absl::StrCat("{",
                   absl::StrJoin(ids, ",",
                                 [](std::string* text, const TenantId& id) {
                                   absl::StrAppend(text, "\"", id.value(), "\"");
                                 }),
                   "}");
  std::vector<TenantVersion> versions;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT tenant_id, version FROM tenants WHERE tenant_id = ANY($1::text[]) "
           "AND state <> $2",
           names, kPurgingStateNumber)) {
    if (auto id = TenantId::Parse(row[0].c_str()); id.ok()) {
      versions.push_back({*std::move(id), IntOf(row[1])});
    }
  }
  return versions;
}

absl::Status InsertTenant(pqxx::transaction_base& transaction, const Tenant& tenant) {
  const pqxx::result inserted = transaction.exec_params(
      "INSERT INTO tenants (tenant_id, state, policy, revision, removals_floor, subscriber_count, "
      "epoch, create_time, update_time) VALUES ($1, $2, $3, 0, 0, 0, $4, $5, $6) "
      "ON CONFLICT DO NOTHING",
      tenant.id.value(), NumberOf(tenant.state), PolicyToJson(tenant.policy), tenant.epoch,
      Micros(tenant.create_time), Micros(tenant.update_time));
  if (inserted.affected_rows() == 0) {
    return absl::AlreadyExistsError(HoldTenant(transaction, tenant.id).ok()
                                        ? "tenant: there is one of this name"
                                        : "tenant: one of this name is being purged: finish that "
                                          "first");
  }
  return WriteSipDomains(transaction, tenant);
}

absl::Status WriteTenant(pqxx::transaction_base& transaction, const Tenant& tenant) {
  transaction.exec_params(
      "UPDATE tenants SET state = $2, policy = $3, update_time = $4 WHERE tenant_id = $1",
      tenant.id.value(), NumberOf(tenant.state), PolicyToJson(tenant.policy),
      Micros(tenant.update_time));
  return WriteSipDomains(transaction, tenant);
}

void InsertEpoch(pqxx::transaction_base& transaction, const TenantId& id, const RowSealer& sealer,
                 const EpochRecord& epoch) {
  transaction.exec_params(
      "INSERT INTO epochs (tenant_id, number, sealed_salt, create_time) VALUES ($1, $2, $3, $4)",
      id.value(), epoch.number, Bytes(sealer.SealSalt(epoch.number, epoch.salt)),
      Micros(epoch.create_time));
}

void ReplaceEpoch(pqxx::transaction_base& transaction, const TenantId& id, const RowSealer& sealer,
                  const EpochRecord& epoch, absl::Time expire_time) {
  transaction.exec_params("DELETE FROM epochs WHERE tenant_id = $1 AND number < $2 - 1", id.value(),
                          epoch.number);
  transaction.exec_params(
      "UPDATE epochs SET expire_time = $2 WHERE tenant_id = $1 AND number = $3 - 1", id.value(),
      Micros(expire_time), epoch.number);
  InsertEpoch(transaction, id, sealer, epoch);
  transaction.exec_params("UPDATE tenants SET epoch = $2 WHERE tenant_id = $1", id.value(),
                          epoch.number);
}

absl::StatusOr<std::vector<EpochRecord>> ReadEpochs(pqxx::transaction_base& transaction,
                                                    const TenantId& id, const RowSealer& sealer) {
  std::vector<EpochRecord> epochs;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT number, sealed_salt, create_time, expire_time FROM epochs WHERE tenant_id = $1 "
           "ORDER BY number DESC",
           id.value())) {
    EpochRecord epoch{.number = IntOf(row[0]), .create_time = TimeOf(row[2])};
    ASSIGN_OR_RETURN(epoch.salt, sealer.OpenSalt(epoch.number, BytesOf(row[1])));
    if (!row[3].is_null()) epoch.expire_time = TimeOf(row[3]);
    epochs.push_back(epoch);
  }
  return epochs;
}

void Announce(pqxx::transaction_base& transaction, const TenantId& id) {
  transaction.exec_params("UPDATE tenants SET version = version + 1 WHERE tenant_id = $1",
                          id.value());
  transaction.exec_params("SELECT pg_notify($1, $2)", kChangesChannel, id.value());
}

}  // namespace smartcontacts::storage::postgres
