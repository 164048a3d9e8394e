#include "service/config.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

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

}  // namespace

void AddServeOptions(CLI::App& command, ServeConfig& config) {
  command.add_option("--listen", config.listen, "HOST:PORT for apps; port 0 takes a free one")
      ->capture_default_str();
  command
      .add_option("--admin-listen", config.admin_listen,
                  "HOST:PORT for administration; with TLS unless it is of this machine only")
      ->capture_default_str();
  command
      .add_option("--data-directory", config.data_directory,
                  "Where the databases lie; made if it is not there")
      ->capture_default_str();
  command.add_option("--database", config.database,
                     "SQLite file of the data [DATA_DIRECTORY/smart-contacts.db]");
  command.add_option("--key-database", config.key_database,
                     "SQLite file of the tenants' wrapped keys; back it up apart from the data "
                     "[DATA_DIRECTORY/keys.db]");
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
                     "The administrator's token, 32 characters or more");
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
  if (config.database.empty()) config.database = data / "smart-contacts.db";
  if (config.key_database.empty()) config.key_database = data / "keys.db";
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
  if (config.database == config.key_database) {
    mistakes.push_back("--key-database: must not be the file of --database");
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
