#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
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

const char* TableOf(OwnKey which) {
  switch (which) {
    case OwnKey::kCheck:
      return "master_key_check";
    case OwnKey::kService:
      return "service_key";
  }
  return "";
}

std::optional<crypto::WrappedKey> ReadOwn(pqxx::transaction_base& transaction, OwnKey which) {
  const pqxx::result rows =
      transaction.exec(absl::StrCat("SELECT master_key_version, sealed FROM ", TableOf(which)));
  if (rows.empty()) return std::nullopt;
  return WrappedKeyOf(rows[0]);
}

absl::Status CheckReplaced(const pqxx::result& updated) {
  return updated.affected_rows() > 0 ? absl::OkStatus()
                                     : absl::NotFoundError("there is no key to replace");
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

  absl::Status Replace(const TenantId& id, const crypto::WrappedKey& old,
                       const crypto::WrappedKey& key) override {
    return database_.Run(Access::kWrite, id.value(), [&](auto& transaction) {
      return CheckReplaced(transaction.exec_params(
          "UPDATE wrapped_keys SET master_key_version = $2, sealed = $3 "
          "WHERE tenant_id = $1 AND sealed = $4",
          id.value(), key.master_key_version, Bytes(key.sealed), Bytes(old.sealed)));
    });
  }

  absl::StatusOr<bool> Delete(const TenantId& id) override {
    bool deleted = false;
    RETURN_IF_ERROR(database_.Run(Access::kWrite, id.value(), [&](auto& transaction) {
      deleted = transaction.exec_params("DELETE FROM wrapped_keys WHERE tenant_id = $1", id.value())
                    .affected_rows() > 0;
      return absl::OkStatus();
    }));
    return deleted;
  }

  absl::StatusOr<std::optional<crypto::WrappedKey>> GetOwn(OwnKey which) override {
    std::optional<crypto::WrappedKey> key;
    RETURN_IF_ERROR(database_.Run(Access::kRead, kAllTenants, [&](auto& transaction) {
      key = ReadOwn(transaction, which);
      return absl::OkStatus();
    }));
    return key;
  }

  absl::StatusOr<crypto::WrappedKey> PutOwnIfAbsent(OwnKey which,
                                                    const crypto::WrappedKey& key) override {
    crypto::WrappedKey stored;
    RETURN_IF_ERROR(database_.Run(Access::kWrite, kAllTenants, [&](auto& transaction) {
      transaction.exec_params(absl::StrCat("INSERT INTO ", TableOf(which),
                                           " (id, master_key_version, sealed) VALUES (1, $1, $2) "
                                           "ON CONFLICT DO NOTHING"),
                              key.master_key_version, Bytes(key.sealed));
      stored = *ReadOwn(transaction, which);
      return absl::OkStatus();
    }));
    return stored;
  }

  absl::Status ReplaceOwn(OwnKey which, const crypto::WrappedKey& key) override {
    return database_.Run(Access::kWrite, kAllTenants, [&](auto& transaction) {
      return CheckReplaced(transaction.exec_params(
          absl::StrCat("UPDATE ", TableOf(which), " SET master_key_version = $1, sealed = $2"),
          key.master_key_version, Bytes(key.sealed)));
    });
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
