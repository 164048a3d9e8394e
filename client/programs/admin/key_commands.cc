// `smart-contacts-admin keys new-master`. Asks no server.

#include <memory>

#include "client/programs/admin/commands.h"
#include "crypto/master_key.h"

namespace smartcontacts::client {

void AddKeyCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("keys", "The keys of a server");
  auto file = std::make_shared<std::string>();
  CLI::App* command = group->add_subcommand(
      "new-master", "Make the master key that everything at rest is sealed under");
  command->add_option("FILE", *file, "Where it goes; must not exist")
      ->required()
      ->configurable(false);
  command->footer(
      "Without this file the databases cannot be read: keep a copy apart from their backups.\n\n"
      "Example:\n  smart-contacts-admin keys new-master /etc/smart-contacts/master.key");
  SetAction(*command, kAdminProgram, exit_code, [file]() -> absl::Status {
    RETURN_IF_ERROR(cli::WriteSecretFile(*file, crypto::MasterKey::GenerateText()));
    std::cout << "the master key is in " << *file << "\n";
    return absl::OkStatus();
  });
}

}  // namespace smartcontacts::client
