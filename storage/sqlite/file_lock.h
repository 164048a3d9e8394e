// Keeps a second server away from an embedded database: its snapshots in memory would not hear of
// the first one's changes.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_FILE_LOCK_H_
#define SMART_CONTACTS_STORAGE_SQLITE_FILE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace smartcontacts::storage {

// An exclusive flock(2) on a file of its own, held until destruction; the kernel gives it back if
// the process dies.
class FileLock {
 public:
  // UNAVAILABLE if another process holds it or the file cannot be made.
  static absl::StatusOr<FileLock> Acquire(const std::string& path);
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_FILE_LOCK_H_
