// The private mode believes nothing that it can check. This is the error when a check fails.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_MISBEHAVIOUR_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_MISBEHAVIOUR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace smartcontacts::client {

// DATA_LOSS: the service, or somebody between, misbehaves, in that `what`; nothing was saved. It
// ends the run, and nothing that came in it may be kept.
absl::Status Misbehaviour(absl::string_view what);

// Whether a status is of Misbehaviour(), not an error that the service sent.
bool IsMisbehaviour(const absl::Status& status);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_MISBEHAVIOUR_H_
