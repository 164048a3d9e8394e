// `smart-contacts-admin tenant create|update|get|list|suspend|resume`.

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/table.h"
#include "client/matching/policy.h"
#include "client/normalization/normalizer.h"
#include "client/programs/admin/commands.h"
#include "client/programs/admin/policy_options.h"
#include "client/programs/json_output.h"
#include "client/programs/private_mode_name.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr std::int64_t kDayS = 24 * 3600;

struct TenantCommand {
  AdminOptions admin;
  std::string tenant;
  std::vector<std::string> sip_domains;
  PolicyOptions policy;
};

std::unique_ptr<admin::v1::TenantService::Stub> StubOf(const Connection& connection) {
  return admin::v1::TenantService::NewStub(connection.channel());
}

std::string RetentionText(const v1::RetentionPolicy& retention) {
  if (!retention.offered()) return "not offered";
  return absl::StrCat("offered; forgotten after ", retention.period().seconds() / kDayS,
                      " days of silence");
}

std::string QuotaText(std::int64_t capacity, std::int64_t refill_per_day) {
  return absl::StrCat(capacity, " at once, ", refill_per_day, " more each day");
}

absl::Status Show(const admin::v1::Tenant& tenant, Output output) {
  if (output == Output::kJson) return PrintJson(tenant);
  const v1::DialPlan& plan = tenant.policy().dial_plan();
  cli::Table table({"TENANT", tenant.tenant_id()});
  table.Add(
      {"state", tenant.state() == admin::v1::TENANT_STATE_SUSPENDED ? "suspended" : "active"});
  table.Add({"SIP domains", absl::StrJoin(tenant.sip_domains(), ", ")});
  table.Add({"matching", tenant.policy().matching_enabled() ? "on" : "off"});
  const v1::MatchQuota& quota = tenant.policy().match_quota();
  table.Add({"match quota", QuotaText(quota.full_capacity(), quota.full_refill_per_day())});
  table.Add({"incremental match quota",
             QuotaText(quota.incremental_capacity(), quota.incremental_refill_per_day())});
  table.Add({"evaluation quota",
             QuotaText(quota.evaluation_capacity(), quota.evaluation_refill_per_day())});
  table.Add({"check interval", absl::StrCat(tenant.policy().check_interval().seconds(), " s")});
  table.Add({"private mode", PrivateModeName(tenant.policy().private_mode())});
  table.Add({"retention", RetentionText(tenant.policy().retention())});
  table.Add({"privacy policy", absl::StrCat(tenant.policy().privacy_policy_version(), " ",
                                            tenant.policy().privacy_policy_uri())});
  table.Add({"default region", plan.default_region()});
  table.Add({"outside-line prefix", plan.outside_line_prefix()});
  table.Add({"international prefix", plan.international_prefix()});
  table.Add({"national prefix", plan.national_prefix()});
  table.Add({"extensions", plan.extension_pattern()});
  table.Add({"phone-context", plan.phone_context()});
  table.Add({"directory revision", absl::StrCat(tenant.revision())});
  table.Add({"epoch", absl::StrCat(tenant.epoch())});
  table.Print(std::cout);
  return absl::OkStatus();
}

// What the service cannot see: whether a client can follow it.
absl::Status CheckDialPlan(const admin::v1::TenantPolicy& policy) {
  return Normalizer::Create(DialPlanOf(policy.dial_plan())).status();
}

absl::Status Create(TenantCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::CreateTenantRequest request;
  admin::v1::Tenant& tenant = *request.mutable_tenant();
  tenant.set_tenant_id(command.tenant);
  tenant.mutable_sip_domains()->Assign(command.sip_domains.begin(), command.sip_domains.end());
  command.policy.Apply(*tenant.mutable_policy());
  RETURN_IF_ERROR(CheckDialPlan(tenant.policy()));
  admin::v1::CreateTenantResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->CreateTenant(connection.NewCall().get(), request, &response)));
  return Show(response.tenant(), command.admin.output);
}

absl::StatusOr<admin::v1::Tenant> Read(const TenantCommand& command, const Connection& connection) {
  admin::v1::GetTenantRequest request;
  request.set_tenant_id(command.tenant);
  admin::v1::GetTenantResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->GetTenant(connection.NewCall().get(), request, &response)));
  return response.tenant();
}

absl::Status Get(TenantCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  ASSIGN_OR_RETURN(const admin::v1::Tenant tenant, Read(command, connection));
  return Show(tenant, command.admin.output);
}

// All pages as one message.
absl::Status List(AdminOptions& options) {
  ASSIGN_OR_RETURN(const Connection connection, options.Connect());
  const auto stub = StubOf(connection);
  admin::v1::ListTenantsResponse all;
  admin::v1::ListTenantsRequest request;
  do {
    admin::v1::ListTenantsResponse page;
    RETURN_IF_ERROR(ToStatus(stub->ListTenants(connection.NewCall().get(), request, &page)));
    all.mutable_tenants()->MergeFrom(page.tenants());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (options.output == Output::kJson) return PrintJson(all);
  cli::Table table({"TENANT", "STATE", "SIP DOMAINS", "MATCHING", "REVISION", "EPOCH"});
  for (const admin::v1::Tenant& tenant : all.tenants()) {
    table.Add({tenant.tenant_id(),
               tenant.state() == admin::v1::TENANT_STATE_SUSPENDED ? "suspended" : "active",
               absl::StrJoin(tenant.sip_domains(), ", "),
               tenant.policy().matching_enabled() ? "on" : "off", absl::StrCat(tenant.revision()),
               absl::StrCat(tenant.epoch())});
  }
  table.Print(std::cout);
  return absl::OkStatus();
}

absl::Status Send(const TenantCommand& command, const Connection& connection,
                  const admin::v1::UpdateTenantRequest& request) {
  admin::v1::UpdateTenantResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->UpdateTenant(connection.NewCall().get(), request, &response)));
  return Show(response.tenant(), command.admin.output);
}

absl::Status SetState(TenantCommand& command, admin::v1::TenantState state) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_tenant_id(command.tenant);
  request.mutable_tenant()->set_state(state);
  request.mutable_update_mask()->add_paths("state");
  return Send(command, connection, request);
}

absl::Status Suspend(TenantCommand& command) {
  return SetState(command, admin::v1::TENANT_STATE_SUSPENDED);
}

absl::Status Resume(TenantCommand& command) {
  return SetState(command, admin::v1::TENANT_STATE_ACTIVE);
}

// Changes what was named on the command line. A field of the policy is read first and written
// whole.
absl::Status Update(TenantCommand& command) {
  admin::v1::UpdateTenantRequest request;
  admin::v1::Tenant& tenant = *request.mutable_tenant();
  tenant.set_tenant_id(command.tenant);
  if (!command.sip_domains.empty()) {
    tenant.mutable_sip_domains()->Assign(command.sip_domains.begin(), command.sip_domains.end());
    request.mutable_update_mask()->add_paths("sip_domains");
  }
  for (const std::string& path : command.policy.paths())
    request.mutable_update_mask()->add_paths(path);
  if (request.update_mask().paths().empty()) {
    return absl::InvalidArgumentError("nothing to change: name an option (see --help)");
  }
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  ASSIGN_OR_RETURN(const admin::v1::Tenant current, Read(command, connection));
  *tenant.mutable_policy() = current.policy();
  command.policy.Apply(*tenant.mutable_policy());
  const bool dial_plan_changes = command.policy.paths().contains("policy.dial_plan");
  if (dial_plan_changes) RETURN_IF_ERROR(CheckDialPlan(tenant.policy()));
  RETURN_IF_ERROR(Send(command, connection, request));
  if (dial_plan_changes) {
    std::cerr << "The dial plan has changed. The directory was normalised under the one before: "
                 "import it again.\n";
  }
  return absl::OkStatus();
}

void AddPolicy(CLI::App& command, TenantCommand& values, bool required) {
  command
      .add_option("--sip-domain", values.sip_domains,
                  "Of its subscribers; may be given several times")
      ->required(required);
  values.policy.AddTo(command, required);
}

}  // namespace

void AddTenantCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("tenant", "PBX tenants and their policies");
  const auto add = [&](const char* name, const char* help, const char* arguments,
                       absl::Status (*run)(TenantCommand&)) {
    return AddCommandForTenant(*group, name, help, arguments, exit_code, run);
  };
  const auto [create, create_values] =
      add("create", "Make a tenant",
          " --sip-domain acme.example --region DE --outside-line-prefix 0 \\\n"
          "    --extension-pattern '[1-7][0-9]{2}' --phone-context acme.example",
          Create);
  AddPolicy(*create, *create_values, /*required=*/true);
  const auto [update, update_values] =
      add("update", "Change what is named, and nothing else", " --matching-enabled false", Update);
  AddPolicy(*update, *update_values, /*required=*/false);
  add("get", "Show a tenant", "", Get);
  add("suspend", "Refuse all calls of its accounts; the data stays", "", Suspend);
  add("resume", "Serve a suspended tenant again", "", Resume);

  auto list_options = std::make_shared<AdminOptions>();
  CLI::App* list = group->add_subcommand("list", "Show all tenants");
  AddAdminOptions(*list, *list_options);
  list->footer("Example:\n  smart-contacts-admin tenant list --admin-token-file admin.token");
  SetAction(*list, kAdminProgram, exit_code, [list_options] { return List(*list_options); });
}

}  // namespace smartcontacts::client
