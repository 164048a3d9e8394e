#include "service/config.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/postgres/connection_options.h"

namespace smartcontacts::service {
namespace {

std::string Host(const std::string& address) { return address.substr(0, address.rfind(':')); }

bool IsAddress(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  int port = 0;
  return colon != std::string::npos && colon > 0 &&
         absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 && port <= 65535;
}

void Require(const std::string& value, const char* option, const char* what,
             std::vector<std::string>& mistakes) {
  if (value.empty()) {
    mistakes.push_back(
        absl::StrCat("--", option, " is missing: ", what, " (or use --dev to try things out)"));
  } else if (!std::filesystem::exists(value)) {
    mistakes.push_back(absl::StrCat("--", option, ": there is no file ", value));
  }
}

void AddDatabaseOptions(CLI::App& command, DatabaseConfig& config) {
  command.add_option("--database", config.data,
                     "The data: an SQLite file, or PostgreSQL as postgresql://..., service=... or "
                     "host=... (with a password, give it by environment or password file) "
                     "[DATA_DIRECTORY/smart-contacts.db]");
  command.add_option("--key-database", config.keys,
                     "The tenants' wrapped keys, in a database of their own, which is backed up "
                     "apart from the data [DATA_DIRECTORY/keys.db]");
}

void CheckDatabases(const DatabaseConfig& config, std::vector<std::string>& mistakes) {
  if (!config.data.empty() && config.data == config.keys) {
    mistakes.push_back("--key-database: must not be the same as --database");
  }
  for (const auto& [option, database] :
       {std::pair("database", config.data), std::pair("key-database", config.keys),
        std::pair("database-listen", config.listen)}) {
    if (!storage::IsPostgres(database)) continue;
    const absl::Status status = storage::CompleteConnectionOptions(database).status();
    if (!status.ok()) mistakes.push_back(absl::StrCat("--", option, ": ", status.message()));
  }
}

}  // namespace

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

std::vector<std::string> Check(const MigrateConfig& config) {
  std::vector<std::string> mistakes;
  for (const auto& [option, database] : {std::pair("database", config.databases.data),
                                         std::pair("key-database", config.databases.keys)}) {
    if (database.empty()) {
      mistakes.push_back(absl::StrCat("--", option, " is missing"));
    } else if (!storage::IsPostgres(database)) {
      mistakes.push_back(absl::StrCat("--", option,
                                      " is a file: SQLite files are migrated when the server "
                                      "starts, only PostgreSQL needs this command"));
    }
  }
  CheckDatabases(config.databases, mistakes);
  return mistakes;
}

void AddVacuumOptions(CLI::App& command, VacuumConfig& config) {
  command.add_option("--database", config.database, "The data, as PostgreSQL's owner of it")
      ->required();
  command.add_option("--key-database", config.key_database,
                     "The tenants' wrapped keys, as PostgreSQL's owner of them [left alone]");
}

std::vector<std::string> Check(const VacuumConfig& config) {
  std::vector<std::string> mistakes;
  for (const auto& [option, database] :
       {std::pair("database", config.database), std::pair("key-database", config.key_database)}) {
    if (database.empty()) continue;
    if (!storage::IsPostgres(database)) {
      mistakes.push_back(absl::StrCat("--", option,
                                      " is a file: only PostgreSQL needs this command, what is "
                                      "deleted in SQLite is overwritten at once"));
    } else if (const auto options = storage::CompleteConnectionOptions(database); !options.ok()) {
      mistakes.push_back(absl::StrCat("--", option, ": ", options.status().message()));
    }
  }
  return mistakes;
}

void AddServeOptions(CLI::App& command, ServeConfig& config) {
  command.add_option("--listen", config.listen, "HOST:PORT for apps; port 0 takes a free one")
      ->capture_default_str();
  command
      .add_option("--admin-listen", config.admin_listen,
                  "HOST:PORT for administration; with TLS unless it is of this machine only")
      ->capture_default_str();
  command.add_option("--metrics-listen", config.metrics_listen,
                     "HOST:PORT for Prometheus, in the clear: /metrics tells about the server and "
                     "nobody's contacts [none]");
  command
      .add_option("--data-directory", config.data_directory,
                  "Where the databases lie; made if it is not there")
      ->capture_default_str();
  AddDatabaseOptions(command, config.databases);
  command.add_option("--database-listen", config.databases.listen,
                     "PostgreSQL: a direct connection to hear of changes by, when --database goes "
                     "through a pooler; \"none\" only asks every second [as --database]");
  command
      .add_option("--database-connections-max", config.databases.connections_max,
                  "PostgreSQL: connections to each database at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command
      .add_option("--database-checkout-timeout-s", config.databases.checkout_timeout_s,
                  "PostgreSQL: seconds that a call waits for one of them to become free")
      ->capture_default_str()
      ->check(CLI::Range(1, 600));
  command
      .add_option("--database-statement-timeout-s", config.databases.statement_timeout_s,
                  "PostgreSQL: seconds that a statement may take (twenty times that in an import)")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  command
      .add_option("--freshness-bound-s", config.freshness_bound_s,
                  "Seconds without the database after which what is in memory counts as stale, and "
                  "matching is refused")
      ->capture_default_str()
      ->check(CLI::Range(2, 86'400));
  command.add_flag("--match-when-stale", config.match_when_stale,
                   "Go on matching from memory then; who was hidden meanwhile may still be found");
  command.add_option("--master-key-file", config.master_key_file,
                     "The master key; make one with `smart-contacts-admin keys new-master`");
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
  command
      .add_option("--directory-memory-mib", config.directory_memory_mib,
                  "Memory for directories; the least recently used tenants leave beyond it")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--subscribers-max", config.subscribers_max, "Subscribers of one tenant at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  command
      .add_option("--quota-accounts-max", config.quota_accounts_max,
                  "Accounts whose use is remembered (about 64 bytes each)")
      ->capture_default_str()
      ->check(CLI::Range(1000, 100'000'000));
  command
      .add_option("--retention-max-days", config.retention_max_days,
                  "Days that an address book may be retained without a sync, whatever a tenant's "
                  "policy says")
      ->capture_default_str()
      ->check(CLI::Range(1, 3650));
  command
      .add_option("--sweep-interval-s", config.sweep_interval_s,
                  "Seconds after which it is looked again for retained contacts to erase")
      ->capture_default_str()
      ->check(CLI::Range(1, 86'400));
  command
      .add_option("--drain-timeout-s", config.drain_timeout_s,
                  "After SIGTERM, seconds that work in flight has to finish")
      ->capture_default_str()
      ->check(CLI::Range(0, 3600));
  command.add_option("--log-level", config.log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command.add_flag(
      "--dev", config.dev,
      "Try things out on this machine: no TLS, and keys and tokens are made in the data "
      "directory. Never for real subscribers");
}

bool IsLoopback(const std::string& address) {
  const std::string host = Host(address);
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

std::vector<std::string> Complete(ServeConfig& config) {
  std::vector<std::string> mistakes;
  const std::filesystem::path data = config.data_directory;
  DatabaseConfig& databases = config.databases;
  if (databases.data.empty()) databases.data = data / "smart-contacts.db";
  if (databases.keys.empty() && !storage::IsPostgres(databases.data)) {
    databases.keys = data / "keys.db";
  }
  if (storage::IsPostgres(databases.data) != storage::IsPostgres(databases.keys)) {
    mistakes.emplace_back(
        "--key-database: with PostgreSQL both databases are PostgreSQL's, because all servers use "
        "them; with SQLite both are files");
  } else {
    CheckDatabases(databases, mistakes);
  }
  if (!databases.listen.empty() && databases.listen != kNoListener &&
      !storage::IsPostgres(databases.listen)) {
    mistakes.emplace_back(
        "--database-listen: expected PostgreSQL (postgresql://..., service=... or host=...) or "
        "none");
  }
  if (!config.metrics_listen.empty() && !IsAddress(config.metrics_listen)) {
    mistakes.emplace_back("--metrics-listen: expected HOST:PORT, such as 0.0.0.0:9464");
  }
  for (const auto& [option, address] :
       {std::pair("listen", config.listen), std::pair("admin-listen", config.admin_listen)}) {
    if (!IsAddress(address)) {
      mistakes.push_back(absl::StrCat("--", option, ": expected HOST:PORT, such as 0.0.0.0:8443"));
    } else if (config.dev && !IsLoopback(address)) {
      mistakes.push_back(absl::StrCat("--", option,
                                      ": --dev has no TLS and therefore stays on this machine: use "
                                      "127.0.0.1, or leave --dev away"));
    }
  }
  if (config.dev) {
    if (config.master_key_file.empty()) config.master_key_file = data / "dev-master.key";
    if (config.admin_token_file.empty()) config.admin_token_file = data / "dev-admin.token";
    if (config.jwt.jwks_file.empty()) config.jwt.jwks_file = data / "dev-jwks.json";
    return mistakes;
  }
  Require(config.master_key_file, "master-key-file",
          "make one with `smart-contacts-admin keys new-master`", mistakes);
  Require(config.tls_cert_file, "tls-cert-file", "apps are not served in the clear", mistakes);
  Require(config.tls_key_file, "tls-key-file", "the private key of the certificate", mistakes);
  Require(
      config.jwt.jwks_file, "jwks-file",
      "the public keys your PBX signs tokens with; `smart-contacts-admin token new-key` makes a "
      "pair",
      mistakes);
  Require(config.admin_token_file, "admin-token-file", "make one with `openssl rand -hex 32`",
          mistakes);
  return mistakes;
}

}  // namespace smartcontacts::service
