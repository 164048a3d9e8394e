#include "client/files/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

absl::Status Unusable(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", std::strerror(errno)));
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

// Reads to the end or until there is more than `size_max`, however the system cuts it. False with
// errno. What was read may be secret, so it is nowhere but in `content`.
bool ReadAll(int descriptor, std::size_t size_max, std::string& content) {
  std::array<char, 64 * 1024> buffer;
  const absl::Cleanup wipe = [&buffer] {
    crypto::Wipe({reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()});
  };
  while (content.size() <= size_max) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    content.append(buffer.data(), static_cast<std::size_t>(count));
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

// Of the open file, so that it cannot be exchanged between the look and the reading.
absl::Status CheckOwnersOnly(int descriptor, const std::string& path) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return Unusable(path);
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": it is not a file of the user who runs this program"));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": others may read or write it. If nobody did, make it yours alone: chmod 600 ",
        path));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Read(const std::string& path, std::size_t size_max, bool owners_only) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok() && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(path, ": there is no such file"));
  }
  if (!file.ok()) return Unusable(path);
  if (owners_only) RETURN_IF_ERROR(CheckOwnersOnly(file.number(), path));
  std::string content;
  if (!ReadAll(file.number(), size_max, content)) return Unusable(path);
  if (content.size() > size_max) {
    return absl::OutOfRangeError(absl::StrCat(path, ": it has more than ", size_max, " bytes"));
  }
  return content;
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Unusable(lock_path);
  FileLock lock(descriptor);
  while (flock(descriptor, LOCK_EX) != 0) {
    if (errno != EINTR) return Unusable(lock_path);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<std::string> ReadBounded(const std::string& path, std::size_t size_max) {
  return Read(path, size_max, /*owners_only=*/false);
}

absl::StatusOr<std::string> ReadOwnersOnly(const std::string& path, std::size_t size_max) {
  return Read(path, size_max, /*owners_only=*/true);
}

// Writes beside the file and renames, so that there is no moment with half a file. The caller holds
// the lock, so what lies there under the temporary name is of a process that died.
absl::Status ReplaceFile(const std::string& path, absl::string_view content) {
  // The rename is part of the folder, which has a buffer of its own. It is opened first, so that
  // nothing but the device itself can fail after the rename.
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const Descriptor directory(
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok()) return Unusable(path);
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
  return fsync(directory.number()) == 0 ? absl::OkStatus() : Unusable(path);
}

}  // namespace smartcontacts::client
