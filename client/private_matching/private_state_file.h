// The file in which a device keeps its state of the private mode.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATE_FILE_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATE_FILE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/files/durable_file.h"
#include "client/private_matching/private_state.h"
#include "crypto/sealing.h"

namespace smartcontacts::client {

// Some hundred thousand identifiers.
inline constexpr std::size_t kPrivateStateFileSizeMax = std::size_t{64} * 1024 * 1024;

// "the file is left as it is; move it away, and its key, ...": what a person can do about a state
// that is of no use.
std::string AdviceToStartAnew(const std::string& path);

// PATH, sealed with XChaCha20-Poly1305 under the key in PATH.key; both are only their owner's (mode
// 0600). Beside them lies PATH.lock, held for as long as there is the object: two runs at once
// would both pay for the same evaluations.
//
// Not safe for concurrent use. Errors are FAILED_PRECONDITION, name the file and say what to do;
// what is on disk is then as it was.
class PrivateStateFile {
 public:
  // Waits for other processes that use the file. Reads the key, if there is one: it must be
  // readable by its owner only.
  static absl::StatusOr<PrivateStateFile> Open(const std::string& path);

  const std::string& path() const { return path_; }

  // Nothing if there is no file. An error if it was cut off or altered, is of another format or
  // another key, or its key is gone.
  absl::StatusOr<std::optional<PrivateState>> Read() const;

  // Makes the key if there is none, then replaces the file whole.
  absl::Status Write(const PrivateState& state);

 private:
  PrivateStateFile(std::string path, FileLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  absl::Status ReadKey();
  absl::Status MakeKey();

  std::string path_;
  FileLock lock_;
  std::optional<crypto::Sealer> sealer_;  // if there is a key
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATE_FILE_H_
