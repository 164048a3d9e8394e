// `smart-contacts policy`.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_POLICY_COMMAND_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_POLICY_COMMAND_H_

#include <CLI/CLI.hpp>
#include <memory>

namespace smartcontacts::client {

struct PolicyCommand;

// Adds the command; what it returns holds the options' values and must outlive parsing.
std::shared_ptr<PolicyCommand> AddPolicyCommand(CLI::App& app, int& exit_code);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_POLICY_COMMAND_H_
