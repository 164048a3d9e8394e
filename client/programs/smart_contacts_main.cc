// smart-contacts: the app's side, and the reference client.

#include <cstdlib>
#include <iostream>
#include <optional>

#include "cli/command_line.h"
#include "client/programs/digest_command.h"
#include "client/programs/match_command.h"
#include "client/programs/policy_command.h"
#include "client/programs/retention_commands.h"
#include "crypto/secret.h"

int main(int argc, char** argv) {
  using namespace smartcontacts;  // NOLINT(google-build-using-namespace)
  crypto::InitializeOrDie();
  // What gRPC would log comes back as an error, which is printed.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  CLI::App app("Finds out which of your contacts are subscribers of your phone system.",
               "smart-contacts");
  app.require_subcommand(1);
  app.footer(
      "Example:\n  smart-contacts match contacts.vcf --server pbx.example:8443 --token-file token");

  int exit_code = cli::kExitSuccess;
  const auto match = client::AddMatchCommand(app, exit_code);
  const auto digest = client::AddDigestCommand(app, exit_code);
  const auto policy = client::AddPolicyCommand(app, exit_code);
  client::AddSyncCommand(app, exit_code);
  client::AddWatchCommand(app, exit_code);
  client::AddPrivacyCommands(app, exit_code);
  cli::FinishOptions(app, SMART_CONTACTS_VERSION);
  if (const std::optional<int> parsed = cli::Parse(app, argc, argv)) return *parsed;
  return exit_code;
}
