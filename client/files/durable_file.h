// Files of which no crash leaves half, and which several processes may share.
//
// Functions are safe for concurrent use. Errors name the file.

#ifndef SMART_CONTACTS_CLIENT_FILES_DURABLE_FILE_H_
#define SMART_CONTACTS_CLIENT_FILES_DURABLE_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smartcontacts::client {

// Holds a file for one process alone, until it is destroyed or the process dies: whoever changes
// the file takes the lock first. Beside the file lies PATH.lock, which is empty.
class FileLock {
 public:
  // Waits for as long as somebody else has the lock. FAILED_PRECONDITION if PATH.lock cannot be
  // made.
  static absl::StatusOr<FileLock> Take(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// All of the file. NOT_FOUND if there is none, OUT_OF_RANGE if it has more than `size_max` bytes,
// FAILED_PRECONDITION if it cannot be read.
absl::StatusOr<std::string> ReadBounded(const std::string& path, std::size_t size_max);

// The same of a file with a secret: FAILED_PRECONDITION as well if it is not a file of the user who
// runs this program, or if anybody else may read or write it.
absl::StatusOr<std::string> ReadOwnersOnly(const std::string& path, std::size_t size_max);

// Puts `content` in the file's place, or makes the file, readable by its owner only (mode 0600).
// Whoever reads sees what was before or what is after it, also across a power cut. Needs the lock.
// FAILED_PRECONDITION if it cannot be written. The file is then as it was, unless it was only the
// folder that could not be synced: then it is replaced, and a power cut may bring the old one back.
absl::Status ReplaceFile(const std::string& path, absl::string_view content);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_FILES_DURABLE_FILE_H_
