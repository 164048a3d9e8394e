#include "service/databases.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/schema.h"
#include "storage/sqlite/sqlite_store.h"

namespace smartcontacts::service {
namespace {

// So many times the time of a statement has one that is on a whole directory.
constexpr int kBulkFactor = 20;

absl::Status MakeDirectoryOf(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(file).parent_path();
  return path.empty() ? absl::OkStatus() : MakePrivateDirectory(path);
}

absl::Status Explain(const std::string& database, const absl::Status& status) {
  return {status.code(), absl::StrCat(DescribeDatabase(database), ": ", status.message())};
}

}  // namespace

absl::Status MakePrivateDirectory(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::create_directories(path, error)) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (error) return absl::UnavailableError(absl::StrCat(path.string(), ": ", error.message()));
  return absl::OkStatus();
}

std::string DescribeDatabase(const std::string& database) {
  return storage::IsPostgres(database) ? storage::DescribeConnection(database) : database;
}

absl::StatusOr<std::unique_ptr<storage::PostgresDatabase>> OpenPostgres(
    const std::string& connection, const char* schema, const DatabaseConfig& config) {
  ASSIGN_OR_RETURN(const std::string options, storage::CompleteConnectionOptions(connection));
  return std::make_unique<storage::PostgresDatabase>(storage::DatabaseOptions{
      .connection = options,
      .schema = schema,
      .connections_max = static_cast<std::size_t>(config.connections_max),
      .checkout_timeout = absl::Seconds(config.checkout_timeout_s),
      .statement_timeout = absl::Seconds(config.statement_timeout_s),
      .bulk_statement_timeout = kBulkFactor * absl::Seconds(config.statement_timeout_s)});
}

absl::StatusOr<std::unique_ptr<Databases>> Databases::Open(const DatabaseConfig& config,
                                                           crypto::MasterKey master_key) {
  std::unique_ptr<Databases> all(new Databases);
  const bool postgres = storage::IsPostgres(config.data);
  absl::StatusOr<std::unique_ptr<storage::KeyStore>> key_store = absl::UnknownError("not opened");
  if (postgres) {
    ASSIGN_OR_RETURN(all->data_, OpenPostgres(config.data, storage::DataSchema().name, config));
    ASSIGN_OR_RETURN(all->key_data_, OpenPostgres(config.keys, storage::KeySchema().name, config));
    key_store = storage::OpenPostgresKeyStore(*all->key_data_);
    if (!key_store.ok()) return Explain(config.keys, key_store.status());
  } else {
    RETURN_IF_ERROR(MakeDirectoryOf(config.data));
    RETURN_IF_ERROR(MakeDirectoryOf(config.keys));
    key_store = storage::OpenSqliteKeyStore(config.keys, all->key_counters_);
    if (!key_store.ok()) return std::move(key_store).status();
  }
  all->key_store_ = *std::move(key_store);
  ASSIGN_OR_RETURN(all->keys_, storage::KeyRing::Open(std::move(master_key), *all->key_store_));
  if (!postgres) {
    ASSIGN_OR_RETURN(all->store_,
                     storage::OpenSqliteStore(config.data, *all->keys_, all->data_counters_));
    return all;
  }
  absl::StatusOr<std::unique_ptr<storage::Store>> store =
      storage::OpenPostgresStore(*all->data_, *all->keys_);
  if (!store.ok()) return Explain(config.data, store.status());
  all->store_ = *std::move(store);
  return all;
}

const storage::DatabaseCounters& Databases::data_counters() const {
  return data_ != nullptr ? data_->counters() : *data_counters_;
}

const storage::DatabaseCounters& Databases::key_counters() const {
  return key_data_ != nullptr ? key_data_->counters() : *key_counters_;
}

std::unique_ptr<storage::ChangeListener> Databases::Listen(
    const DatabaseConfig& config, storage::ChangeListener::OnEvent on_event) {
  const std::string& direct = config.listen.empty() ? config.data : config.listen;
  if (!storage::IsPostgres(config.data) || direct == kNoListener) return nullptr;
  const auto options = storage::CompleteConnectionOptions(direct);
  if (!options.ok()) return nullptr;  // Complete() has looked at it
  return std::make_unique<storage::ChangeListener>(*options, std::move(on_event));
}

}  // namespace smartcontacts::service
