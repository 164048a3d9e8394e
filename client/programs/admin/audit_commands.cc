// `smart-contacts-admin audit list|verify`.

#include <google/protobuf/util/time_util.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/programs/admin/commands.h"
#include "client/programs/json_output.h"
#include "client/programs/receipt_output.h"
#include "smartcontacts/admin/v1/audit_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr int kPageSize = 1000;

struct AuditCommand {
  AdminOptions admin;
  std::string tenant;
};

// All pages as one message.
absl::Status List(AuditCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  const auto stub = admin::v1::AuditService::NewStub(connection.channel());
  admin::v1::ListAuditEntriesRequest request;
  request.set_tenant_id(command.tenant);
  request.set_page_size(kPageSize);
  admin::v1::ListAuditEntriesResponse all;
  do {
    admin::v1::ListAuditEntriesResponse page;
    RETURN_IF_ERROR(ToStatus(stub->ListAuditEntries(connection.NewCall().get(), request, &page)));
    all.mutable_entries()->MergeFrom(page.entries());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (command.admin.output == Output::kJson) return PrintJson(all);
  cli::Table table({"ENTRY", "TIME", "WHO", "WHAT", "HOW MUCH"});
  for (const admin::v1::AuditEntry& entry : all.entries()) {
    table.Add({absl::StrCat(entry.sequence()),
               google::protobuf::util::TimeUtil::ToString(entry.time()), entry.actor(),
               entry.action(), entry.counts().empty() ? "" : CountsText(entry.counts())});
  }
  table.Print(std::cout);
  return absl::OkStatus();
}

absl::Status Verify(AuditCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::VerifyAuditChainRequest request;
  request.set_tenant_id(command.tenant);
  admin::v1::VerifyAuditChainResponse response;
  RETURN_IF_ERROR(ToStatus(admin::v1::AuditService::NewStub(connection.channel())
                               ->VerifyAuditChain(connection.NewCall().get(), request, &response)));
  if (command.admin.output == Output::kJson) {
    RETURN_IF_ERROR(PrintJson(response));
  } else if (response.valid()) {
    std::cout << "valid: all " << response.entry_count() << " entries are as they were written\n";
  }
  if (response.valid()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "the audit log is not as it was written: entry ", response.first_invalid_sequence(),
      " is the first that was altered or is missing (", response.entry_count(),
      " were checked). Compare it with a backup, and find out who can write to the "
      "database"));
}

}  // namespace

void AddAuditCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("audit", "The log of what was done to a tenant");
  AddCommandForTenant(*group, "list", "Show all entries, the oldest first", "", exit_code, List);
  AddCommandForTenant(*group, "verify", "Check that no entry was altered; exit code 1 if one was",
                      "", exit_code, Verify);
}

}  // namespace smartcontacts::client
