// The options that say what a tenant asks of clients.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_POLICY_OPTIONS_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_POLICY_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "smartcontacts/admin/v1/tenant_service.pb.h"

namespace smartcontacts::client {

// What was asked for on the command line, as changes to a policy. Must outlive the parsing.
class PolicyOptions {
 public:
  // Adds the options. `required`: those that a new tenant cannot do without must be given.
  void AddTo(CLI::App& command, bool required);

  // The policy's fields that were named, as paths of an update mask such as "policy.dial_plan".
  const std::set<std::string>& paths() const { return paths_; }
  // Makes the changes, and leaves everything else as it is.
  void Apply(admin::v1::TenantPolicy& policy) const;

 private:
  using Change = std::function<void(admin::v1::TenantPolicy&)>;

  // A change of the policy's `field`.
  void Add(const std::string& field, Change change);
  void AddDialPlan(CLI::App& command, bool required);
  void AddMatching(CLI::App& command);
  void AddQuotas(CLI::App& command);
  void AddRetention(CLI::App& command);

  std::set<std::string> paths_;
  std::vector<Change> changes_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_POLICY_OPTIONS_H_
