#include "client/retention/state_file.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/files/durable_file.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

absl::Status Broken(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": ", why,
      "; restore it from a copy, or move it away and sync again. The service then takes this for a "
      "new device; `smart-contacts my-data` shows the old one and `smart-contacts erase --device` "
      "ends it"));
}

}  // namespace

absl::StatusOr<DeviceState> StateFile::Read() const {
  const absl::StatusOr<std::string> text = ReadBounded(path_, kStateFileSizeMax);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(
        absl::StrCat(text.status().message(), "; `smart-contacts sync` makes it"));
  }
  if (absl::IsOutOfRange(text.status())) {
    return Broken(path_, "it is too large for a state file");
  }
  RETURN_IF_ERROR(text.status());
  absl::StatusOr<DeviceState> state = ParseDeviceState(*text);
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
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(path_));
  absl::StatusOr<DeviceState> state = Read();
  if (create && absl::IsNotFound(state.status())) state = NewDeviceState();
  RETURN_IF_ERROR(state.status());
  change(*state);
  RETURN_IF_ERROR(ReplaceFile(path_, Serialize(*state)));
  return state;
}

}  // namespace smartcontacts::client
