#include "service/auth/watched_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace smartcontacts::service {

WatchedFile::Version WatchedFile::CurrentVersion() const {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size,
          absl::ToUnixNanos(absl::TimeFromTimespec(info.st_mtim))};
}

absl::StatusOr<std::optional<std::string>> WatchedFile::ReadIfChanged(absl::Time now) {
  // A clock that was set back does not keep the file from being looked at.
  const bool recent = now >= looked_at_ && now - looked_at_ < kInterval;
  if (recent) return std::nullopt;
  looked_at_ = now;
  const Version version = CurrentVersion();
  if (version == version_) return std::nullopt;
  version_ = version;

  std::ifstream file(path_, std::ios::binary);
  std::string content(size_max_ + 1, '\0');
  if (!file) return absl::UnavailableError(absl::StrCat(path_, ": ", std::strerror(errno)));
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) return absl::UnavailableError(absl::StrCat(path_, ": cannot be read"));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > size_max_) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": larger than ", size_max_, " bytes"));
  }
  return content;
}

}  // namespace smartcontacts::service
