// smart-contactsd: the server.

#include <iostream>
#include <optional>

#include "cli/command_line.h"
#include "service/config.h"
#include "service/migrate.h"
#include "service/serve.h"
#include "service/telemetry/log.h"
#include "service/vacuum.h"

namespace {

using namespace smartcontacts;  // NOLINT(google-build-using-namespace)

int RunServe(service::ServeConfig& config) {
  const std::vector<std::string> mistakes = service::Complete(config);
  for (const std::string& mistake : mistakes) std::cerr << "smart-contactsd: " << mistake << "\n";
  if (!mistakes.empty()) return cli::kExitUsage;
  const absl::StatusOr<service::Log> log = service::Log::Create(config.log_level);
  const absl::Status status = service::Serve(config, *log);
  if (status.ok()) return cli::kExitSuccess;
  log->Error("cannot start", {{"error", std::string(status.message())}});
  return cli::kExitFailure;
}

int RunMigrate(const service::MigrateConfig& config, service::MigrateAction action) {
  const std::vector<std::string> mistakes = service::Check(config);
  for (const std::string& mistake : mistakes) std::cerr << "smart-contactsd: " << mistake << "\n";
  if (!mistakes.empty()) return cli::kExitUsage;
  const absl::Status status = service::MigrateDatabases(config, action, std::cout);
  if (status.ok()) return cli::kExitSuccess;
  std::cerr << "smart-contactsd: " << status.message() << "\n";
  return cli::kExitFailure;
}

int RunVacuum(const service::VacuumConfig& config) {
  const std::vector<std::string> mistakes = service::Check(config);
  for (const std::string& mistake : mistakes) std::cerr << "smart-contactsd: " << mistake << "\n";
  if (!mistakes.empty()) return cli::kExitUsage;
  const absl::Status status = service::VacuumDatabases(config);
  if (status.ok()) return cli::kExitSuccess;
  std::cerr << "smart-contactsd: " << status.message() << "\n";
  return cli::kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The Smart Contacts server: tells an app which contacts are subscribers.",
               "smart-contactsd");
  app.require_subcommand(1);
  app.footer("Example:\n  smart-contactsd serve --dev --data-directory /tmp/smart-contacts");

  service::ServeConfig config;
  CLI::App* serve = app.add_subcommand("serve", "Serve apps and administrators until SIGTERM");
  service::AddServeOptions(*serve, config);
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

  app.add_subcommand("version", "Print the version");

  cli::FinishOptions(app, SMART_CONTACTS_VERSION);
  if (const std::optional<int> exit_code = cli::Parse(app, argc, argv)) return *exit_code;
  if (serve->parsed()) return RunServe(config);
  if (up->parsed()) return RunMigrate(migration, service::MigrateAction::kUp);
  if (migrate_status->parsed()) return RunMigrate(migration, service::MigrateAction::kStatus);
  if (vacuum->parsed()) return RunVacuum(vacuum_config);
  std::cout << "smart-contactsd " << SMART_CONTACTS_VERSION << "\n";
  return cli::kExitSuccess;
}
