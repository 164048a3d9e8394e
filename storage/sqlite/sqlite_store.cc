#include "storage/sqlite/sqlite_store.h"

#include <optional>
#include <utility>
#include <vector>

#include "storage/sealed_rows.h"
#include "storage/sqlite/connection_pool.h"
#include "storage/sqlite/directory_rows.h"
#include "storage/sqlite/directory_staging.h"
#include "storage/sqlite/file_lock.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/opening.h"
#include "storage/sqlite/sqlite_import.h"
#include "storage/sqlite/tenant_rows.h"

namespace smartcontacts::storage {
namespace {

// "SCDB", in the file's header.
constexpr std::int32_t kApplicationId = 0x53434442;
constexpr std::size_t kConnectionsMax = 4;

using Kind = Transaction::Kind;

class SqliteStore final : public Store {
 public:
  SqliteStore(FileLock lock, std::string path, KeyRing& keys)
      : lock_(std::move(lock)),
        path_(std::move(path)),
        keys_(keys),
        connections_(path_, kConnectionsMax) {}

  absl::StatusOr<Tenant> CreateTenant(const Tenant& wanted, const crypto::EpochSalt& salt,
                                      absl::Time now) override {
    Tenant tenant = wanted;
    tenant.version = 0;
    tenant.revision = 0;
    tenant.epoch = 1;
    tenant.create_time = now;
    tenant.update_time = now;
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    RETURN_IF_ERROR(InsertTenant(*database, tenant));
    ASSIGN_OR_RETURN(const auto keys, keys_.GetOrCreate(tenant.id, now));
    RETURN_IF_ERROR(InsertEpoch(*database, tenant.id, RowSealer(tenant.id, *keys),
                                {.number = tenant.epoch, .salt = salt, .create_time = now}));
    RETURN_IF_ERROR(transaction.Commit());
    return Rounded(tenant);
  }

  absl::StatusOr<Tenant> GetTenant(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    return ReadTenant(*database, id);
  }

  absl::StatusOr<std::vector<Tenant>> ListTenants(const std::optional<TenantId>& after,
                                                  int limit) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    return ReadTenants(*database, after, limit);
  }

  absl::StatusOr<Tenant> UpdateTenant(const TenantId& id,
                                      const std::function<absl::Status(Tenant&)>& change,
                                      absl::Time now) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    ASSIGN_OR_RETURN(Tenant tenant, ReadTenant(*database, id));
    RETURN_IF_ERROR(change(tenant));
    tenant.update_time = now;
    RETURN_IF_ERROR(WriteTenant(*database, tenant));
    ++tenant.version;
    RETURN_IF_ERROR(transaction.Commit());
    return Rounded(tenant);
  }

  absl::StatusOr<std::vector<TenantVersion>> ReadVersions(absl::Span<const TenantId> ids) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    std::vector<TenantVersion> versions;
    for (const TenantId& id : ids) RETURN_IF_ERROR(ReadVersion(*database, id, versions));
    return versions;
  }

  absl::StatusOr<EpochRecord> RotateEpoch(const TenantId& id, const crypto::EpochSalt& salt,
                                          absl::Duration overlap, absl::Time now) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    ASSIGN_OR_RETURN(const Tenant tenant, ReadTenant(*database, id));
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    const EpochRecord epoch{.number = tenant.epoch + 1,
                            .salt = salt,
                            .create_time = absl::FromUnixMicros(absl::ToUnixMicros(now))};
    RETURN_IF_ERROR(ReplaceEpoch(*database, id, RowSealer(id, *keys), epoch, now + overlap));
    RETURN_IF_ERROR(transaction.Commit());
    return epoch;
  }

  absl::StatusOr<std::vector<EpochRecord>> ListEpochs(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(ReadTenant(*database, id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    return ReadEpochs(*database, id, RowSealer(id, *keys));
  }

  absl::StatusOr<DirectoryCounts> Apply(const TenantId& id, const DirectoryChange& change,
                                        std::int64_t subscribers_max, absl::Time now) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    RETURN_IF_ERROR(ReadTenant(*database, id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    const RowSealer sealer(id, *keys);
    ASSIGN_OR_RETURN(DirectoryStaging staging, DirectoryStaging::Begin(*database, id, sealer));
    for (const Subscriber& subscriber : change.upserts) RETURN_IF_ERROR(staging.Upsert(subscriber));
    for (const Aor& aor : change.removals) RETURN_IF_ERROR(staging.Remove(aor));
    ASSIGN_OR_RETURN(const DirectoryCounts counts, staging.Merge(subscribers_max, now));
    RETURN_IF_ERROR(transaction.Commit());
    return counts;
  }

  absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginImport(const TenantId& id,
                                                               const ImportConditions& conditions,
                                                               absl::Time now) override {
    RETURN_IF_ERROR(GetTenant(id).status());
    ASSIGN_OR_RETURN(auto keys, keys_.Get(id));
    return BeginSqliteImport(path_, id, std::move(keys), conditions, now);
  }

  absl::StatusOr<Subscriber> GetSubscriber(const TenantId& id, const Aor& aor) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(ReadTenant(*database, id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    return ReadSubscriber(*database, id, aor, RowSealer(id, *keys));
  }

  absl::StatusOr<SubscriberPage> ListSubscribers(const TenantId& id,
                                                 const std::optional<crypto::Tag>& after,
                                                 int limit) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(ReadTenant(*database, id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    return ReadSubscriberPage(*database, id, after, limit, RowSealer(id, *keys));
  }

  absl::StatusOr<std::int64_t> ReadDirectory(
      const TenantId& id, std::int64_t since_revision,
      const std::function<void(DirectoryEntry)>& on_entry) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(ReadTenant(*database, id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    return ReadDirectoryChanges(*database, id, since_revision, RowSealer(id, *keys), on_entry);
  }

 private:
  // Times are stored in microseconds; the answer is what the next reader sees.
  static Tenant Rounded(Tenant tenant) {
    tenant.create_time = absl::FromUnixMicros(absl::ToUnixMicros(tenant.create_time));
    tenant.update_time = absl::FromUnixMicros(absl::ToUnixMicros(tenant.update_time));
    return tenant;
  }

  const FileLock lock_;
  const std::string path_;
  KeyRing& keys_;
  ConnectionPool connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path, KeyRing& keys) {
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(path + ".lock"));
  RETURN_IF_ERROR(PrepareFile(
      path,
      {.description = "data", .application_id = kApplicationId, .migrations = DataMigrations()}));
  return std::make_unique<SqliteStore>(std::move(lock), path, keys);
}

}  // namespace smartcontacts::storage
