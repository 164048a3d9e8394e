#include "storage/sqlite/database.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace smartcontacts::storage {
namespace {

// SQLite's messages name tables, columns and files, never values.
absl::Status ToStatus(int code, absl::string_view message) {
  const std::string text = absl::StrCat("SQLite: ", message);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return absl::UnavailableError(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(text);
    case SQLITE_CONSTRAINT:
      return absl::AlreadyExistsError(text);
    default:
      return absl::InternalError(text);
  }
}

}  // namespace

absl::string_view Row::Bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

absl::StatusOr<crypto::Tag> Row::Tag(int column) const {
  const absl::string_view bytes = Bytes(column);
  if (bytes.size() != crypto::Tag::kSize) return absl::DataLossError("a stored tag is malformed");
  crypto::Tag tag{};
  std::copy(bytes.begin(), bytes.end(), tag.bytes.begin());
  return tag;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr) return absl::ResourceExhaustedError("SQLite: out of memory");
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) return database->LastError(code);
  sqlite3_extended_result_codes(handle, 1);
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

absl::Status Database::LastError(int code) const {
  if (counters_ != nullptr && (code & 0xff) != SQLITE_CONSTRAINT) ++counters_->errors;
  return ToStatus(code, sqlite3_errmsg(handle_));
}

absl::StatusOr<sqlite3_stmt*> Database::Prepare(const char* sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return LastError(code);
  statements_.emplace(sql, statement);
  return statement;
}

absl::Status Database::Execute(sqlite3_stmt* statement, const OnRow& on_row) {
  absl::Status status;
  while (true) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) break;
    status = code == SQLITE_ROW ? on_row(Row(statement)) : LastError(code);
    if (!status.ok()) break;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

absl::Status Database::RunScript(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : LastError(code);
}

// Binding can only fail for a wrong index or statement, which no input can cause; a failure shows
// as NULL in a NOT NULL column. What is bound outlives the query, so nothing is copied.
void Database::Bind(sqlite3_stmt* statement, int index, std::int64_t value) {
  sqlite3_bind_int64(statement, index, value);
}
void Database::Bind(sqlite3_stmt* statement, int index, int value) {
  sqlite3_bind_int(statement, index, value);
}
void Database::Bind(sqlite3_stmt* statement, int index, bool value) {
  sqlite3_bind_int(statement, index, value ? 1 : 0);
}
void Database::Bind(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}
void Database::Bind(sqlite3_stmt* statement, int index, Blob blob) {
  sqlite3_bind_blob64(statement, index, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC);
}
void Database::Bind(sqlite3_stmt* statement, int index, const crypto::Tag& tag) {
  sqlite3_bind_blob64(statement, index, tag.bytes.data(), crypto::Tag::kSize, SQLITE_STATIC);
}
void Database::Bind(sqlite3_stmt* statement, int index, absl::Time time) {
  sqlite3_bind_int64(statement, index, absl::ToUnixMicros(time));
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database, Kind kind) {
  // IMMEDIATE takes the write lock at once, so that no transaction fails half way for want of it.
  RETURN_IF_ERROR(kind == Kind::kWrite ? database.Run("BEGIN IMMEDIATE") : database.Run("BEGIN"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->Run("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(database_->Run("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

}  // namespace smartcontacts::storage
