// The file in which a device keeps its state.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_STATE_FILE_H_
#define SMART_CONTACTS_CLIENT_RETENTION_STATE_FILE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/retention/device_state.h"

namespace smartcontacts::client {

// Some hundred thousand digests.
inline constexpr std::size_t kStateFileSizeMax = std::size_t{64} * 1024 * 1024;

// The file is only its owner's (mode 0600), and a reader sees either what was before a change or
// what is after it, also across a power cut. Safe for concurrent use, also by several processes:
// one may watch while another syncs. Beside it lies FILE.lock, which is empty.
//
// Errors of every function: FAILED_PRECONDITION, saying what to do, if the file cannot be read or
// written or is broken. It is left as it is then.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // NOT_FOUND if there is no such file.
  absl::StatusOr<DeviceState> Read() const;

  // Makes the file, for a new device, if there is none. Returns what is in it.
  absl::StatusOr<DeviceState> ReadOrCreate() const;

  // Reads, lets `change` alter the state and writes it, alone among all that use the file. Returns
  // the state as written. NOT_FOUND if there is no such file.
  absl::StatusOr<DeviceState> Update(const std::function<void(DeviceState&)>& change) const;

 private:
  absl::StatusOr<DeviceState> Change(bool create,
                                     const std::function<void(DeviceState&)>& change) const;

  const std::string path_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_STATE_FILE_H_
