// The options of `smart-contactsd serve`.

#ifndef SMART_CONTACTS_SERVICE_CONFIG_H_
#define SMART_CONTACTS_SERVICE_CONFIG_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/auth/authenticator.h"

namespace smartcontacts::service {

// --database-listen: no LISTEN at all.
inline constexpr char kNoListener[] = "none";

struct DatabaseConfig {
  std::string data;    // empty: a file in the data directory
  std::string keys;    // empty: a file in the data directory
  std::string listen;  // empty: as `data`
  std::int64_t connections_max = 8;
  std::int64_t checkout_timeout_s = 5;
  std::int64_t statement_timeout_s = 30;
};

struct MigrateConfig {
  DatabaseConfig databases;
  std::string service_role = "smart_contacts";
  bool dry_run = false;
  std::string output = "table";
};

struct VacuumConfig {
  std::string database;
  std::string key_database;
};

struct ServeConfig {
  std::string listen = "127.0.0.1:8443";
  std::string admin_listen = "127.0.0.1:8444";
  std::string metrics_listen;  // empty: no metrics
  std::string health_listen;   // empty: health on the other ports only
  std::string data_directory = "/var/lib/smart-contacts";
  DatabaseConfig databases;
  std::string master_key_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  AuthenticatorOptions jwt;
  std::string admin_token_file;
  std::int64_t freshness_bound_s = 60;
  bool match_when_stale = false;
  std::int64_t directory_memory_mib = 1024;
  std::int64_t subscribers_max = 1'000'000;
  std::int64_t quota_accounts_max = 1'000'000;
  std::int64_t retention_max_days = 365;
  std::int64_t sweep_interval_s = 60;
  std::int64_t drain_timeout_s = 25;
  std::string log_level = "info";
  bool dev = false;
};

// Bytes for the directories that plain matching uses, and as many again for sealed ones.
std::size_t DirectoryBytesMax(const ServeConfig& config);
absl::Duration RetentionMax(const ServeConfig& config);

// Adds the options to a command; their values arrive in `config`, and what is wrong with one of
// them in `mistakes`.
void AddServeOptions(CLI::App& command, ServeConfig& config, std::vector<std::string>& mistakes);

// The same for `migrate up` and `migrate status`.
void AddMigrateOptions(CLI::App& command, MigrateConfig& config);
void AddMigrateUpOptions(CLI::App& command, MigrateConfig& config);
std::vector<std::string> Check(const MigrateConfig& config);

// The same for `vacuum`.
void AddVacuumOptions(CLI::App& command, VacuumConfig& config);
std::vector<std::string> Check(const VacuumConfig& config);

// Fills in what follows from other options, and returns everything that is wrong or missing, also
// with the files that are named, in words for the operator. Empty: the configuration is complete.
std::vector<std::string> Complete(ServeConfig& config);

// Whether `address` ("HOST:PORT") is of this machine only.
bool IsLoopback(const std::string& address);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_CONFIG_H_
