// `smart-contacts-admin epoch rotate|list`.

#include <google/protobuf/util/time_util.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/programs/admin/commands.h"
#include "client/programs/json_output.h"
#include "smartcontacts/admin/v1/epoch_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

using google::protobuf::util::TimeUtil;

struct EpochCommand {
  AdminOptions admin;
  std::string tenant;
  std::int64_t overlap_hours = 7 * 24;
};

std::string StateText(const admin::v1::EpochStatus& epoch) {
  switch (epoch.state()) {
    case admin::v1::EPOCH_STATE_PREPARING:
      return absl::StrCat("preparing, ", epoch.progress() / 100, " %");
    case admin::v1::EPOCH_STATE_CURRENT:
      return "current";
    default:
      return "overlapping";
  }
}

absl::Status Rotate(EpochCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::RotateEpochRequest request;
  request.set_tenant_id(command.tenant);
  *request.mutable_overlap() = TimeUtil::HoursToDuration(command.overlap_hours);
  admin::v1::RotateEpochResponse response;
  RETURN_IF_ERROR(ToStatus(admin::v1::EpochService::NewStub(connection.channel())
                               ->RotateEpoch(connection.NewCall().get(), request, &response)));
  if (command.admin.output == Output::kJson) return PrintJson(response.epoch());
  if (response.epoch().state() == admin::v1::EPOCH_STATE_PREPARING) {
    std::cout << "epoch " << response.epoch().number()
              << " is being prepared: it becomes current when its sealed directory is complete; "
                 "`epoch list` shows how far it is\n";
    return absl::OkStatus();
  }
  std::cout << "epoch " << response.epoch().number()
            << " is current; the one before is accepted for " << command.overlap_hours
            << " h more\n";
  return absl::OkStatus();
}

absl::Status ListEpochsOf(EpochCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::ListEpochsRequest request;
  request.set_tenant_id(command.tenant);
  admin::v1::ListEpochsResponse response;
  RETURN_IF_ERROR(ToStatus(admin::v1::EpochService::NewStub(connection.channel())
                               ->ListEpochs(connection.NewCall().get(), request, &response)));
  if (command.admin.output == Output::kJson) return PrintJson(response);
  cli::Table table({"EPOCH", "STATE", "SINCE", "UNTIL"});
  for (const admin::v1::EpochStatus& epoch : response.epochs()) {
    table.Add({absl::StrCat(epoch.number()), StateText(epoch),
               epoch.has_create_time() ? TimeUtil::ToString(epoch.create_time()) : "",
               epoch.has_expire_time() ? TimeUtil::ToString(epoch.expire_time()) : ""});
  }
  table.Print(std::cout);
  return absl::OkStatus();
}

}  // namespace

void AddEpochCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("epoch", "The versions of a tenant's salt");
  const auto [rotate, rotate_values] =
      AddCommandForTenant(*group, "rotate", "Start a new epoch", "", exit_code, Rotate);
  rotate
      ->add_option("--overlap-hours", rotate_values->overlap_hours,
                   "How long the epoch before stays accepted")
      ->capture_default_str()
      ->check(CLI::Range(0, 90 * 24));
  AddCommandForTenant(*group, "list", "Show the epochs in use", "", exit_code, ListEpochsOf);
}

}  // namespace smartcontacts::client
