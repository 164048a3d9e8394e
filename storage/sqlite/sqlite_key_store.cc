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

// Of a table with one row.
struct OwnKeyStatements {
  const char* select;
  const char* insert;
  const char* update;
};
#define STATEMENTS(table)                                                              \
  {                                                                                    \
    "SELECT master_key_version, sealed FROM " table,                                   \
        "INSERT INTO " table                                                           \
        " (id, master_key_version, sealed) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING", \
        "UPDATE " table " SET master_key_version = ?1, sealed = ?2"                    \
  }
constexpr OwnKeyStatements kCheckStatements = STATEMENTS("master_key_check");
constexpr OwnKeyStatements kServiceStatements = STATEMENTS("service_key");
#undef STATEMENTS

const OwnKeyStatements& StatementsOf(OwnKey which) {
  return which == OwnKey::kCheck ? kCheckStatements : kServiceStatements;
}

class SqliteKeyStore final : public KeyStore {
 public:
  SqliteKeyStore(const std::string& path, std::shared_ptr<DatabaseCounters> counters)
      : connections_(path, kConnectionsMax, std::move(counters)) {}

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

  absl::Status Replace(const TenantId& id, const crypto::WrappedKey& old,
                       const crypto::WrappedKey& key) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(
        database->Run("UPDATE wrapped_keys SET master_key_version = ?2, sealed = ?3 "
                      "WHERE tenant_id = ?1 AND sealed = ?4",
                      id.value(), key.master_key_version, Blob{key.sealed}, Blob{old.sealed}));
    return FoundOne(*database);
  }

  absl::StatusOr<bool> Delete(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(database->Run("DELETE FROM wrapped_keys WHERE tenant_id = ?1", id.value()));
    const bool deleted = database->changed_rows() > 0;
    // Also if there was none: an attempt before this one may have come so far.
    RETURN_IF_ERROR(EmptyWriteAheadLog(*database));
    return deleted;
  }

  absl::StatusOr<std::optional<crypto::WrappedKey>> GetOwn(OwnKey which) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    return ReadOwn(*database, which);
  }

  absl::StatusOr<crypto::WrappedKey> PutOwnIfAbsent(OwnKey which,
                                                    const crypto::WrappedKey& key) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(
        database->Run(StatementsOf(which).insert, key.master_key_version, Blob{key.sealed}));
    ASSIGN_OR_RETURN(const std::optional<crypto::WrappedKey> stored, ReadOwn(*database, which));
    if (!stored.has_value()) return absl::DataLossError("the key that was stored is gone");
    return *stored;
  }

  absl::Status ReplaceOwn(OwnKey which, const crypto::WrappedKey& key) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(
        database->Run(StatementsOf(which).update, key.master_key_version, Blob{key.sealed}));
    return FoundOne(*database);
  }

 private:
  static absl::Status FoundOne(const Database& database) {
    return database.changed_rows() > 0 ? absl::OkStatus() : absl::NotFoundError("there is no key");
  }

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

  static absl::StatusOr<std::optional<crypto::WrappedKey>> ReadOwn(Database& database,
                                                                   OwnKey which) {
    std::optional<crypto::WrappedKey> key;
    RETURN_IF_ERROR(database.Query(StatementsOf(which).select, [&key](const Row& row) {
      key = crypto::WrappedKey{row.Int(0), row.Text(1)};
      return absl::OkStatus();
    }));
    return key;
  }

  ConnectionPool connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeyStore>> OpenSqliteKeyStore(
    const std::string& path, std::shared_ptr<DatabaseCounters> counters) {
  RETURN_IF_ERROR(PrepareFile(path, {.description = "key store",
                                     .application_id = kApplicationId,
                                     .migrations = KeyMigrations()}));
  return std::make_unique<SqliteKeyStore>(path, std::move(counters));
}

}  // namespace smartcontacts::storage
