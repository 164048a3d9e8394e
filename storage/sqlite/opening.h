// Opening a database file of ours: finding out that it is one before touching it, and bringing its
// schema up to date.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_OPENING_H_
#define SMART_CONTACTS_STORAGE_SQLITE_OPENING_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/migration.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

// What a file is expected to be.
struct FileKind {
  const char* description;      // for messages: "data" or "key store"
  std::int32_t application_id;  // in the file's header
  absl::Span<const Migration> migrations;
};

// Makes the file (mode 0600) if it does not exist and migrates it. Otherwise, with the path in the
// message, what is wrong and what to do, and the file untouched:
//   UNAVAILABLE          locked by another process, read-only, or not to be opened
//   FAILED_PRECONDITION  made by a newer version of this program, or by another program
//   DATA_LOSS            no SQLite database, or corrupt
absl::Status PrepareFile(const std::string& path, const FileKind& kind);

// A connection for service to a file that was prepared.
absl::StatusOr<std::unique_ptr<Database>> Connect(const std::string& path);

// Moves the write-ahead log into the file and empties it: what was deleted (and overwritten in the
// file) cannot be read there any more. Outside a transaction. UNAVAILABLE if others read for too
// long.
absl::Status EmptyWriteAheadLog(Database& database);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_OPENING_H_
