// Where the private mode keeps its state if nobody says otherwise.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_PRIVATE_STATE_PATH_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_PRIVATE_STATE_PATH_H_

#include <string>

#include "absl/status/statusor.h"

namespace smartcontacts::client {

// smart-contacts/private-match in $XDG_STATE_HOME, or in ~/.local/state (XDG Base Directory
// Specification). Makes the folders that are missing, for their owner only. FAILED_PRECONDITION,
// naming --state-file, if neither XDG_STATE_HOME nor HOME is an absolute path, or a folder cannot
// be made.
absl::StatusOr<std::string> DefaultPrivateStatePath();

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_PRIVATE_STATE_PATH_H_
