#include <optional>
#include <utility>

#include "storage/sqlite/connection_pool.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/opening.h"
#include "storage/sqlite/sqlite_store.h"

namespace smartcontacts::storage {
namespace {

// "SCKY", in the file's header.
constexpr std::int32_t kApplicationId = 0x53434b59;
constexpr std::size_t kConnectionsMax = 2;

class SqliteKeyStore final : public KeyStore {
 public:
  explicit SqliteKeyStore(const std::string& path) : connections_(path, kConnectionsMax) {}

  absl::StatusOr<crypto::WrappedKey> Get(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    return Read(*database, id);
  }

  absl::StatusOr<crypto::WrappedKey> PutIfAbsent(const TenantId& id, const crypto::WrappedKey& key,
                                                 absl::Time now) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(database->Run(
        "INSERT INTO wrapped_keys (tenant_id, master_key_version, sealed, create_time) "
        "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        id.value(), key.master_key_version, Blob{key.sealed}, now));
    return Read(*database, id);
  }

  absl::StatusOr<std::optional<crypto::WrappedKey>> GetCheck() override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    return ReadCheck(*database);
  }

  absl::StatusOr<crypto::WrappedKey> PutCheckIfAbsent(const crypto::WrappedKey& check) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(
        database->Run("INSERT INTO master_key_check (id, master_key_version, sealed) "
                      "VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
                      check.master_key_version, Blob{check.sealed}));
    ASSIGN_OR_RETURN(const std::optional<crypto::WrappedKey> stored, ReadCheck(*database));
    if (!stored.has_value()) return absl::DataLossError("the check value is gone");
    return *stored;
  }

 private:
  static absl::StatusOr<crypto::WrappedKey> Read(Database& database, const TenantId& id) {
    std::optional<crypto::WrappedKey> key;
    RETURN_IF_ERROR(database.Query(
        "SELECT master_key_version, sealed FROM wrapped_keys WHERE tenant_id = ?1",
        [&key](const Row& row) {
          key = crypto::WrappedKey{row.Int(0), row.Text(1)};
          return absl::OkStatus();
        },
        id.value()));
    if (!key.has_value()) return absl::NotFoundError("the tenant has no key");
    return *std::move(key);
  }

  static absl::StatusOr<std::optional<crypto::WrappedKey>> ReadCheck(Database& database) {
    std::optional<crypto::WrappedKey> value;
    RETURN_IF_ERROR(database.Query("SELECT master_key_version, sealed FROM master_key_check",
                                   [&value](const Row& row) {
                                     value = crypto::WrappedKey{row.Int(0), row.Text(1)};
                                     return absl::OkStatus();
                                   }));
    return value;
  }

  ConnectionPool connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeyStore>> OpenSqliteKeyStore(const std::string& path) {
  RETURN_IF_ERROR(PrepareFile(path, {.description = "key store",
                                     .application_id = kApplicationId,
                                     .migrations = KeyMigrations()}));
  return std::make_unique<SqliteKeyStore>(path);
}

}  // namespace smartcontacts::storage
