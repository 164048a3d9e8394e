// The options of `smart-contactsd serve`.

#ifndef SMART_CONTACTS_SERVICE_CONFIG_H_
#define SMART_CONTACTS_SERVICE_CONFIG_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "service/auth/authenticator.h"

namespace smartcontacts::service {

struct ServeConfig {
  std::string listen = "127.0.0.1:8443";
  std::string admin_listen = "127.0.0.1:8444";
  std::string data_directory = "/var/lib/smart-contacts";
  std::string database;      // empty: in the data directory
  std::string key_database;  // empty: in the data directory
  std::string master_key_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  AuthenticatorOptions jwt;
  std::string admin_token_file;
  std::int64_t directory_memory_mib = 1024;
  std::int64_t subscribers_max = 1'000'000;
  std::int64_t quota_accounts_max = 1'000'000;
  std::int64_t drain_timeout_s = 25;
  std::string log_level = "info";
  bool dev = false;
};

// Adds the options to a command; their values arrive in `config`.
void AddServeOptions(CLI::App& command, ServeConfig& config);

// Fills in what follows from other options, and returns everything that is wrong or missing, in
// words for the operator. Empty: the configuration is complete.
std::vector<std::string> Complete(ServeConfig& config);

// Whether `address` ("HOST:PORT") is of this machine only.
bool IsLoopback(const std::string& address);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_CONFIG_H_
