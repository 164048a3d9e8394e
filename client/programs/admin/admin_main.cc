// smart-contacts-admin: the operator.

#include <cstdlib>
#include <optional>

#include "cli/command_line.h"
#include "client/programs/admin/commands.h"
#include "client/programs/admin/smoke_test_command.h"
#include "crypto/secret.h"

namespace smartcontacts::client {

absl::StatusOr<Connection> AdminOptions::Connect() {
  const std::string& address = server.connection.server;
  const std::string host = address.substr(0, address.rfind(':'));
  const bool here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  server.connection.plaintext = here && server.connection.ca_file.empty();
  return server.Connect();
}

void AddAdminOptions(CLI::App& command, AdminOptions& options) {
  ServerOptions& server = options.server;
  server.connection.server = "127.0.0.1:8444";
  command
      .add_option("--server", server.connection.server,
                  "HOST:PORT of administration; with TLS unless it is this machine")
      ->capture_default_str();
  command.add_option("--admin-token-file", server.token_file, "The administrator's token")
      ->required();
  command.add_option("--ca-file", server.connection.ca_file,
                     "PEM certificates to trust [the system's]");
  command.add_option("--timeout-s", server.timeout_s, "For one call")
      ->capture_default_str()
      ->check(CLI::Range(1, 24 * 3600));
  AddOutputOption(command, options.output);
}

}  // namespace smartcontacts::client

int main(int argc, char** argv) {
  using namespace smartcontacts;  // NOLINT(google-build-using-namespace)
  crypto::InitializeOrDie();
  // What gRPC would log comes back as an error, which is printed.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  CLI::App app("Administers a Smart Contacts server.", client::kAdminProgram);
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  smart-contacts-admin tenant create acme --sip-domain acme.example --region DE \\\n"
      "    --admin-token-file admin.token");
  int exit_code = cli::kExitSuccess;
  client::AddTenantCommands(app, exit_code);
  client::AddDirectoryCommands(app, exit_code);
  client::AddTokenCommands(app, exit_code);
  client::AddEpochCommands(app, exit_code);
  client::AddKeyCommands(app, exit_code);
  client::AddAuditCommands(app, exit_code);
  for (CLI::App* group : app.get_subcommands(nullptr)) group->require_subcommand(1);
  // Do something by themselves, too.
  client::AddPurgeCommands(app, exit_code);
  client::AddSmokeTestCommand(app, exit_code);
  cli::FinishOptions(app, SMART_CONTACTS_VERSION);
  if (const std::optional<int> parsed = cli::Parse(app, argc, argv)) return *parsed;
  return exit_code;
}
