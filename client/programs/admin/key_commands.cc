// `smart-contacts-admin keys new-master|rewrap`.

#include <memory>

#include "client/programs/admin/commands.h"
#include "client/programs/json_output.h"
#include "client/programs/progress_bar.h"
#include "crypto/master_key.h"
#include "smartcontacts/admin/v1/epoch_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr std::int64_t kRewrapTimeoutS = 3600;

absl::Status Rewrap(AdminOptions& options) {
  ASSIGN_OR_RETURN(const Connection connection, options.Connect());
  const std::unique_ptr<grpc::ClientContext> context = connection.NewCall();
  const auto stub = admin::v1::EpochService::NewStub(connection.channel());
  const auto reader = stub->RewrapKeys(context.get(), {});
  admin::v1::RewrapKeysResponse response;
  {
    ProgressBar progress;
    while (reader->Read(&response)) progress.Show(response.done_count(), response.total_count());
  }
  const absl::Status status = ToStatus(reader->Finish());
  if (!status.ok()) {
    return {status.code(), absl::StrCat(status.message(),
                                        "; some keys may still be wrapped with "
                                        "the version before: run it again, which is safe")};
  }
  if (options.output == Output::kJson) return PrintJson(response);
  std::cout << response.done_count() << " of " << response.total_count()
            << " keys are wrapped with the newest version of the master key\n";
  return absl::OkStatus();
}

// Asks no server.
void AddNewMaster(CLI::App& group, int& exit_code) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = group.add_subcommand(
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

}  // namespace

void AddKeyCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("keys", "The keys of a server");
  AddNewMaster(*group, exit_code);
  auto options = std::make_shared<AdminOptions>();
  options->server.timeout_s = kRewrapTimeoutS;
  CLI::App* rewrap = group->add_subcommand(
      "rewrap", "Wrap every tenant's key anew with the newest version of the master key");
  AddAdminOptions(*rewrap, *options);
  rewrap->footer(
      "Beside live traffic, and safe to repeat. Afterwards older versions are not needed.\n\n"
      "Example:\n  smart-contacts-admin keys rewrap --admin-token-file admin.token");
  SetAction(*rewrap, kAdminProgram, exit_code, [options] { return Rewrap(*options); });
}

}  // namespace smartcontacts::client
