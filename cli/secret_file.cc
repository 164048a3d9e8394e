#include "cli/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace smartcontacts::cli {
namespace {

absl::Status Unavailable(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(error)));
}

// Whether all of it was written and will survive a power cut.
bool WriteAll(int descriptor, const std::string& content) {
  const ssize_t written = write(descriptor, content.data(), content.size());
  return written == static_cast<ssize_t>(content.size()) && fsync(descriptor) == 0;
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unavailable(path, errno);
  std::string content(kSecretFileSizeMax + 1, '\0');
  errno = 0;
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) return Unavailable(path, errno != 0 ? errno : EIO);
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > kSecretFileSizeMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": larger than ", kSecretFileSizeMax, " bytes"));
  }
  absl::StripAsciiWhitespace(&content);
  if (content.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": the file is empty"));
  return content;
}

absl::Status WriteSecretFile(const std::string& path, const std::string& content) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    if (errno == EEXIST) {
      return absl::AlreadyExistsError(
          absl::StrCat(path, ": the file exists; it is not overwritten"));
    }
    return Unavailable(path, errno);
  }
  const bool written = WriteAll(descriptor, content);
  const int error = errno;
  close(descriptor);
  if (written) return absl::OkStatus();
  unlink(path.c_str());
  return Unavailable(path, error);
}

}  // namespace smartcontacts::cli
