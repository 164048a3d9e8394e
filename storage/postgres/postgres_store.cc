#include "storage/postgres/postgres_store.h"

#include <utility>
#include <vector>

#include "domain/status_macros.h"
#include "storage/postgres/directory_rows.h"
#include "storage/postgres/directory_staging.h"
#include "storage/postgres/postgres_import.h"
#include "storage/postgres/schema.h"
#include "storage/postgres/tenant_rows.h"
#include "storage/sealed_rows.h"

namespace smartcontacts::storage {
namespace {

using postgres::Lock;

// Times are stored in microseconds; the answer is what the next reader sees.
absl::Time Rounded(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

class PostgresStore final : public Store {
 public:
  PostgresStore(PostgresDatabase& database, KeyRing& keys) : database_(database), keys_(keys) {}

  absl::StatusOr<Tenant> CreateTenant(const Tenant& wanted, const crypto::EpochSalt& salt,
                                      absl::Time now) override {
    Tenant tenant = wanted;
    tenant.version = 0;
    tenant.revision = 0;
    tenant.epoch = 1;
    tenant.create_time = Rounded(now);
    tenant.update_time = Rounded(now);
    RETURN_IF_ERROR(Write(tenant.id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      RETURN_IF_ERROR(postgres::InsertTenant(transaction, tenant));
      ASSIGN_OR_RETURN(const auto keys, keys_.GetOrCreate(tenant.id, now));
      postgres::InsertEpoch(transaction, tenant.id, RowSealer(tenant.id, *keys),
                            {.number = tenant.epoch, .salt = salt, .create_time = now});
      return absl::OkStatus();
    }));
    return tenant;
  }

  absl::StatusOr<Tenant> GetTenant(const TenantId& id) override {
    return Read<Tenant>(id.value(), [&](pqxx::transaction_base& transaction) {
      return postgres::ReadTenant(transaction, id);
    });
  }

  absl::StatusOr<std::vector<Tenant>> ListTenants(const std::optional<TenantId>& after,
                                                  int limit) override {
    return Read<std::vector<Tenant>>(kAllTenants, [&](pqxx::transaction_base& transaction) {
      return postgres::ReadTenants(transaction, after, limit);
    });
  }

  absl::StatusOr<Tenant> UpdateTenant(const TenantId& id,
                                      const std::function<absl::Status(Tenant&)>& change,
                                      absl::Time now) override {
    absl::StatusOr<Tenant> updated = absl::UnknownError("not run");
    RETURN_IF_ERROR(Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(Tenant tenant, postgres::ReadTenant(transaction, id, Lock::kUpdate));
      RETURN_IF_ERROR(change(tenant));
      tenant.update_time = Rounded(now);
      RETURN_IF_ERROR(postgres::WriteTenant(transaction, tenant));
      postgres::Announce(transaction, id);
      ++tenant.version;
      updated = std::move(tenant);
      return absl::OkStatus();
    }));
    return updated;
  }

  absl::StatusOr<std::vector<TenantVersion>> ReadVersions(absl::Span<const TenantId> ids) override {
    std::vector<TenantVersion> versions;
    RETURN_IF_ERROR(
        database_.Run(Access::kProbe, kAllTenants, [&](pqxx::transaction_base& transaction) {
          versions = postgres::ReadVersions(transaction, ids);
          return absl::OkStatus();
        }));
    return versions;
  }

  absl::StatusOr<EpochRecord> RotateEpoch(const TenantId& id, const crypto::EpochSalt& salt,
                                          absl::Duration overlap, absl::Time now) override {
    EpochRecord epoch{.salt = salt, .create_time = Rounded(now)};
    RETURN_IF_ERROR(Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const Tenant tenant, postgres::ReadTenant(transaction, id, Lock::kUpdate));
      ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
      epoch.number = tenant.epoch + 1;
      postgres::ReplaceEpoch(transaction, id, RowSealer(id, *keys), epoch, now + overlap);
      postgres::Announce(transaction, id);
      return absl::OkStatus();
    }));
    return epoch;
  }

  absl::StatusOr<std::vector<EpochRecord>> ListEpochs(const TenantId& id) override {
    return ReadSealed<std::vector<EpochRecord>>(
        id, [&](pqxx::transaction_base& transaction, const RowSealer& sealer) {
          return postgres::ReadEpochs(transaction, id, sealer);
        });
  }

  absl::StatusOr<DirectoryCounts> Apply(const TenantId& id, const DirectoryChange& change,
                                        std::int64_t subscribers_max, absl::Time now) override {
    RETURN_IF_ERROR(GetTenant(id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    const RowSealer sealer(id, *keys);
    std::vector<SealedSubscriber> upserts;
    for (const Subscriber& subscriber : change.upserts) upserts.push_back(sealer.Seal(subscriber));
    std::vector<crypto::Tag> removals;
    for (const Aor& aor : change.removals) removals.push_back(sealer.TagOf(aor));

    DirectoryCounts counts;
    RETURN_IF_ERROR(Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      const postgres::DirectoryStaging staging(id);
      staging.Upsert(transaction, upserts, change.upserts, now);
      ASSIGN_OR_RETURN(
          counts, staging.Merge(transaction, removals, postgres::DirectoryStaging::Others::kKeep,
                                subscribers_max, now));
      staging.Clear(transaction);
      return absl::OkStatus();
    }));
    return counts;
  }

  absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginImport(const TenantId& id,
                                                               const ImportConditions& conditions,
                                                               absl::Time now) override {
    RETURN_IF_ERROR(GetTenant(id).status());
    ASSIGN_OR_RETURN(auto keys, keys_.Get(id));
    return postgres::BeginImport(database_, id, std::move(keys), conditions, now);
  }

  absl::StatusOr<Subscriber> GetSubscriber(const TenantId& id, const Aor& aor) override {
    return ReadSealed<Subscriber>(
        id, [&](pqxx::transaction_base& transaction, const RowSealer& sealer) {
          return postgres::ReadSubscriber(transaction, id, aor, sealer);
        });
  }

  absl::StatusOr<SubscriberPage> ListSubscribers(const TenantId& id,
                                                 const std::optional<crypto::Tag>& after,
                                                 int limit) override {
    return ReadSealed<SubscriberPage>(
        id, [&](pqxx::transaction_base& transaction, const RowSealer& sealer) {
          return postgres::ReadSubscriberPage(transaction, id, after, limit, sealer);
        });
  }

  absl::StatusOr<std::int64_t> ReadDirectory(
      const TenantId& id, std::int64_t since_revision,
      const std::function<void(DirectoryEntry)>& on_entry) override {
    bool handed_on = false;
    return ReadSealed<std::int64_t>(
        id,
        [&](pqxx::transaction_base& transaction,
            const RowSealer& sealer) -> absl::StatusOr<std::int64_t> {
          // What was handed on is not handed on again.
          if (handed_on) {
            return absl::UnavailableError("the connection was lost while a directory was read");
          }
          return postgres::ReadDirectoryChanges(transaction, id, since_revision, sealer,
                                                [&](DirectoryEntry entry) {
                                                  handed_on = true;
                                                  on_entry(std::move(entry));
                                                });
        });
  }

 private:
  absl::Status Write(const TenantId& id, PostgresDatabase::Body body) {
    return database_.Run(Access::kWrite, id.value(), body);
  }

  template <typename Result>
  absl::StatusOr<Result> Read(
      absl::string_view scope,
      absl::FunctionRef<absl::StatusOr<Result>(pqxx::transaction_base&)> body) {
    absl::StatusOr<Result> result = absl::UnknownError("not run");
    RETURN_IF_ERROR(database_.Run(Access::kRead, scope, [&](pqxx::transaction_base& transaction) {
      result = body(transaction);
      return result.status();
    }));
    return result;
  }

  // Of a tenant that is there, with its keys.
  template <typename Result>
  absl::StatusOr<Result> ReadSealed(
      const TenantId& id,
      absl::FunctionRef<absl::StatusOr<Result>(pqxx::transaction_base&, const RowSealer&)> body) {
    return Read<Result>(id.value(),
                        [&](pqxx::transaction_base& transaction) -> absl::StatusOr<Result> {
                          RETURN_IF_ERROR(postgres::ReadTenant(transaction, id).status());
                          ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
                          return body(transaction, RowSealer(id, *keys));
                        });
  }

  PostgresDatabase& database_;
  KeyRing& keys_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(PostgresDatabase& database,
                                                         KeyRing& keys) {
  RETURN_IF_ERROR(CheckServable(database, DataSchema()));
  return std::make_unique<PostgresStore>(database, keys);
}

}  // namespace smartcontacts::storage
