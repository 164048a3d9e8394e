// `smart-contacts-admin keys new-master|rewrap`.

#include <memory>

#include "absl/strings/str_cat.h"
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

// The text of a new key file; with `previous`, the versions of that file and a newer one.
absl::StatusOr<std::string> NewMasterText(const std::string& previous) {
  if (previous.empty()) return crypto::MasterKey::GenerateText();
  ASSIGN_OR_RETURN(const std::string text, cli::ReadSecretFile(previous));
  const absl::StatusOr<crypto::MasterKey> master_key = crypto::MasterKey::Parse(text);
  if (!master_key.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(previous, ": ", master_key.status().message()));
  }
  return absl::StrCat(text, "\n", crypto::MasterKey::GenerateText(master_key->version() + 1));
}

// Asks no server.
void AddNewMaster(CLI::App& group, int& exit_code) {
  struct Files {
    std::string file;
    std::string previous;
  };
  auto files = std::make_shared<Files>();
  CLI::App* command = group.add_subcommand(
      "new-master", "Make the master key that everything at rest is sealed under");
  command->add_option("FILE", files->file, "Where it goes; must not exist")
      ->required()
      ->configurable(false);
  command
      ->add_option("--previous", files->previous,
                   "To rotate: the present key file, whose versions FILE will have as well")
      ->configurable(false);
  command->footer(
      "Without this file the databases cannot be read: keep a copy apart from their backups. "
      "To rotate, put the new file in the old one's place, wait until all servers have read it "
      "(their logs say so), and run `keys rewrap`; then the lines of older versions may go.\n\n"
      "Example:\n  smart-contacts-admin keys new-master /etc/smart-contacts/master.key");
  SetAction(*command, kAdminProgram, exit_code, [files]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::string text, NewMasterText(files->previous));
    RETURN_IF_ERROR(cli::WriteSecretFile(files->file, text));
    std::cout << "the master key is in " << files->file << "\n";
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
