// A small file that is read again when it changes: also when it is renamed into place, or is
// reached by a symbolic link that is (as Kubernetes updates a mounted secret).

#ifndef SMART_CONTACTS_SERVICE_AUTH_WATCHED_FILE_H_
#define SMART_CONTACTS_SERVICE_AUTH_WATCHED_FILE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace smartcontacts::service {

// Not safe for concurrent use.
class WatchedFile {
 public:
  // How long a change may go unnoticed.
  static constexpr absl::Duration kInterval = absl::Seconds(1);

  WatchedFile(std::string path, std::size_t size_max)
      : path_(std::move(path)), size_max_(size_max) {}

  const std::string& path() const { return path_; }

  // The content at the first call, and again when the file has changed since the call before;
  // nothing if it has not, or if it was looked at less than kInterval ago. UNAVAILABLE, once per
  // change, if it cannot be read; INVALID_ARGUMENT if it is larger than the limit.
  absl::StatusOr<std::optional<std::string>> ReadIfChanged(absl::Time now);
  // The next call reads it, whether it has changed or not.
  void Forget() { version_.reset(); }

 private:
  // Device, inode, size, modification time; all zero if there is no such file.
  using Version = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;
  Version CurrentVersion() const;

  const std::string path_;
  const std::size_t size_max_;
  std::optional<Version> version_;
  absl::Time looked_at_ = absl::InfinitePast();
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_AUTH_WATCHED_FILE_H_
