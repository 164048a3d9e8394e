// `smart-contacts-admin purge` and `purge verify`.

#include <google/protobuf/util/time_util.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/programs/admin/commands.h"
#include "client/programs/admin/purger.h"
#include "client/programs/confirmation.h"
#include "client/programs/json_output.h"
#include "client/programs/receipt_output.h"
#include "client/receipt/receipt_file.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

// Beside live traffic a large tenant takes long; what was interrupted is repeated.
constexpr std::int64_t kPurgeTimeoutS = 24 * 3600;

constexpr std::int64_t kHourS = 3600;
constexpr std::int64_t kDayS = 24 * kHourS;
// The service's limit.
constexpr std::int64_t kOlderThanMaxS = 3650 * kDayS;

struct PurgeCommand {
  AdminOptions admin;
  std::string tenant;
  std::string account;
  std::string device;
  std::int64_t older_than_s = 0;
  bool everything = false;
  bool dry_run = false;
  bool yes = false;
  std::string receipt_file;
};

struct VerifyCommand {
  AdminOptions admin;
  std::string receipt;
};

std::unique_ptr<admin::v1::PurgeService::Stub> StubOf(const Connection& connection) {
  return admin::v1::PurgeService::NewStub(connection.channel());
}

admin::v1::PurgeRequest RequestOf(const PurgeCommand& command, bool dry_run) {
  admin::v1::PurgeRequest request;
  request.set_tenant_id(command.tenant);
  request.set_aor(command.account);
  request.set_device_id(command.device);
  request.set_everything(command.everything);
  request.set_dry_run(dry_run);
  if (command.older_than_s > 0) request.mutable_older_than()->set_seconds(command.older_than_s);
  return request;
}

std::string ScopeText(const PurgeCommand& command) {
  if (command.everything) {
    return absl::StrCat("the tenant ", command.tenant, " with its keys and all its data");
  }
  std::string text = "retained contacts";
  if (!command.device.empty()) absl::StrAppend(&text, " of the device ", command.device);
  absl::StrAppend(&text, " of ",
                  command.account.empty() ? absl::StrCat("all accounts of ", command.tenant)
                                          : absl::StrCat(command.account, " in ", command.tenant));
  if (command.older_than_s > 0) {
    const bool days = command.older_than_s % kDayS == 0;
    absl::StrAppend(&text, " of devices that were silent for ",
                    command.older_than_s / (days ? kDayS : kHourS), days ? " days" : " hours");
  }
  return text;
}

absl::Status RunPurge(PurgeCommand& command) {
  if (command.tenant.empty()) return UsageError("purge: --tenant is required (see --help)");
  if (command.admin.server.token_file.empty())
    return UsageError("purge: --admin-token-file is required (see --help)");
  if (!command.dry_run) {
    RETURN_IF_ERROR(CheckCanConfirm(command.yes));
    RETURN_IF_ERROR(CheckReceiptFile(command.receipt_file));
  }
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  ASSIGN_OR_RETURN(const admin::v1::PurgeResponse preview,
                   Purge(connection, RequestOf(command, /*dry_run=*/true)));
  const std::string scope = cli::Printable(ScopeText(command));
  const std::string counts = cli::Printable(CountsText(preview.counts()));
  if (command.dry_run) {
    if (command.admin.output == Output::kJson) return PrintJson(preview);
    std::cout << "dry run, nothing was removed; it would be " << scope << ": " << counts << "\n";
    return absl::OkStatus();
  }
  std::cerr << "to be removed for good: " << scope << ": " << counts << "\n";
  RETURN_IF_ERROR(Confirm(command.yes, "This cannot be undone.",
                          command.everything ? command.tenant : std::string()));
  const absl::StatusOr<admin::v1::PurgeResponse> done =
      Purge(connection, RequestOf(command, /*dry_run=*/false));
  if (!done.ok()) {
    return {done.status().code(),
            absl::StrCat(done.status().message(),
                         "; the purge is not complete: run it again, which is safe")};
  }
  return DeliverReceipt(done->receipt(), command.receipt_file, command.admin.output);
}

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& input = path == "-" ? std::cin : file;
  std::string text;
  // One byte more than allowed is read, so that the parser can tell.
  for (char c = 0; text.size() <= kReceiptSizeMax && input.get(c);) text += c;
  if (text.empty()) {
    return absl::UnavailableError(absl::StrCat(path, ": cannot be read, or is empty"));
  }
  return text;
}

void PrintVerdict(const ReadReceipt& read, const std::string& fault, Output output) {
  if (output == Output::kJson) {
    const nlohmann::ordered_json document = {
        {"valid", fault.empty()}, {"fault", fault}, {"about", DescribeStatement(read.statement)}};
    std::cout << document.dump(2) << "\n";
    return;
  }
  const v1::ReceiptStatement& statement = read.statement;
  cli::Table table({"RECEIPT", fault.empty() ? "valid" : "NOT VALID"});
  table.Add({"tenant", statement.tenant_id()});
  table.Add({"whose data", statement.aor().empty() ? "everybody's" : statement.aor()});
  table.Add({"which device's", statement.device_id().empty() ? "all" : statement.device_id()});
  table.Add({"removed", CountsText(statement.counts())});
  table.Add({"finished", google::protobuf::util::TimeUtil::ToString(statement.finish_time())});
  table.Add({"requested by", statement.requested_by()});
  table.Add({"receipt", absl::BytesToHexString(statement.receipt_id())});
  table.Print(std::cout);
}

absl::Status Verify(VerifyCommand& command) {
  ASSIGN_OR_RETURN(const std::string text, ReadInput(command.receipt));
  const absl::StatusOr<ReadReceipt> read = ParseReceipt(text);
  if (!read.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(command.receipt, ": ", read.status().message()));
  }
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::VerifyReceiptRequest request;
  *request.mutable_receipt() = read->receipt;
  admin::v1::VerifyReceiptResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->VerifyReceipt(connection.NewCall().get(), request, &response)));
  const std::string fault = !response.valid()
                                ? "the signature is not this service's, or not of this statement"
                            : !read->about_agrees ? "\"about\" is not what was signed"
                                                  : "";
  PrintVerdict(*read, fault, command.admin.output);
  if (fault.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(command.receipt, ": the receipt is not valid: ", fault));
}

// What is to be destroyed is said on the command line and nowhere else.
void AddScopeOptions(CLI::App& purge, PurgeCommand& values) {
  purge.add_option("--tenant", values.tenant, "The tenant's name; required")->configurable(false);
  CLI::Option* const account =
      purge.add_option("--account", values.account, "Only this address of record's retained data")
          ->configurable(false);
  CLI::Option* const device =
      purge.add_option("--device", values.device, "Only this device's; with --account")
          ->needs(account)
          ->configurable(false);
  CLI::Option* const older_than =
      purge
          .add_option(
              "--older-than", values.older_than_s,
              "Only of devices that were silent for so long, such as 12h, 30d or 8w; from 1h "
              "to 3650d")
          ->configurable(false);
  older_than
      ->check(CLI::Validator(
          [](const std::string& seconds) {
            return CLI::Range(kHourS, kOlderThanMaxS)(seconds).empty()
                       ? std::string()
                       : std::string("it must be from 1h to 3650d");
          },
          ""))
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::int64_t>{{"h", kHourS}, {"d", kDayS}, {"w", 7 * kDayS}},
          CLI::AsNumberWithUnit::Options(CLI::AsNumberWithUnit::CASE_SENSITIVE |
                                         CLI::AsNumberWithUnit::UNIT_REQUIRED),
          "DURATION"))
      ->transform(CLI::Validator(
          [](const std::string& text) {
            // A unit alone would be taken for one of it.
            return !text.empty() && absl::ascii_isdigit(static_cast<unsigned char>(text.front()))
                       ? std::string()
                       : std::string("it must be a number and a unit, such as 30d");
          },
          ""));
  purge.add_flag("--everything", values.everything, "The tenant itself: its keys and all its data")
      ->excludes(account)
      ->excludes(device)
      ->excludes(older_than)
      ->configurable(false);
  CLI::Option* const dry_run =
      purge.add_flag("--dry-run", values.dry_run, "Count, and remove nothing")->configurable(false);
  purge.add_flag("--yes", values.yes, "Do not ask")->configurable(false);
  AddReceiptFileOption(purge, values.receipt_file)->excludes(dry_run)->configurable(false);
}

}  // namespace

void AddPurgeCommands(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<PurgeCommand>();
  values->admin.server.timeout_s = kPurgeTimeoutS;
  CLI::App* purge =
      app.add_subcommand("purge", "Remove retained data, or a whole tenant, for good");
  AddScopeOptions(*purge, *values);
  AddAdminOptions(*purge, values->admin);
  // Required by this command, not by the one below it; RunPurge() looks.
  purge->get_option("--admin-token-file")->required(false);
  purge->footer(
      "Says what will be removed and asks. Without --account, the retained contacts of all\n"
      "accounts; the directory stays unless --everything is given. Ends with a signed receipt.\n\n"
      "Example:\n"
      "  smart-contacts-admin purge --tenant acme --older-than 30d --receipt-file receipt.json \\\n"
      "    --admin-token-file admin.token");
  SetAction(*purge, kAdminProgram, exit_code, [values, purge] {
    return purge->get_subcommands().empty() ? RunPurge(*values) : absl::OkStatus();
  });

  auto verified = std::make_shared<VerifyCommand>();
  CLI::App* verify = purge->add_subcommand("verify", "Check a receipt of a purge or an erasure");
  verify->add_option("RECEIPT", verified->receipt, "The file; - for standard input")
      ->required()
      ->configurable(false);
  AddAdminOptions(*verify, verified->admin);
  verify->footer(
      "Shows what was signed. Exit code 0: valid. 1: not valid, or no receipt.\n\nExample:\n"
      "  smart-contacts-admin purge verify receipt.json --admin-token-file admin.token");
  SetAction(*verify, kAdminProgram, exit_code, [verified] { return Verify(*verified); });
}

}  // namespace smartcontacts::client
