#include "storage/sqlite/tenant_rows.h"

#include <utility>

#include "storage/policy_json.h"
#include "storage/tenant_state_number.h"

#define TENANT_COLUMNS                                                         \
  "SELECT tenant_id, state, policy, version, revision, books_version, epoch, " \
  "create_time, update_time FROM tenants "

namespace smartcontacts::storage {
namespace {

absl::StatusOr<Tenant> TenantOf(const Row& row) {
  absl::StatusOr<TenantId> id = TenantId::Parse(row.Text(0));
  if (!id.ok()) return absl::DataLossError("a stored tenant's name is malformed");
  ASSIGN_OR_RETURN(const TenantState state, TenantStateOf(row.Int(1)));
  ASSIGN_OR_RETURN(TenantPolicy policy, PolicyFromJson(row.Bytes(2)));
  return Tenant{.id = *std::move(id),
                .state = state,
                .policy = std::move(policy),
                .version = row.Int(3),
                .revision = row.Int(4),
                .books_version = row.Int(5),
                .epoch = row.Int(6),
                .create_time = row.Time(7),
                .update_time = row.Time(8)};
}

absl::Status ReadSipDomains(Database& database, Tenant& tenant) {
  return database.Query(
      "SELECT sip_domain FROM tenant_sip_domains WHERE tenant_id = ?1 ORDER BY sip_domain",
      [&tenant](const Row& row) {
        tenant.sip_domains.push_back(row.Text(0));
        return absl::OkStatus();
      },
      tenant.id.value());
}

absl::Status WriteSipDomains(Database& database, const Tenant& tenant) {
  RETURN_IF_ERROR(
      database.Run("DELETE FROM tenant_sip_domains WHERE tenant_id = ?1", tenant.id.value()));
  for (const std::string& domain : tenant.sip_domains) {
    const absl::Status status =
        database.Run("INSERT INTO tenant_sip_domains (tenant_id, sip_domain) VALUES (?1, ?2)",
                     tenant.id.value(), domain);
    if (absl::IsAlreadyExists(status)) {
      return absl::AlreadyExistsError("sip domain: another tenant has one of these");
    }
    RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Tenant> ReadTenant(Database& database, const TenantId& id) {
  std::optional<Tenant> tenant;
  RETURN_IF_ERROR(database.Query(
      TENANT_COLUMNS "WHERE tenant_id = ?1 AND state <> ?2",
      [&tenant](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(tenant, TenantOf(row));
        return absl::OkStatus();
      },
      id.value(), kPurgingStateNumber));
  if (!tenant.has_value()) return absl::NotFoundError("there is no such tenant");
  RETURN_IF_ERROR(ReadSipDomains(database, *tenant));
  return *std::move(tenant);
}

absl::StatusOr<std::vector<Tenant>> ReadTenants(Database& database,
                                                const std::optional<TenantId>& after, int limit) {
  std::vector<Tenant> tenants;
  RETURN_IF_ERROR(database.Query(
      TENANT_COLUMNS "WHERE tenant_id > ?1 AND state <> ?3 ORDER BY tenant_id LIMIT ?2",
      [&tenants](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(Tenant tenant, TenantOf(row));
        tenants.push_back(std::move(tenant));
        return absl::OkStatus();
      },
      after.has_value() ? after->value() : std::string(), limit, kPurgingStateNumber));
  for (Tenant& tenant : tenants) RETURN_IF_ERROR(ReadSipDomains(database, tenant));
  return tenants;
}

absl::Status ReadVersion(Database& database, const TenantId& id,
                         std::vector<TenantVersion>& versions) {
  return database.Query(
      "SELECT version FROM tenants WHERE tenant_id = ?1 AND state <> ?2",
      [&](const Row& row) {
        versions.push_back({id, row.Int(0)});
        return absl::OkStatus();
      },
      id.value(), kPurgingStateNumber);
}

absl::Status InsertTenant(Database& database, const Tenant& tenant) {
  const absl::Status status = database.Run(
      "INSERT INTO tenants (tenant_id, state, policy, version, revision, removals_floor, "
      "subscriber_count, epoch, create_time, update_time) VALUES (?1, ?2, ?3, 0, 0, 0, 0, ?4, ?5, "
      "?6)",
      tenant.id.value(), NumberOf(tenant.state), PolicyToJson(tenant.policy), tenant.epoch,
      tenant.create_time, tenant.update_time);
  if (absl::IsAlreadyExists(status)) {
    const bool purging = absl::IsNotFound(ReadTenant(database, tenant.id).status());
    return absl::AlreadyExistsError(
        purging ? "tenant: one of this name is being purged: finish that first"
                : "tenant: there is one of this name");
  }
  RETURN_IF_ERROR(status);
  return WriteSipDomains(database, tenant);
}

absl::Status WriteTenant(Database& database, const Tenant& tenant) {
  RETURN_IF_ERROR(database.Run(
      "UPDATE tenants SET state = ?2, policy = ?3, update_time = ?4, version = version + 1 WHERE "
      "tenant_id = ?1",
      tenant.id.value(), NumberOf(tenant.state), PolicyToJson(tenant.policy), tenant.update_time));
  return WriteSipDomains(database, tenant);
}

absl::Status InsertEpoch(Database& database, const TenantId& id, const RowSealer& sealer,
                         const EpochRecord& epoch) {
  const std::string sealed = sealer.SealSalt(epoch.number, epoch.salt);
  return database.Run(
      "INSERT INTO epochs (tenant_id, number, sealed_salt, create_time) VALUES (?1, ?2, ?3, ?4)",
      id.value(), epoch.number, Blob{sealed}, epoch.create_time);
}

absl::StatusOr<std::vector<EpochRecord>> ReadEpochs(Database& database, const TenantId& id,
                                                    const RowSealer& sealer) {
  std::vector<EpochRecord> epochs;
  RETURN_IF_ERROR(database.Query(
      "SELECT number, sealed_salt, create_time, expire_time FROM epochs WHERE tenant_id = ?1 "
      "ORDER BY number DESC",
      [&](const Row& row) -> absl::Status {
        EpochRecord epoch{.number = row.Int(0), .create_time = row.Time(2)};
        ASSIGN_OR_RETURN(epoch.salt, sealer.OpenSalt(epoch.number, row.Bytes(1)));
        if (!row.IsNull(3)) epoch.expire_time = row.Time(3);
        epochs.push_back(epoch);
        return absl::OkStatus();
      },
      id.value()));
  return epochs;
}

absl::Status ReplaceEpoch(Database& database, const TenantId& id, const RowSealer& sealer,
                          const EpochRecord& epoch, absl::Time expire_time) {
  RETURN_IF_ERROR(database.Run("DELETE FROM epochs WHERE tenant_id = ?1 AND number < ?2 - 1",
                               id.value(), epoch.number));
  RETURN_IF_ERROR(
      database.Run("UPDATE epochs SET expire_time = ?2 WHERE tenant_id = ?1 AND number = ?3 - 1",
                   id.value(), expire_time, epoch.number));
  RETURN_IF_ERROR(InsertEpoch(database, id, sealer, epoch));
  return database.Run("UPDATE tenants SET epoch = ?2, version = version + 1 WHERE tenant_id = ?1",
                      id.value(), epoch.number);
}

}  // namespace smartcontacts::storage
