#include "client/programs/private_state_path.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// The value of an environment variable, if it is an absolute path: the specification wants others
// passed over.
std::filesystem::path PathFrom(const char* variable) {
  const char* const value = std::getenv(variable);
  const std::filesystem::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : std::filesystem::path();
}

absl::Status MakeFolders(const std::filesystem::path& folder) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : folder) {
    made /= part;
    if (mkdir(made.c_str(), 0700) != 0 && errno != EEXIST) {
      const int error = errno;
      std::error_code ignored;
      if (std::filesystem::is_directory(made, ignored)) continue;  // on a read-only file system
      return absl::FailedPreconditionError(absl::StrCat(made.string(), ": ", std::strerror(error),
                                                        "; name another place with --state-file"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> DefaultPrivateStatePath() {
  std::filesystem::path state = PathFrom("XDG_STATE_HOME");
  if (state.empty()) {
    const std::filesystem::path home = PathFrom("HOME");
    if (home.empty()) {
      return absl::FailedPreconditionError(
          "HOME is not set: say with --state-file where to keep the state of the private mode");
    }
    state = home / ".local" / "state";
  }
  const std::filesystem::path folder = state / "smart-contacts";
  RETURN_IF_ERROR(MakeFolders(folder));
  return (folder / "private-match").string();
}

}  // namespace smartcontacts::client
