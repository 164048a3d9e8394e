#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/secret_file.h"
#include "crypto/master_key.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "service/auth/admin_credential.h"
#include "service/config.h"
#include "service/tls.h"
#include "storage/postgres/connection_options.h"

namespace smartcontacts::service {
namespace {

std::string Host(const std::string& address) { return address.substr(0, address.rfind(':')); }

bool IsAddress(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  int port = 0;
  return colon != std::string::npos && colon > 0 &&
         address.find_first_of(", ") == std::string::npos &&
         absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 && port <= 65535;
}

using Mistakes = std::vector<std::string>;

void AddMistake(const char* option, absl::string_view what, Mistakes& mistakes) {
  mistakes.push_back(absl::StrCat("--", option, ": ", what));
}

// Whether there is such a file.
bool Require(const std::string& value, const char* option, const char* what, Mistakes& mistakes) {
  if (value.empty()) {
    mistakes.push_back(
        absl::StrCat("--", option, " is missing: ", what, " (or use --dev to try things out)"));
    return false;
  }
  std::error_code error;
  if (std::filesystem::exists(value, error)) return true;
  AddMistake(
      option,
      error ? absl::StrCat(value, ": ", error.message()) : absl::StrCat("there is no file ", value),
      mistakes);
  return false;
}

// What `check` says of the file's content, which is a secret.
template <typename Check>
void CheckContent(const std::string& path, const char* option, Check check, Mistakes& mistakes) {
  absl::StatusOr<std::string> text = cli::ReadSecretFile(path);
  if (!text.ok()) return AddMistake(option, text.status().message(), mistakes);
  const absl::Status status = check(*text);
  crypto::Wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});
  if (!status.ok()) AddMistake(option, absl::StrCat(path, ": ", status.message()), mistakes);
}

// Servers of one machine, each with a port of its own.
void CheckAddresses(const ServeConfig& config, Mistakes& mistakes) {
  const std::pair<const char*, const std::string&> all[] = {
      {"listen", config.listen},
      {"admin-listen", config.admin_listen},
      {"metrics-listen", config.metrics_listen},
      {"health-listen", config.health_listen}};
  for (const auto& [option, address] : all) {
    const bool optional = &address == &config.metrics_listen || &address == &config.health_listen;
    if (optional && address.empty()) continue;
    if (!IsAddress(address)) {
      AddMistake(option, "expected HOST:PORT, such as 0.0.0.0:8443", mistakes);
    } else if (config.dev && !optional && !IsLoopback(address)) {
      AddMistake(option,
                 "--dev has no TLS and therefore stays on this machine: use 127.0.0.1, or leave "
                 "--dev away",
                 mistakes);
    }
    for (const auto& [other_option, other] : all) {
      if (&other == &address) break;
      if (other == address && !absl::EndsWith(address, ":0")) {
        AddMistake(option, absl::StrCat("the same as --", other_option), mistakes);
      }
    }
  }
}

void CheckDatabases(const DatabaseConfig& config, std::vector<std::string>& mistakes) {
  if (!config.data.empty() && config.data == config.keys) {
    AddMistake("key-database", "must not be the same as --database", mistakes);
  }
  for (const auto& [option, database] :
       {std::pair("database", config.data), std::pair("key-database", config.keys),
        std::pair("database-listen", config.listen)}) {
    if (!storage::IsPostgres(database)) continue;
    const absl::Status status = storage::CompleteConnectionOptions(database).status();
    if (!status.ok()) mistakes.push_back(absl::StrCat("--", option, ": ", status.message()));
  }
}

// In development mode, those that are missing will be made.
void CheckFiles(const ServeConfig& config, Mistakes& mistakes) {
  const auto there = [&](const std::string& path, const char* option, const char* what) {
    std::error_code error;
    return config.dev ? std::filesystem::exists(path, error)
                      : Require(path, option, what, mistakes);
  };
  if (there(config.master_key_file, "master-key-file",
            "make one with `smart-contacts-admin keys new-master`")) {
    CheckContent(
        config.master_key_file, "master-key-file",
        [](const std::string& text) { return crypto::MasterKey::Parse(text).status(); }, mistakes);
  }
  if (there(config.jwt.jwks_file, "jwks-file",
            "the public keys your PBX signs tokens with; `smart-contacts-admin token new-key` "
            "makes a pair")) {
    CheckContent(
        config.jwt.jwks_file, "jwks-file",
        [](const std::string& text) { return crypto::JwkSet::Parse(text).status(); }, mistakes);
  }
  if (there(config.admin_token_file, "admin-token-file", "make one with `openssl rand -hex 32`")) {
    CheckContent(config.admin_token_file, "admin-token-file", AdminCredential::CheckText, mistakes);
  }
  if (config.dev) return;
  const bool certificate =
      Require(config.tls_cert_file, "tls-cert-file", "apps are not served in the clear", mistakes);
  const bool key =
      Require(config.tls_key_file, "tls-key-file", "the private key of the certificate", mistakes);
  if (!certificate || !key) return;
  const absl::Status pair = CheckCertificate(config.tls_cert_file, config.tls_key_file);
  if (!pair.ok()) AddMistake("tls-cert-file", pair.message(), mistakes);
}

}  // namespace

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
  CheckAddresses(config, mistakes);
  if (config.dev) {
    if (config.master_key_file.empty()) config.master_key_file = data / "dev-master.key";
    if (config.admin_token_file.empty()) config.admin_token_file = data / "dev-admin.token";
    if (config.jwt.jwks_file.empty()) config.jwt.jwks_file = data / "dev-jwks.json";
  }
  CheckFiles(config, mistakes);
  return mistakes;
}

}  // namespace smartcontacts::service
