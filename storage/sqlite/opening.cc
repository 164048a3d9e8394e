#include "storage/sqlite/opening.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"

namespace smartcontacts::storage {
namespace {

constexpr int kBusyTimeoutMs = 5000;

struct FileHeader {
  std::int64_t application_id = 0;
  std::int64_t schema_version = 0;
  bool empty = true;
};

absl::Status Explain(const std::string& path, const FileKind& kind, const absl::Status& status,
                     absl::string_view advice) {
  return absl::Status(status.code(), absl::StrCat(path, " (", kind.description,
                                                  "): ", status.message(), ". ", advice));
}

// O_EXCL: made by us with our mode, or not at all.
absl::Status CreateIfMissing(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    close(descriptor);
    return absl::OkStatus();
  }
  if (errno == EEXIST) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot create the file: ", std::strerror(errno)));
}

absl::Status ReadInt(Database& database, const char* sql, std::int64_t& value) {
  return database.Query(sql, [&value](const Row& row) {
    value = row.Int(0);
    return absl::OkStatus();
  });
}

absl::StatusOr<FileHeader> ReadHeader(Database& database) {
  FileHeader header;
  std::int64_t objects = 0;
  RETURN_IF_ERROR(ReadInt(database, "PRAGMA application_id", header.application_id));
  RETURN_IF_ERROR(ReadInt(database, "PRAGMA user_version", header.schema_version));
  RETURN_IF_ERROR(ReadInt(database, "SELECT count(*) FROM sqlite_schema", objects));
  header.empty = objects == 0 && header.application_id == 0;
  return header;
}

absl::Status CheckIntegrity(Database& database) {
  std::string verdict;
  RETURN_IF_ERROR(database.Query("PRAGMA quick_check(1)", [&verdict](const Row& row) {
    verdict = row.Text(0);
    return absl::OkStatus();
  }));
  // The verdict may quote what it found; say only that it is bad.
  return verdict == "ok" ? absl::OkStatus() : absl::DataLossError("the database is corrupt");
}

absl::Status CheckHeader(const FileHeader& header, const FileKind& kind) {
  if (header.empty) return absl::OkStatus();
  if (header.application_id != kind.application_id) {
    return absl::FailedPreconditionError("this database is of another program or purpose");
  }
  const auto known = static_cast<std::int64_t>(kind.migrations.size());
  if (header.schema_version > known) {
    return absl::FailedPreconditionError(
        absl::StrCat("made by a newer version of this program (schema ", header.schema_version,
                     ", this program knows ", known, ")"));
  }
  return absl::OkStatus();
}

absl::Status Migrate(Database& database, const FileHeader& header, const FileKind& kind) {
  for (std::size_t version = static_cast<std::size_t>(header.schema_version);
       version < kind.migrations.size(); ++version) {
    ASSIGN_OR_RETURN(Transaction transaction,
                     Transaction::Begin(database, Transaction::Kind::kWrite));
    RETURN_IF_ERROR(database.RunScript(kind.migrations[version].sql));
    RETURN_IF_ERROR(database.RunScript(absl::StrCat("PRAGMA application_id = ", kind.application_id,
                                                    "; PRAGMA user_version = ", version + 1)));
    RETURN_IF_ERROR(transaction.Commit());
  }
  return absl::OkStatus();
}

const char* AdviceFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return "The file was not touched: restore it from a backup";
    case absl::StatusCode::kFailedPrecondition:
      return "The file was not touched: use the version of the program it belongs to, or another "
             "file";
    default:
      return "Check that no other program holds it and that this user may write the file and its "
             "folder";
  }
}

absl::Status Inspect(const std::string& path, const FileKind& kind, FileHeader& header) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                   Database::Open(path, SQLITE_OPEN_READWRITE));
  // Closing must not write either.
  sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_busy_timeout(database->handle(), kBusyTimeoutMs);
  ASSIGN_OR_RETURN(header, ReadHeader(*database));
  RETURN_IF_ERROR(CheckHeader(header, kind));
  if (sqlite3_db_readonly(database->handle(), "main") != 0) {
    return absl::UnavailableError("the file is read-only");
  }
  return CheckIntegrity(*database);
}

}  // namespace

absl::Status PrepareFile(const std::string& path, const FileKind& kind) {
  FileHeader header;
  absl::Status status = CreateIfMissing(path);
  if (status.ok()) status = Inspect(path, kind, header);
  if (!status.ok()) return Explain(path, kind, status, AdviceFor(status));
  const absl::StatusOr<std::unique_ptr<Database>> database = Connect(path);
  status = database.ok() ? Migrate(**database, header, kind) : database.status();
  return status.ok() ? status : Explain(path, kind, status, AdviceFor(status));
}

absl::StatusOr<std::unique_ptr<Database>> Connect(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(path, SQLITE_OPEN_READWRITE));
  sqlite3_busy_timeout(database->handle(), kBusyTimeoutMs);
  // FULL: what was acknowledged survives a power cut. secure_delete: what was deleted is
  // overwritten. temp_store: what is staged stays in memory.
  RETURN_IF_ERROR(database->RunScript(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"));
  return database;
}

absl::Status EmptyWriteAheadLog(Database& database) {
  std::int64_t busy = 0;
  RETURN_IF_ERROR(ReadInt(database, "PRAGMA wal_checkpoint(TRUNCATE)", busy));
  return busy == 0 ? absl::OkStatus()
                   : absl::UnavailableError(
                         "what was deleted cannot be overwritten while others "
                         "read: try again");
}

}  // namespace smartcontacts::storage
