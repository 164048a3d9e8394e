// `smart-contacts-admin tenant create|update|get|list|suspend|resume`.

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/table.h"
#include "client/programs/admin/commands.h"
#include "client/programs/json_output.h"
#include "client/programs/private_mode_name.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr std::int64_t kDayS = 24 * 3600;
constexpr std::int64_t kRetentionDaysMax = 366;

struct TenantCommand {
  AdminOptions admin;
  admin::v1::Tenant tenant;
  std::vector<std::string> sip_domains;
  bool matching_enabled = true;
  v1::PrivateMode private_mode = v1::PRIVATE_MODE_OFF;
  std::int64_t retention_days = 0;
  bool no_retention = false;
};

std::unique_ptr<admin::v1::TenantService::Stub> StubOf(const Connection& connection) {
  return admin::v1::TenantService::NewStub(connection.channel());
}

std::string RetentionText(const v1::RetentionPolicy& retention) {
  if (!retention.offered()) return "not offered";
  return absl::StrCat("offered; forgotten after ", retention.period().seconds() / kDayS,
                      " days of silence");
}

// What --retention-days or --no-retention ask for.
v1::RetentionPolicy RetentionOf(const TenantCommand& command) {
  v1::RetentionPolicy retention;
  if (command.retention_days == 0) return retention;
  retention.set_offered(true);
  retention.mutable_period()->set_seconds(command.retention_days * kDayS);
  return retention;
}

absl::Status Show(const admin::v1::Tenant& tenant, Output output) {
  if (output == Output::kJson) return PrintJson(tenant);
  const v1::DialPlan& plan = tenant.policy().dial_plan();
  cli::Table table({"TENANT", tenant.tenant_id()});
  table.Add(
      {"state", tenant.state() == admin::v1::TENANT_STATE_SUSPENDED ? "suspended" : "active"});
  table.Add({"SIP domains", absl::StrJoin(tenant.sip_domains(), ", ")});
  table.Add({"matching", tenant.policy().matching_enabled() ? "on" : "off"});
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

absl::Status Create(TenantCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::CreateTenantRequest request;
  *request.mutable_tenant() = command.tenant;
  for (const std::string& domain : command.sip_domains)
    request.mutable_tenant()->add_sip_domains(domain);
  admin::v1::TenantPolicy& policy = *request.mutable_tenant()->mutable_policy();
  policy.set_matching_enabled(command.matching_enabled);
  policy.set_private_mode(command.private_mode);
  *policy.mutable_retention() = RetentionOf(command);
  admin::v1::CreateTenantResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->CreateTenant(connection.NewCall().get(), request, &response)));
  return Show(response.tenant(), command.admin.output);
}

absl::Status Get(TenantCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::GetTenantRequest request;
  request.set_tenant_id(command.tenant.tenant_id());
  admin::v1::GetTenantResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->GetTenant(connection.NewCall().get(), request, &response)));
  return Show(response.tenant(), command.admin.output);
}

// All pages as one message.
absl::Status List(TenantCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  const auto stub = StubOf(connection);
  admin::v1::ListTenantsResponse all;
  admin::v1::ListTenantsRequest request;
  do {
    admin::v1::ListTenantsResponse page;
    RETURN_IF_ERROR(ToStatus(stub->ListTenants(connection.NewCall().get(), request, &page)));
    all.mutable_tenants()->MergeFrom(page.tenants());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (command.admin.output == Output::kJson) return PrintJson(all);
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

absl::Status Send(TenantCommand& command, const admin::v1::UpdateTenantRequest& request) {
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  admin::v1::UpdateTenantResponse response;
  RETURN_IF_ERROR(
      ToStatus(StubOf(connection)->UpdateTenant(connection.NewCall().get(), request, &response)));
  return Show(response.tenant(), command.admin.output);
}

absl::Status SetState(TenantCommand& command, admin::v1::TenantState state) {
  admin::v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_tenant_id(command.tenant.tenant_id());
  request.mutable_tenant()->set_state(state);
  request.mutable_update_mask()->add_paths("state");
  return Send(command, request);
}

// Fills in what was named on the command line, apart from the dial plan.
void NameChanges(const TenantCommand& command, const CLI::App& app,
                 admin::v1::UpdateTenantRequest& request) {
  admin::v1::TenantPolicy& policy = *request.mutable_tenant()->mutable_policy();
  const auto given = [&app](const char* option) { return app.count(option) > 0; };
  if (given("--sip-domain")) {
    for (const std::string& domain : command.sip_domains)
      request.mutable_tenant()->add_sip_domains(domain);
    request.mutable_update_mask()->add_paths("sip_domains");
  }
  if (given("--matching-enabled")) {
    policy.set_matching_enabled(command.matching_enabled);
    request.mutable_update_mask()->add_paths("policy.matching_enabled");
  }
  if (given("--private-mode")) {
    policy.set_private_mode(command.private_mode);
    request.mutable_update_mask()->add_paths("policy.private_mode");
  }
  if (given("--retention-days") || given("--no-retention")) {
    *policy.mutable_retention() = RetentionOf(command);
    request.mutable_update_mask()->add_paths("policy.retention");
  }
  if (given("--privacy-policy-version")) {
    policy.set_privacy_policy_version(command.tenant.policy().privacy_policy_version());
    request.mutable_update_mask()->add_paths("policy.privacy_policy_version");
  }
  if (given("--privacy-policy-uri")) {
    policy.set_privacy_policy_uri(command.tenant.policy().privacy_policy_uri());
    request.mutable_update_mask()->add_paths("policy.privacy_policy_uri");
  }
}

// Changes what was named on the command line. A dial plan is read first and written whole.
absl::Status Update(TenantCommand& command, const CLI::App& app) {
  admin::v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_tenant_id(command.tenant.tenant_id());
  NameChanges(command, app, request);
  admin::v1::TenantPolicy& policy = *request.mutable_tenant()->mutable_policy();
  const v1::DialPlan& wanted = command.tenant.policy().dial_plan();
  const std::pair<const char*, void (*)(const v1::DialPlan&, v1::DialPlan&)> plan_options[] = {
      {"--region",
       [](const auto& from, auto& to) { to.set_default_region(from.default_region()); }},
      {"--outside-line-prefix",
       [](const auto& from, auto& to) { to.set_outside_line_prefix(from.outside_line_prefix()); }},
      {"--international-prefix",
       [](const auto& from, auto& to) {
         to.set_international_prefix(from.international_prefix());
       }},
      {"--national-prefix",
       [](const auto& from, auto& to) { to.set_national_prefix(from.national_prefix()); }},
      {"--extension-pattern",
       [](const auto& from, auto& to) { to.set_extension_pattern(from.extension_pattern()); }},
      {"--phone-context",
       [](const auto& from, auto& to) { to.set_phone_context(from.phone_context()); }},
  };
  ASSIGN_OR_RETURN(const Connection connection, command.admin.Connect());
  for (const auto& [option, copy] : plan_options) {
    if (app.count(option) == 0) continue;
    if (!policy.has_dial_plan()) {
      admin::v1::GetTenantRequest get;
      get.set_tenant_id(command.tenant.tenant_id());
      admin::v1::GetTenantResponse current;
      RETURN_IF_ERROR(
          ToStatus(StubOf(connection)->GetTenant(connection.NewCall().get(), get, &current)));
      *policy.mutable_dial_plan() = current.tenant().policy().dial_plan();
      request.mutable_update_mask()->add_paths("policy.dial_plan");
    }
    copy(wanted, *policy.mutable_dial_plan());
  }
  if (request.update_mask().paths().empty()) {
    return absl::InvalidArgumentError("nothing to change: name an option (see --help)");
  }
  RETURN_IF_ERROR(Send(command, request));
  if (policy.has_dial_plan()) {
    std::cerr << "The dial plan has changed. The directory was normalised under the one before: "
                 "import it again.\n";
  }
  return absl::OkStatus();
}

void AddName(CLI::App& command, TenantCommand& values) {
  command
      .add_option_function<std::string>(
          "TENANT", [&values](const std::string& name) { values.tenant.set_tenant_id(name); },
          "The tenant's name")
      ->required()
      ->configurable(false);
}

void AddPolicyOptions(CLI::App& command, TenantCommand& values, bool required) {
  v1::DialPlan* const plan = values.tenant.mutable_policy()->mutable_dial_plan();
  const auto add = [&command](const char* name, auto set, const char* help) {
    return command.add_option_function<std::string>(name, set, help);
  };
  command
      .add_option("--sip-domain", values.sip_domains,
                  "Of its subscribers; may be given several times")
      ->required(required);
  add(
      "--region", [plan](const std::string& text) { plan->set_default_region(text); },
      "ISO 3166-1 country of numbers without a country code, such as DE")
      ->required(required);
  add(
      "--outside-line-prefix",
      [plan](const std::string& text) { plan->set_outside_line_prefix(text); },
      "Digits dialled to reach a public line, such as 0 or 9");
  add(
      "--international-prefix",
      [plan](const std::string& text) { plan->set_international_prefix(text); },
      "Digits that stand for '+' [the region's]");
  add(
      "--national-prefix", [plan](const std::string& text) { plan->set_national_prefix(text); },
      "Digits before a national number [the region's]");
  add(
      "--extension-pattern", [plan](const std::string& text) { plan->set_extension_pattern(text); },
      "Which 2 to 6 digits are extensions, such as [1-7][0-9]{2}");
  add(
      "--phone-context", [plan](const std::string& text) { plan->set_phone_context(text); },
      "The domain that makes an extension unique");
  command.add_option("--matching-enabled", values.matching_enabled,
                     "true or false; a subscriber's own setting overrides it");
  command.add_option("--private-mode", values.private_mode, "off, offered or required")
      ->transform(CLI::CheckedTransformer(std::map<std::string, v1::PrivateMode>{
                                              {"off", v1::PRIVATE_MODE_OFF},
                                              {"offered", v1::PRIVATE_MODE_OFFERED},
                                              {"required", v1::PRIVATE_MODE_REQUIRED}})
                      .description(""));
}

void AddRetentionOptions(CLI::App& command, TenantCommand& values) {
  admin::v1::TenantPolicy* const policy = values.tenant.mutable_policy();
  CLI::Option* const days =
      command
          .add_option("--retention-days", values.retention_days,
                      "Offer to retain contacts, and forget a device that is silent for so long")
          ->check(CLI::Range(std::int64_t{1}, kRetentionDaysMax));
  command.add_flag("--no-retention", values.no_retention, "Offer it no more")->excludes(days);
  command.add_option_function<std::string>(
      "--privacy-policy-version",
      [policy](const std::string& text) { policy->set_privacy_policy_version(text); },
      "What a consent names, such as 2026-11; needed for retention");
  command.add_option_function<std::string>(
      "--privacy-policy-uri",
      [policy](const std::string& text) { policy->set_privacy_policy_uri(text); },
      "Where people read it (https); needed for retention");
}

}  // namespace

void AddTenantCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("tenant", "PBX tenants and their policies");
  const auto add = [&](const char* name, const char* help, const char* example) {
    auto command = std::make_shared<TenantCommand>();
    CLI::App* subcommand = group->add_subcommand(name, help);
    subcommand->footer(absl::StrCat("Example:\n  smart-contacts-admin tenant ", name, example,
                                    " --admin-token-file admin.token"));
    AddAdminOptions(*subcommand, command->admin);
    return std::pair(subcommand, command);
  };
  const auto act = [&exit_code](CLI::App& command, std::function<absl::Status()> run) {
    SetAction(command, kAdminProgram, exit_code, std::move(run));
  };

  const auto [create, create_values] =
      add("create", "Make a tenant",
          " acme --sip-domain acme.example --region DE --outside-line-prefix 0 \\\n"
          "    --extension-pattern '[1-7][0-9]{2}' --phone-context acme.example");
  AddName(*create, *create_values);
  AddPolicyOptions(*create, *create_values, /*required=*/true);
  AddRetentionOptions(*create, *create_values);
  act(*create, [values = create_values] { return Create(*values); });

  const auto [update, update_values] =
      add("update", "Change what is named, and nothing else", " acme --matching-enabled false");
  AddName(*update, *update_values);
  AddPolicyOptions(*update, *update_values, /*required=*/false);
  AddRetentionOptions(*update, *update_values);
  act(*update, [values = update_values, app = update] { return Update(*values, *app); });

  const auto [get, get_values] = add("get", "Show a tenant", " acme");
  AddName(*get, *get_values);
  act(*get, [values = get_values] { return Get(*values); });

  const auto [list, list_values] = add("list", "Show all tenants", "");
  act(*list, [values = list_values] { return List(*values); });

  const auto [suspend, suspend_values] =
      add("suspend", "Refuse all calls of its accounts; the data stays", " acme");
  AddName(*suspend, *suspend_values);
  act(*suspend,
      [values = suspend_values] { return SetState(*values, admin::v1::TENANT_STATE_SUSPENDED); });

  const auto [resume, resume_values] = add("resume", "Serve a suspended tenant again", " acme");
  AddName(*resume, *resume_values);
  act(*resume,
      [values = resume_values] { return SetState(*values, admin::v1::TENANT_STATE_ACTIVE); });
}

}  // namespace smartcontacts::client
