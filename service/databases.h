// The databases of a server: two SQLite files, or two PostgreSQL databases.

#ifndef SMART_CONTACTS_SERVICE_DATABASES_H_
#define SMART_CONTACTS_SERVICE_DATABASES_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "crypto/master_key.h"
#include "service/config.h"
#include "storage/database_counters.h"
#include "storage/key_ring.h"
#include "storage/key_store.h"
#include "storage/postgres/change_listener.h"
#include "storage/postgres/database.h"
#include "storage/store.h"

namespace smartcontacts::service {

class Databases {
 public:
  // Opens what `config`, which is complete, names. Errors: those of the backends and of
  // storage::KeyRing::Open().
  static absl::StatusOr<std::unique_ptr<Databases>> Open(const DatabaseConfig& config,
                                                         crypto::MasterKey master_key);

  storage::Store& store() { return *store_; }
  storage::KeyRing& keys() { return *keys_; }
  const storage::DatabaseCounters& data_counters() const;
  const storage::DatabaseCounters& key_counters() const;

  // Calls `on_event` when others may have changed something, until the result's end. Null if the
  // backend or `config` has no notifications.
  static std::unique_ptr<storage::ChangeListener> Listen(const DatabaseConfig& config,
                                                         storage::ChangeListener::OnEvent on_event);

 private:
  Databases() = default;

  // Of SQLite; PostgreSQL's databases have their own.
  const std::shared_ptr<storage::DatabaseCounters> data_counters_ =
      std::make_shared<storage::DatabaseCounters>();
  const std::shared_ptr<storage::DatabaseCounters> key_counters_ =
      std::make_shared<storage::DatabaseCounters>();

  // Each needs the ones before it.
  std::unique_ptr<storage::PostgresDatabase> data_;
  std::unique_ptr<storage::PostgresDatabase> key_data_;
  std::unique_ptr<storage::KeyStore> key_store_;
  std::unique_ptr<storage::KeyRing> keys_;
  std::unique_ptr<storage::Store> store_;
};

// Makes a directory, for its owner alone, unless it is there. UNAVAILABLE, naming it.
absl::Status MakePrivateDirectory(const std::filesystem::path& path);

// A database of `schema` at `connection`, which is PostgreSQL's. INVALID_ARGUMENT if it cannot be
// read.
absl::StatusOr<std::unique_ptr<storage::PostgresDatabase>> OpenPostgres(
    const std::string& connection, const char* schema, const DatabaseConfig& config);

// What a log may say of `database`: no password.
std::string DescribeDatabase(const std::string& database);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_DATABASES_H_
