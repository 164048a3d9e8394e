// smart-contactsd: the server.

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "crypto/secret.h"
#include "service/config.h"
#include "service/healthcheck.h"
#include "service/migrate.h"
#include "service/process_limits.h"
#include "service/serve.h"
#include "service/telemetry/log.h"
#include "service/vacuum.h"

namespace {

using namespace smartcontacts;  // NOLINT(google-build-using-namespace)

// Of what is there, the mistakes of the command line are `mistakes`.
int RunServe(const CLI::App& app, service::ServeConfig& config, std::vector<std::string> mistakes) {
  service::ForbidCoreDumps();
  crypto::InitializeOrDie();
  const std::vector<std::string> more = service::Complete(config);
  mistakes.insert(mistakes.end(), more.begin(), more.end());
  if (!mistakes.empty()) return cli::Refuse(app, mistakes);
  const absl::StatusOr<service::Log> log = service::Log::Create(config.log_level);
  const absl::Status status = service::Serve(config, *log);
  if (status.ok()) return cli::kExitSuccess;
  log->Error("cannot start", {{"error", std::string(status.message())}});
  return cli::kExitFailure;
}

int Conclude(const CLI::App& app, const absl::Status& status) {
  if (status.ok()) return cli::kExitSuccess;
  std::cerr << app.get_name() << ": " << status.message() << "\n";
  return cli::kExitFailure;
}

int RunMigrate(const CLI::App& app, const service::MigrateConfig& config,
               service::MigrateAction action) {
  const std::vector<std::string> mistakes = service::Check(config);
  if (!mistakes.empty()) return cli::Refuse(app, mistakes);
  return Conclude(app, service::MigrateDatabases(config, action, std::cout));
}

int RunVacuum(const CLI::App& app, const service::VacuumConfig& config) {
  const std::vector<std::string> mistakes = service::Check(config);
  if (!mistakes.empty()) return cli::Refuse(app, mistakes);
  return Conclude(app, service::VacuumDatabases(config));
}

int RunHealthcheck(const CLI::App& app, const service::HealthcheckConfig& config) {
  return Conclude(app, service::CheckHealth(config));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The Smart Contacts server: tells an app which contacts are subscribers.",
               "smart-contactsd");
  app.require_subcommand(1);
  app.footer("Example:\n  smart-contactsd serve --dev --data-directory /tmp/smart-contacts");

  std::vector<std::string> mistakes;
  service::ServeConfig config;
  CLI::App* serve = app.add_subcommand("serve", "Serve apps and administrators until SIGTERM");
  service::AddServeOptions(*serve, config, mistakes);
  serve->footer(
      "Example:\n"
      "  smart-contactsd serve --listen 0.0.0.0:8443 --tls-cert-file tls.crt --tls-key-file "
      "tls.key \\\n"
      "    --master-key-file master.key --jwks-file jwks.json --admin-token-file admin.token");

  service::MigrateConfig migration;
  CLI::App* migrate =
      app.add_subcommand("migrate", "Bring PostgreSQL's schemas up to date, before servers start");
  migrate->require_subcommand(1);
  CLI::App* up = migrate->add_subcommand("up", "Apply what is pending, in one transaction each");
  service::AddMigrateOptions(*up, migration);
  service::AddMigrateUpOptions(*up, migration);
  up->footer(
      "Connect as the role that owns the schema, not as the one that serves. Example:\n"
      "  smart-contactsd migrate up --service-role smart_contacts \\\n"
      "    --database postgresql://smart_contacts_owner@db.example/smart_contacts \\\n"
      "    --key-database postgresql://smart_contacts_owner@db.example/smart_contacts_keys");
  CLI::App* migrate_status =
      migrate->add_subcommand("status", "Show the schemas' versions and what is pending");
  service::AddMigrateOptions(*migrate_status, migration);
  migrate_status->footer(
      "Example:\n"
      "  smart-contactsd migrate status --database service=contacts --key-database "
      "service=contacts_keys");

  service::VacuumConfig vacuum_config;
  CLI::App* vacuum = app.add_subcommand(
      "vacuum", "After a purge, free what PostgreSQL keeps of deleted rows, beside live traffic");
  service::AddVacuumOptions(*vacuum, vacuum_config);
  vacuum->footer(
      "Connect as the role that owns the schema. Example:\n"
      "  smart-contactsd vacuum --database "
      "postgresql://smart_contacts_owner@db.example/smart_contacts");

  service::HealthcheckConfig healthcheck_config;
  CLI::App* healthcheck = app.add_subcommand(
      "healthcheck", "Ask a running server's --health-listen whether calls can be sent to it");
  service::AddHealthcheckOptions(*healthcheck, healthcheck_config);
  healthcheck->footer(
      "Exit code 0: yes. 1: no, or there was no answer. For container runtimes without gRPC "
      "probes. "
      "Example:\n"
      "  smart-contactsd healthcheck --health-server 127.0.0.1:8445");

  app.add_subcommand("version", "Print the version");

  cli::FinishOptions(app, SMART_CONTACTS_VERSION);
  if (const std::optional<int> exit_code = cli::Parse(app, argc, argv, mistakes)) return *exit_code;
  if (serve->parsed()) return RunServe(app, config, std::move(mistakes));
  if (!mistakes.empty()) return cli::Refuse(app, mistakes);
  if (up->parsed()) return RunMigrate(app, migration, service::MigrateAction::kUp);
  if (migrate_status->parsed()) return RunMigrate(app, migration, service::MigrateAction::kStatus);
  if (vacuum->parsed()) return RunVacuum(app, vacuum_config);
  if (healthcheck->parsed()) return RunHealthcheck(app, healthcheck_config);
  std::cout << "smart-contactsd " << SMART_CONTACTS_VERSION << "\n";
  return cli::kExitSuccess;
}
