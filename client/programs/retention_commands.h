// `smart-contacts sync`, `watch`, `my-data`, `erase` and `discoverability`: for accounts that chose
// to have contacts retained, and the subscriber's rights.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_RETENTION_COMMANDS_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_RETENTION_COMMANDS_H_

#include <CLI/CLI.hpp>

namespace smartcontacts::client {

// Each takes the program and the exit code to set, and keeps what it needs in the command's
// callback.
void AddSyncCommand(CLI::App& app, int& exit_code);
void AddWatchCommand(CLI::App& app, int& exit_code);
void AddPrivacyCommands(CLI::App& app, int& exit_code);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_RETENTION_COMMANDS_H_
