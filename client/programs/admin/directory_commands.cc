// `smart-contacts-admin directory import|list|get|set|remove`.

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/table.h"
#include "client/programs/admin/commands.h"
#include "client/programs/admin/directory_importer.h"
#include "client/programs/json_output.h"
#include "smartcontacts/admin/v1/directory_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

// More rejected lines than this are counted, not shown.
constexpr std::size_t kRejectedShownMax = 50;

// A large directory takes minutes.
constexpr std::int64_t kImportTimeoutS = 3600;

struct DirectoryCommand {
  AdminOptions admin;
  std::string tenant;
  std::string file;
  ImportOptions import;
  DirectoryLine line{.enabled = true, .discoverable = true};  // of `set`
  std::vector<std::string> aors;
};

std::unique_ptr<admin::v1::DirectoryService::Stub> StubOf(const Connection& connection) {
  return admin::v1::DirectoryService::NewStub(connection.channel());
}

const char* AccessName(admin::v1::MatchingAccess access) {
  switch (access) {
    case admin::v1::MATCHING_ACCESS_ALLOWED:
      return "allowed";
    case admin::v1::MATCHING_ACCESS_DENIED:
      return "denied";
    default:
      return "inherit";
  }
}

void AddRow(const admin::v1::Subscriber& subscriber, cli::Table& table) {
  table.Add({subscriber.aor(), YesNo(subscriber.enabled()), YesNo(subscriber.discoverable()),
             AccessName(subscriber.matching_access()),
             absl::StrJoin(subscriber.identifiers(), " ")});
}

cli::Table SubscriberTable() {
  return cli::Table({"ADDRESS OF RECORD", "ENABLED", "DISCOVERABLE", "MATCHING", "IDENTIFIERS"});
}

void PrintImportJson(const ImportResult& result, const std::vector<RejectedLine>& rejected,
                     bool dry_run) {
  nlohmann::ordered_json document = {{"committed", result.counts.has_value() && !dry_run},
                                     {"dry_run", dry_run},
                                     {"lines", result.lines},
                                     {"rejected", result.rejected},
                                     {"rejected_lines", nlohmann::ordered_json::array()}};
  for (const RejectedLine& line : rejected) {
    document["rejected_lines"].push_back({{"line", line.line}, {"reason", line.reason}});
  }
  if (result.counts.has_value()) {
    document["added"] = result.counts->added_count();
    document["changed"] = result.counts->changed_count();
    document["removed"] = result.counts->removed_count();
    document["unchanged"] = result.counts->unchanged_count();
    document["revision"] = result.counts->revision();
  }
  std::cout << document.dump(2) << "\n";
}

void PrintImportTable(const ImportResult& result, const std::vector<RejectedLine>& rejected,
                      bool dry_run) {
  for (const RejectedLine& line : rejected)
    std::cout << "line " << line.line << ": " << line.reason << "\n";
  if (result.rejected > static_cast<std::int64_t>(rejected.size())) {
    std::cout << "and " << result.rejected - static_cast<std::int64_t>(rejected.size())
              << " more\n";
  }
  if (!result.counts.has_value()) return;
  std::cout << (dry_run ? "dry run, nothing was changed; it would be: " : "imported: ")
            << result.counts->added_count() << " added, " << result.counts->changed_count()
            << " changed, " << result.counts->removed_count() << " removed, "
            << result.counts->unchanged_count() << " unchanged, " << result.rejected
            << " lines rejected; revision " << result.counts->revision() << "\n";
}

absl::Status Import(DirectoryCommand& command) {
  std::ifstream file(command.file, std::ios::binary);
  if (!file) return absl::UnavailableError(absl::StrCat(command.file, ": ", std::strerror(errno)));
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  command.import.tenant = command.tenant;
  std::vector<RejectedLine> rejected;
  const bool terminal = isatty(STDERR_FILENO) == 1;
  absl::StatusOr<ImportResult> result = ImportDirectory(
      connection, command.import, file,
      [&rejected](const RejectedLine& line) {
        if (rejected.size() < kRejectedShownMax) rejected.push_back(line);
      },
      [terminal](std::int64_t lines) {
        if (terminal) std::cerr << "\r" << lines << " lines" << std::flush;
      });
  if (terminal) std::cerr << "\r\033[K";
  if (absl::IsInvalidArgument(result.status()) || absl::IsDataLoss(result.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat(command.file, ": ", result.status().message(), "; nothing was changed"));
  }
  RETURN_IF_ERROR(result.status());
  (command.admin.output == Output::kJson ? PrintImportJson : PrintImportTable)(
      *result, rejected, command.import.dry_run);
  if (!result->counts.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        result->rejected, " of ", result->lines,
        " lines were rejected; nothing was changed. Correct them, or import the others "
        "with --skip-rejected (subscribers of rejected lines are removed then)"));
  }
  return absl::OkStatus();
}

absl::Status List(DirectoryCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  const auto stub = StubOf(connection);
  admin::v1::ListSubscribersRequest request;
  request.set_tenant_id(command.tenant);
  request.set_page_size(1000);
  admin::v1::ListSubscribersResponse all;
  do {
    admin::v1::ListSubscribersResponse page;
    RETURN_IF_ERROR(ToStatus(stub->ListSubscribers(connection.NewCall().get(), request, &page)));
    all.mutable_subscribers()->MergeFrom(page.subscribers());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (command.admin.output == Output::kJson) return PrintJson(all);
  cli::Table table = SubscriberTable();
  for (const admin::v1::Subscriber& subscriber : all.subscribers()) AddRow(subscriber, table);
  table.Print(std::cout);
  return absl::OkStatus();
}

absl::Status Get(DirectoryCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::GetSubscriberRequest request;
  request.set_tenant_id(command.tenant);
  request.set_aor(command.aors.front());
  admin::v1::GetSubscriberResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->GetSubscriber(connection.NewCall().get(), request, &response)));
  if (command.admin.output == Output::kJson) return PrintJson(response.subscriber());
  cli::Table table = SubscriberTable();
  AddRow(response.subscriber(), table);
  table.Print(std::cout);
  return absl::OkStatus();
}

absl::Status Set(DirectoryCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  ASSIGN_OR_RETURN(const TenantNumbers numbers, FetchTenantNumbers(connection, command.tenant));
  command.line.aor = command.aors.front();
  admin::v1::UpsertSubscribersRequest request;
  request.set_tenant_id(command.tenant);
  ASSIGN_OR_RETURN(*request.add_subscribers(),
                   ToSubscriber(command.line, numbers.tenant, numbers.normalizer));
  admin::v1::UpsertSubscribersResponse response;
  RETURN_IF_ERROR(ToStatus(
      StubOf(connection)->UpsertSubscribers(connection.NewCall().get(), request, &response)));
  if (command.admin.output == Output::kJson) return PrintJson(response);
  std::cout << (response.added_count() > 0     ? "added"
                : response.changed_count() > 0 ? "changed"
                                               : "unchanged")
            << "; revision " << response.revision() << "\n";
  return absl::OkStatus();
}

absl::Status Remove(DirectoryCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::RemoveSubscribersRequest request;
  request.set_tenant_id(command.tenant);
  for (const std::string& aor : command.aors) request.add_aors(aor);
  admin::v1::RemoveSubscribersResponse response;
  RETURN_IF_ERROR(ToStatus(
      StubOf(connection)->RemoveSubscribers(connection.NewCall().get(), request, &response)));
  if (command.admin.output == Output::kJson) return PrintJson(response);
  std::cout << response.removed_count() << " removed; revision " << response.revision() << "\n";
  return absl::OkStatus();
}

void AddSubscriberOptions(CLI::App& command, DirectoryLine& line) {
  command.add_option("--number", line.numbers, "As people write it; may be given several times");
  command.add_option("--extension", line.extension, "Of the PBX");
  command.add_option("--enabled", line.enabled, "true or false")->capture_default_str();
  command.add_option("--discoverable", line.discoverable, "true or false")->capture_default_str();
  command.add_option("--matching", line.matching_access, "inherit, allowed or denied")
      ->transform(CLI::CheckedTransformer(std::map<std::string, MatchingAccess>{
                                              {"inherit", MatchingAccess::kTenantDefault},
                                              {"allowed", MatchingAccess::kAllowed},
                                              {"denied", MatchingAccess::kDenied}})
                      .description(""));
}

}  // namespace

void AddDirectoryCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("directory", "The subscribers of a tenant");
  const auto add = [&](const char* name, const char* help, const char* arguments,
                       absl::Status (*run)(DirectoryCommand&)) {
    return AddCommandForTenant(*group, name, help, arguments, exit_code, run);
  };

  const auto [import, import_values] =
      add("import", "Make the directory exactly what a file says, all or nothing", " directory.csv",
          Import);
  import_values->admin.server.timeout_s = kImportTimeoutS;
  import->get_option("--timeout-s")->capture_default_str();
  import->add_option("FILE", import_values->file, "CSV or JSON lines; docs/directory-file.md")
      ->required()
      ->configurable(false);
  import->add_flag("--dry-run", import_values->import.dry_run, "Count what would change");
  import->add_flag("--allow-large-removal", import_values->import.allow_large_removal,
                   "Even if more than a fifth of the subscribers would be removed");
  import->add_flag("--skip-rejected", import_values->import.skip_rejected,
                   "Import the other lines although some are rejected");

  add("list", "Show all subscribers", "", List);

  const auto [get, get_values] = add("get", "Show one subscriber", " sip:101@acme.example", Get);
  get->add_option("AOR", get_values->aors, "Address of record")
      ->required()
      ->expected(1)
      ->configurable(false);

  const auto [set, set_values] = add("set", "Add a subscriber or replace it",
                                     " sip:101@acme.example --number '+49 30 23125101'", Set);
  set->add_option("AOR", set_values->aors, "Address of record")
      ->required()
      ->expected(1)
      ->configurable(false);
  AddSubscriberOptions(*set, set_values->line);

  const auto [remove, remove_values] =
      add("remove", "Remove subscribers", " sip:101@acme.example", Remove);
  remove->add_option("AOR", remove_values->aors, "Addresses of record")
      ->required()
      ->configurable(false);
}

}  // namespace smartcontacts::client
