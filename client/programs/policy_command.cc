#include "client/programs/policy_command.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/matching/policy.h"
#include "client/programs/json_output.h"
#include "client/programs/options.h"
#include "client/programs/private_mode_name.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

struct PolicyCommand {
  ServerOptions server;
  Output output = Output::kTable;
};

namespace {

absl::Status Run(PolicyCommand& command) {
  ASSIGN_OR_RETURN(const Connection connection, command.server.Connect());
  ASSIGN_OR_RETURN(v1::GetPolicyResponse policy, FetchPolicy(connection));
  // The salt is not for screens.
  policy.mutable_epoch()->clear_salt();
  if (command.output == Output::kJson) return PrintJson(policy);
  const v1::DialPlan& plan = policy.dial_plan();
  cli::Table table({"POLICY", "VALUE"});
  table.Add({"matching allowed", YesNo(policy.matching_allowed())});
  table.Add({"epoch", absl::StrCat(policy.epoch().number())});
  table.Add({"default region", plan.default_region()});
  table.Add({"outside-line prefix", plan.outside_line_prefix()});
  table.Add({"international prefix", plan.international_prefix()});
  table.Add({"national prefix", plan.national_prefix()});
  table.Add({"extensions", plan.extension_pattern()});
  table.Add({"phone-context", plan.phone_context()});
  table.Add({"private mode", PrivateModeName(policy.private_mode())});
  table.Add({"retention", policy.retention().offered() ? "offered" : "not offered"});
  table.Add({"digests per message", absl::StrCat(policy.limits().digests_per_message_max())});
  table.Add(
      {"full matching at once", absl::StrCat(policy.match_quota().full_capacity(), " digests")});
  table.Add({"full matching per day",
             absl::StrCat(policy.match_quota().full_refill_per_day(), " digests")});
  table.Print(std::cout);
  return absl::OkStatus();
}

}  // namespace

std::shared_ptr<PolicyCommand> AddPolicyCommand(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<PolicyCommand>();
  CLI::App* policy = app.add_subcommand("policy", "Show what the tenant asks of clients");
  AddServerOptions(*policy, command->server);
  AddOutputOption(*policy, command->output);
  policy->footer("Example:\n  smart-contacts policy --server pbx.example:8443 --token-file token");
  SetAction(*policy, "smart-contacts", exit_code, [command] { return Run(*command); });
  return command;
}

}  // namespace smartcontacts::client
