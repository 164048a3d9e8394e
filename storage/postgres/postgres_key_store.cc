#include <optional>
#include <utility>

#include "domain/status_macros.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/schema.h"
#include "storage/postgres/values.h"

namespace smartcontacts::storage {
namespace {

crypto::WrappedKey WrappedKeyOf(const pqxx::row& row) { return {IntOf(row[0]), BytesOf(row[1])}; }

absl::StatusOr<crypto::WrappedKey> ReadKey(pqxx::transaction_base& transaction,
                                           const TenantId& id) {
  const pqxx::result rows = transaction.exec_params(
      "SELECT master_key_version, sealed FROM wrapped_keys WHERE tenant_id = $1", id.value());
  if (rows.empty()) return absl::NotFoundError("the tenant has no key");
  return WrappedKeyOf(rows[0]);
}

std::optional<crypto::WrappedKey> ReadCheck(pqxx::transaction_base& transaction) {
  const pqxx::result rows =
      transaction.exec("SELECT master_key_version, sealed FROM master_key_check");
  if (rows.empty()) return std::nullopt;
  return WrappedKeyOf(rows[0]);
}

class PostgresKeyStore final : public KeyStore {
 public:
  explicit PostgresKeyStore(PostgresDatabase& database) : database_(database) {}

  absl::StatusOr<crypto::WrappedKey> Get(const TenantId& id) override {
    crypto::WrappedKey key;
    RETURN_IF_ERROR(
        database_.Run(Access::kRead, id.value(), [&](auto& transaction) -> absl::Status {
          ASSIGN_OR_RETURN(key, ReadKey(transaction, id));
          return absl::OkStatus();
        }));
    return key;
  }

  absl::StatusOr<crypto::WrappedKey> PutIfAbsent(const TenantId& id, const crypto::WrappedKey& key,
                                                 absl::Time now) override {
    crypto::WrappedKey stored;
    RETURN_IF_ERROR(
        database_.Run(Access::kWrite, id.value(), [&](auto& transaction) -> absl::Status {
          transaction.exec_params(
              "INSERT INTO wrapped_keys (tenant_id, master_key_version, sealed, create_time) "
              "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
              id.value(), key.master_key_version, Bytes(key.sealed), Micros(now));
          ASSIGN_OR_RETURN(stored, ReadKey(transaction, id));
          return absl::OkStatus();
        }));
    return stored;
  }

  absl::StatusOr<std::optional<crypto::WrappedKey>> GetCheck() override {
    std::optional<crypto::WrappedKey> check;
    RETURN_IF_ERROR(database_.Run(Access::kRead, kAllTenants, [&](auto& transaction) {
      check = ReadCheck(transaction);
      return absl::OkStatus();
    }));
    return check;
  }

  absl::StatusOr<crypto::WrappedKey> PutCheckIfAbsent(const crypto::WrappedKey& check) override {
    crypto::WrappedKey stored;
    RETURN_IF_ERROR(database_.Run(Access::kWrite, kAllTenants, [&](auto& transaction) {
      transaction.exec_params(
          "INSERT INTO master_key_check (id, master_key_version, sealed) VALUES (1, $1, $2) "
          "ON CONFLICT DO NOTHING",
          check.master_key_version, Bytes(check.sealed));
      stored = *ReadCheck(transaction);
      return absl::OkStatus();
    }));
    return stored;
  }

 private:
  PostgresDatabase& database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeyStore>> OpenPostgresKeyStore(PostgresDatabase& database) {
  RETURN_IF_ERROR(CheckServable(database, KeySchema()));
  return std::make_unique<PostgresKeyStore>(database);
}

}  // namespace smartcontacts::storage
