// The operator's commands. Each function adds one group to the program.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_COMMANDS_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

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

// A command about one tenant. `arguments`: what its example has behind the tenant's name.
// VALUES has `admin` and `tenant`.
template <typename Values>
std::pair<CLI::App*, std::shared_ptr<Values>> AddCommandForTenant(
    CLI::App& group, const std::string& name, const std::string& help, const std::string& arguments,
    int& exit_code, absl::Status (*run)(Values&)) {
  auto values = std::make_shared<Values>();
  CLI::App* const command = group.add_subcommand(name, help);
  command->footer("Example:\n  smart-contacts-admin " + group.get_name() + " " + name + " acme" +
                  arguments + " --admin-token-file admin.token");
  command->add_option("TENANT", values->tenant, "The tenant's name")
      ->required()
      ->configurable(false);
  AddAdminOptions(*command, values->admin);
  SetAction(*command, kAdminProgram, exit_code, [values, run] { return run(*values); });
  return {command, values};
}

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
