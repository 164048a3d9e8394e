// The operator's commands. Each function adds one group to the program.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_COMMANDS_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/programs/options.h"

namespace smartcontacts::client {

inline constexpr char kAdminProgram[] = "smart-contacts-admin";

// What commands that ask the server have in common. The administrator's port is in the clear on its
// own machine and with TLS elsewhere, so that is how it is spoken to.
struct AdminOptions {
  ServerOptions server;
  Output output = Output::kTable;

  absl::StatusOr<Connection> Connect();
};

void AddAdminOptions(CLI::App& command, AdminOptions& options);

// Each takes the program, the exit code to set, and keeps what it needs in the commands' callbacks.
void AddAuditCommands(CLI::App& app, int& exit_code);
void AddTenantCommands(CLI::App& app, int& exit_code);
void AddDirectoryCommands(CLI::App& app, int& exit_code);
void AddEpochCommands(CLI::App& app, int& exit_code);
void AddTokenCommands(CLI::App& app, int& exit_code);
void AddKeyCommands(CLI::App& app, int& exit_code);
void AddPurgeCommands(CLI::App& app, int& exit_code);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_COMMANDS_H_
