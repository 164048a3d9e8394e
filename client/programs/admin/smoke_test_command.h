// `smart-contacts-admin smoke-test`: whether a server that was just installed or upgraded does what
// it is for, seen from where apps and operators see it.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_SMOKE_TEST_COMMAND_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_SMOKE_TEST_COMMAND_H_

#include <CLI/CLI.hpp>

namespace smartcontacts::client {

// Takes the program, the exit code to set, and keeps what it needs in the command's callback.
void AddSmokeTestCommand(CLI::App& app, int& exit_code);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_SMOKE_TEST_COMMAND_H_
