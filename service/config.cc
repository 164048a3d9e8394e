#include "service/config.h"

#include "cli/checked_options.h"

namespace smartcontacts::service {
namespace {

void AddDatabaseOptions(CLI::App& command, DatabaseConfig& config) {
  command.add_option("--database", config.data,
                     "The data: an SQLite file, or PostgreSQL as postgresql://..., service=... or "
                     "host=... (with a password, give it by environment or password file) "
                     "[DATA_DIRECTORY/smart-contacts.db]");
  command.add_option("--key-database", config.keys,
                     "The tenants' wrapped keys, in a database of their own, which is backed up "
                     "apart from the data [DATA_DIRECTORY/keys.db]");
}

}  // namespace

std::size_t DirectoryBytesMax(const ServeConfig& config) {
  return static_cast<std::size_t>(config.directory_memory_mib) << 20;
}

absl::Duration RetentionMax(const ServeConfig& config) {
  return absl::Hours(24) * config.retention_max_days;
}

void AddMigrateOptions(CLI::App& command, MigrateConfig& config) {
  AddDatabaseOptions(command, config.databases);
  command.add_option("--output", config.output, "table or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json"}));
}

void AddMigrateUpOptions(CLI::App& command, MigrateConfig& config) {
  command
      .add_option("--service-role", config.service_role,
                  "The role that `serve` connects with; gets the privileges it needs")
      ->capture_default_str();
  command.add_flag("--dry-run", config.dry_run, "Do everything, undo it, and tell");
}

void AddVacuumOptions(CLI::App& command, VacuumConfig& config) {
  command.add_option("--database", config.database, "The data, as PostgreSQL's owner of it")
      ->required();
  command.add_option("--key-database", config.key_database,
                     "The tenants' wrapped keys, as PostgreSQL's owner of them [left alone]");
}

void AddServeOptions(CLI::App& command, ServeConfig& config, std::vector<std::string>& mistakes) {
  cli::CheckedOptions options(command, mistakes);
  command.add_option("--listen", config.listen, "HOST:PORT for apps; port 0 takes a free one")
      ->capture_default_str();
  command
      .add_option("--admin-listen", config.admin_listen,
                  "HOST:PORT for administration; with TLS unless it is of this machine only")
      ->capture_default_str();
  command.add_option("--metrics-listen", config.metrics_listen,
                     "HOST:PORT for Prometheus, in the clear: /metrics tells about the server and "
                     "nobody's contacts; /healthz and /readyz [none]");
  command.add_option(
      "--health-listen", config.health_listen,
      "HOST:PORT for gRPC health in the clear, and no calls: for probes that speak no "
      "TLS, such as those of Kubernetes [none]");
  command
      .add_option("--data-directory", config.data_directory,
                  "Where the databases lie; made if it is not there")
      ->capture_default_str();
  AddDatabaseOptions(command, config.databases);
  command.add_option("--database-listen", config.databases.listen,
                     "PostgreSQL: a direct connection to hear of changes by, when --database goes "
                     "through a pooler; \"none\" only asks every second [as --database]");
  options.AddNumber("--database-connections-max", config.databases.connections_max, 1, 1000,
                    "PostgreSQL: connections to each database at most");
  options.AddNumber("--database-checkout-timeout-s", config.databases.checkout_timeout_s, 1, 600,
                    "PostgreSQL: seconds that a call waits for one of them to become free");
  options.AddNumber(
      "--database-statement-timeout-s", config.databases.statement_timeout_s, 1, 3600,
      "PostgreSQL: seconds that a statement may take (twenty times that in an import)");
  options.AddNumber(
      "--freshness-bound-s", config.freshness_bound_s, 2, 86'400,
      "Seconds without the database after which what is in memory counts as stale, and "
      "matching is refused");
  options.AddFlag("--match-when-stale", config.match_when_stale,
                  "Go on matching from memory then; who was hidden meanwhile may still be found");
  command.add_option("--master-key-file", config.master_key_file,
                     "The master key; make one with `smart-contacts-admin keys new-master`; read "
                     "again when it changes");
  command.add_option("--tls-cert-file", config.tls_cert_file,
                     "PEM certificate chain; read again when it changes");
  command.add_option("--tls-key-file", config.tls_key_file, "PEM private key of the certificate");
  command.add_option(
      "--jwks-file", config.jwt.jwks_file,
      "Public keys that tokens are signed with (JWK set); read again when it changes");
  command.add_option("--jwt-audience", config.jwt.audience, "What `aud` of a token must be")
      ->capture_default_str();
  command.add_option("--jwt-issuer", config.jwt.issuer, "What `iss` of a token must be [any]");
  command.add_option("--jwt-tenant-claim", config.jwt.tenant_claim, "The claim with the tenant")
      ->capture_default_str();
  command
      .add_option("--jwt-aor-claim", config.jwt.aor_claim, "The claim with the address of record")
      ->capture_default_str();
  command.add_option("--admin-token-file", config.admin_token_file,
                     "The administrators' tokens, 32 characters or more: one alone, or a line "
                     "NAME:TOKEN for each; read again when it changes");
  options.AddNumber("--directory-memory-mib", config.directory_memory_mib, 1, 1 << 20,
                    "Memory for directories; the least recently used tenants leave beyond it");
  options.AddNumber("--subscribers-max", config.subscribers_max, 1, 10'000'000,
                    "Subscribers of one tenant at most");
  options.AddNumber("--quota-accounts-max", config.quota_accounts_max, 1000, 100'000'000,
                    "Accounts whose use is remembered (about 64 bytes each)");
  options.AddNumber("--retention-max-days", config.retention_max_days, 1, 3650,
                    "Days that an address book may be retained without a sync, whatever a tenant's "
                    "policy says");
  options.AddNumber("--sweep-interval-s", config.sweep_interval_s, 1, 86'400,
                    "Seconds after which it is looked again for retained contacts to erase");
  options.AddNumber("--drain-timeout-s", config.drain_timeout_s, 0, 3600,
                    "After SIGTERM, seconds that work in flight has to finish");
  options.AddChoice("--log-level", config.log_level, {"debug", "info", "warning", "error"},
                    "What is logged: this, and what is graver");
  options.AddFlag(
      "--dev", config.dev,
      "Try things out on this machine: no TLS, and keys and tokens are made in the data "
      "directory. Never for real subscribers");
}

}  // namespace smartcontacts::service
