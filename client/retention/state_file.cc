#include "client/retention/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

absl::Status Unusable(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", std::strerror(errno)));
}

absl::Status Broken(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": ", why,
      "; restore it from a copy, or move it away and sync again. The service then takes this for a "
      "new device; `smart-contacts my-data` shows the old one and `smart-contacts erase --device` "
      "ends it"));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool ok() const { return number_ >= 0; }

 private:
  const int number_;
};

// Reads to the end, however the system cuts it. False with errno.
bool ReadAll(int descriptor, std::string& content) {
  char buffer[64 * 1024];
  while (content.size() <= kStateFileSizeMax) {
    const ssize_t count = read(descriptor, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    content.append(buffer, static_cast<std::size_t>(count));
  }
  return true;
}

bool WriteAll(int descriptor, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Writes beside the file and renames, so that there is no moment with half a file. The caller holds
// the lock, so what lies there under the temporary name is of a process that died.
absl::Status Replace(const std::string& path, const std::string& content) {
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  {
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.ok()) return Unusable(temporary);
    if (!WriteAll(file.number(), content) || fsync(file.number()) != 0 ||
        rename(temporary.c_str(), path.c_str()) != 0) {
      absl::Status status = Unusable(path);
      unlink(temporary.c_str());
      return status;
    }
  }
  // The rename is part of the folder, which has a buffer of its own.
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const Descriptor directory(
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok() || fsync(directory.number()) != 0) return Unusable(path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeviceState> StateFile::Read() const {
  const Descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok() && errno == ENOENT) {
    return absl::NotFoundError(
        absl::StrCat(path_, ": there is no such file; `smart-contacts sync` makes it"));
  }
  std::string text;
  if (!file.ok() || !ReadAll(file.number(), text)) return Unusable(path_);
  if (text.size() > kStateFileSizeMax) return Broken(path_, "it is too large for a state file");
  absl::StatusOr<DeviceState> state = ParseDeviceState(text);
  if (!state.ok()) return Broken(path_, state.status().message());
  return state;
}

absl::StatusOr<DeviceState> StateFile::ReadOrCreate() const {
  return Change(/*create=*/true, [](DeviceState&) {});
}

absl::StatusOr<DeviceState> StateFile::Update(
    const std::function<void(DeviceState&)>& change) const {
  return Change(/*create=*/false, change);
}

absl::StatusOr<DeviceState> StateFile::Change(
    bool create, const std::function<void(DeviceState&)>& change) const {
  const std::string lock_path = path_ + ".lock";
  // Released when it is closed, also if this process dies.
  const Descriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) return Unusable(lock_path);
  while (flock(lock.number(), LOCK_EX) != 0) {
    if (errno != EINTR) return Unusable(lock_path);
  }
  absl::StatusOr<DeviceState> state = Read();
  if (create && absl::IsNotFound(state.status())) state = NewDeviceState();
  RETURN_IF_ERROR(state.status());
  change(*state);
  RETURN_IF_ERROR(Replace(path_, Serialize(*state)));
  return state;
}

}  // namespace smartcontacts::client
