// `smart-contacts my-data|erase|discoverability`.

#include <google/protobuf/util/time_util.h>

#include <iostream>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/table.h"
#include "client/programs/confirmation.h"
#include "client/programs/json_output.h"
#include "client/programs/options.h"
#include "client/programs/receipt_output.h"
#include "client/programs/retention_commands.h"
#include "smartcontacts/v1/privacy_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

using google::protobuf::util::TimeUtil;

struct PrivacyCommand {
  ServerOptions server;
  Output output = Output::kTable;
  // erase
  std::string device;
  bool all = false;
  bool yes = false;
  std::string receipt_file;
  // discoverability
  std::optional<bool> discoverable;
  std::optional<bool> announced;
};

std::unique_ptr<v1::PrivacyService::Stub> StubOf(const Connection& connection) {
  return v1::PrivacyService::NewStub(connection.channel());
}

absl::StatusOr<v1::GetMyDataResponse> FetchMyData(const Connection& connection) {
  v1::GetMyDataResponse data;
  RETURN_IF_ERROR(ToStatus(StubOf(connection)->GetMyData(connection.NewCall().get(), {}, &data)));
  return data;
}

std::string Until(const v1::Purpose& purpose, const char* unset) {
  return purpose.has_expire_time() ? TimeUtil::ToString(purpose.expire_time()) : unset;
}

std::string Why(const v1::Purpose& purpose) {
  return purpose.legal_basis().empty()
             ? purpose.description()
             : absl::StrCat(purpose.description(), " (", purpose.legal_basis(), ")");
}

void PrintDirectory(const v1::DirectoryData& directory) {
  cli::Table table({"IN THE DIRECTORY", ""});
  table.Add({"can be found by", absl::StrJoin(directory.identifiers(), ", ")});
  table.Add({"enabled", YesNo(directory.enabled())});
  table.Add({"discoverable", YesNo(directory.discoverability().discoverable())});
  table.Add({"announced", YesNo(directory.discoverability().announced())});
  table.Add({"why", Why(directory.purpose())});
  table.Add({"until", Until(directory.purpose(), "the PBX removes the account")});
  table.Print(std::cout);
}

absl::Status MyData(PrivacyCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.server.Connect());
  ASSIGN_OR_RETURN(const v1::GetMyDataResponse data, FetchMyData(connection));
  if (command.output == Output::kJson) return PrintJson(data);
  std::cout << "All that is held about " << cli::Printable(data.aor()) << ":\n\n";
  if (data.has_directory()) {
    PrintDirectory(data.directory());
  } else {
    std::cout << "The account is not in the directory.\n";
  }
  cli::Table books(
      {"RETAINED FOR DEVICE", "CONTACTS", "LAST SYNC", "CONSENT TO", "GIVEN", "UNTIL", "WHY"});
  for (const v1::AddressBookData& book : data.address_books()) {
    books.Add({book.device_id(), absl::StrCat(book.retained_count()),
               TimeUtil::ToString(book.sync_time()), book.consent().privacy_policy_version(),
               TimeUtil::ToString(book.consent().agree_time()), Until(book.purpose(), "erased"),
               Why(book.purpose())});
  }
  std::cout << "\n";
  if (books.empty()) std::cout << "No contacts are retained.\n";
  if (!books.empty()) books.Print(std::cout);
  cli::Table quotas({"QUOTA", "LEFT", "UNTIL", "WHY"});
  for (const v1::QuotaData& quota : data.quotas()) {
    quotas.Add({quota.name(), absl::StrCat(quota.available()), Until(quota.purpose(), ""),
                Why(quota.purpose())});
  }
  std::cout << "\n";
  if (!quotas.empty()) quotas.Print(std::cout);
  return absl::OkStatus();
}

absl::Status Erase(PrivacyCommand& command) {
  RETURN_IF_ERROR(CheckCanConfirm(command.yes));
  RETURN_IF_ERROR(CheckReceiptFile(command.receipt_file));
  ASSIGN_OR_RETURN(const Connection connection, command.server.Connect());
  RETURN_IF_ERROR(Confirm(
      command.yes, command.device.empty()
                       ? "Erase the retained contacts of all your devices, and your consents?"
                       : absl::StrCat("Erase the retained contacts of the device ",
                                      cli::Printable(command.device), ", and your consent?")));
  v1::EraseMyDataRequest request;
  request.set_device_id(command.device);
  v1::EraseMyDataResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->EraseMyData(connection.NewCall().get(), request, &response)));
  return DeliverReceipt(response.receipt(), command.receipt_file, command.output);
}

absl::StatusOr<v1::Discoverability> SetOrGet(const Connection& connection,
                                             const PrivacyCommand& command) {
  if (!command.discoverable.has_value() && !command.announced.has_value()) {
    ASSIGN_OR_RETURN(const v1::GetMyDataResponse data, FetchMyData(connection));
    if (data.has_directory()) return data.directory().discoverability();
    return absl::NotFoundError(
        "the account is not in the directory, so nobody finds it; the PBX's operator can add it");
  }
  v1::SetDiscoverabilityRequest request;
  if (command.discoverable.has_value()) request.set_discoverable(*command.discoverable);
  if (command.announced.has_value()) request.set_announced(*command.announced);
  v1::SetDiscoverabilityResponse response;
  RETURN_IF_ERROR(ToStatus(
      StubOf(connection)->SetDiscoverability(connection.NewCall().get(), request, &response)));
  return response.discoverability();
}

absl::Status Discoverability(PrivacyCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.server.Connect());
  ASSIGN_OR_RETURN(const v1::Discoverability now, SetOrGet(connection, command));
  if (command.output == Output::kJson) return PrintJson(now);
  cli::Table table({"DISCOVERABLE", "ANNOUNCED"});
  table.Add({YesNo(now.discoverable()), YesNo(now.announced())});
  table.Print(std::cout);
  return absl::OkStatus();
}

void AddYesNoOption(CLI::App& command, const char* name, std::optional<bool>& value,
                    const char* help) {
  // A variable left in the environment must not turn showing into setting.
  command.add_option(name, value, help)
      ->configurable(false)
      ->transform(CLI::CheckedTransformer(
                      std::map<std::string, std::string>{{"yes", "true"}, {"no", "false"}})
                      .description(""));
}

}  // namespace

void AddPrivacyCommands(CLI::App& app, int& exit_code) {
  const auto add = [&](const char* name, const char* help, const char* about, const char* example,
                       absl::Status (*run)(PrivacyCommand&)) {
    auto values = std::make_shared<PrivacyCommand>();
    CLI::App* command = app.add_subcommand(name, help);
    AddServerOptions(*command, values->server);
    AddOutputOption(*command, values->output);
    command->footer(absl::StrCat(about, "\n\nExample:\n  smart-contacts ", name, example,
                                 " --server pbx.example:8443 --token-file token"));
    SetAction(*command, "smart-contacts", exit_code, [values, run] { return run(*values); });
    return std::pair(command, values);
  };
  add("my-data", "Show all that is held about the account, why, and until when",
      "Retained contacts are held as keyed tags, so they can be counted, not listed.", "", MyData);

  const auto [erase, erase_values] =
      add("erase", "Erase retained contacts and the consent to retain them",
          "Asks first. The entry in the directory is the PBX's and stays; `smart-contacts\n"
          "discoverability --discoverable no` hides it.",
          " --all --receipt-file receipt.json", Erase);
  // What is to be destroyed is said on the command line and nowhere else.
  CLI::Option* const device =
      erase->add_option("--device", erase_values->device, "One device, as `my-data` names it")
          ->configurable(false);
  erase->add_flag("--all", erase_values->all, "All devices; so it is without --device, too")
      ->excludes(device)
      ->configurable(false);
  erase->add_flag("--yes", erase_values->yes, "Do not ask")->configurable(false);
  AddReceiptFileOption(*erase, erase_values->receipt_file)->configurable(false);

  const auto [discoverability, discoverability_values] =
      add("discoverability", "Show or set whether others find the account",
          "Takes effect at once. What is not named stays as it is.", " --discoverable no",
          Discoverability);
  AddYesNoOption(*discoverability, "--discoverable", discoverability_values->discoverable,
                 "yes or no: whether people who have the number find the account");
  AddYesNoOption(*discoverability, "--announced", discoverability_values->announced,
                 "yes or no: whether people who had the number before are told when it joins");
}

}  // namespace smartcontacts::client
