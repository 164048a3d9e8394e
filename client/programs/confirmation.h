// Questions to the person at the terminal.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_CONFIRMATION_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_CONFIRMATION_H_

#include <string>

#include "absl/status/status.h"

namespace smartcontacts::client {

// Whether there is somebody to ask: standard input is a terminal.
bool CanAsk();

// Asks on standard error and reads a line of standard input. True for "y" and "yes".
bool AskYesNo(const std::string& question);

// Before something that cannot be undone. OK if `yes` (of --yes) or if the person agrees: by typing
// `phrase`, or y if that is empty. A UsageError() if there is nobody to ask; CANCELLED if the
// person does not agree.
absl::Status Confirm(bool yes, const std::string& question, const std::string& phrase = "");

// Whether Confirm() will be able to do its part; to be asked before any other work.
absl::Status CheckCanConfirm(bool yes);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_CONFIRMATION_H_
