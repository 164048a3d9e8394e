// One SQLite connection, with errors as absl::Status. Only this folder includes sqlite3.h.
//
// Not safe for concurrent use: a connection belongs to one thread at a time (connection_pool.h).

#ifndef SMART_CONTACTS_STORAGE_SQLITE_DATABASE_H_
#define SMART_CONTACTS_STORAGE_SQLITE_DATABASE_H_

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "crypto/sealing.h"
#include "domain/status_macros.h"
#include "storage/database_counters.h"

namespace smartcontacts::storage {

// Bytes that are bound and read as a BLOB.
struct Blob {
  absl::string_view bytes;
};

// The current row of a query. Valid during the callback only.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

  std::int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  bool Bool(int column) const { return Int(column) != 0; }
  bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  absl::string_view Bytes(int column) const;
  std::string Text(int column) const { return std::string(Bytes(column)); }
  absl::Time Time(int column) const { return absl::FromUnixMicros(Int(column)); }
  // DATA_LOSS if the column has not a tag's size.
  absl::StatusOr<crypto::Tag> Tag(int column) const;

 private:
  sqlite3_stmt* statement_;
};

using OnRow = std::function<absl::Status(const Row&)>;

class Database {
 public:
  // Opens a connection to an existing file. `flags` are those of sqlite3_open_v2.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, int flags);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs a statement with arguments bound to ?1, ?2, ... and hands on each row. `sql` must be a
  // literal: the prepared statement is kept under its address.
  template <typename... Arguments>
  absl::Status Query(const char* sql, const OnRow& on_row, const Arguments&... arguments) {
    ASSIGN_OR_RETURN(sqlite3_stmt* const statement, Prepare(sql));
    int index = 0;
    (Bind(statement, ++index, arguments), ...);
    return Execute(statement, on_row);
  }
  template <typename... Arguments>
  absl::Status Run(const char* sql, const Arguments&... arguments) {
    return Query(
        sql, [](const Row&) { return absl::OkStatus(); }, arguments...);
  }
  // Runs any number of statements that have no arguments.
  absl::Status RunScript(const std::string& sql);

  // Counts the statements that fail in `counters`, but for those that a constraint forbids.
  void CountErrors(std::shared_ptr<DatabaseCounters> counters) { counters_ = std::move(counters); }

  // Rows that the last INSERT, UPDATE or DELETE touched.
  std::int64_t changed_rows() const { return sqlite3_changes64(handle_); }
  sqlite3* handle() { return handle_; }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  absl::StatusOr<sqlite3_stmt*> Prepare(const char* sql);
  absl::Status Execute(sqlite3_stmt* statement, const OnRow& on_row);
  absl::Status LastError(int code) const;

  static void Bind(sqlite3_stmt* statement, int index, std::int64_t value);
  static void Bind(sqlite3_stmt* statement, int index, int value);
  static void Bind(sqlite3_stmt* statement, int index, bool value);
  static void Bind(sqlite3_stmt* statement, int index, const std::string& text);
  static void Bind(sqlite3_stmt* statement, int index, Blob blob);
  static void Bind(sqlite3_stmt* statement, int index, const crypto::Tag& tag);
  static void Bind(sqlite3_stmt* statement, int index, absl::Time time);
  // Nothing is NULL, which is what a parameter is until it is bound.
  template <typename Value>
  static void Bind(sqlite3_stmt* statement, int index, const std::optional<Value>& value) {
    if (value.has_value()) Bind(statement, index, *value);
  }

  sqlite3* const handle_;
  std::shared_ptr<DatabaseCounters> counters_;  // null: nobody counts
  absl::flat_hash_map<const char*, sqlite3_stmt*> statements_;
};

// Rolled back unless committed.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static absl::StatusOr<Transaction> Begin(Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ~Transaction();

  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_DATABASE_H_
