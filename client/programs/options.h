// Options that commands of the client programs share.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_OPTIONS_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command_line.h"
#include "cli/secret_file.h"
#include "client/connection/connection.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

// Where the service is and who calls.
struct ServerOptions {
  ConnectionOptions connection;
  std::string token_file;
  std::int64_t timeout_s = 60;

  absl::StatusOr<Connection> Connect() {
    ASSIGN_OR_RETURN(connection.token, cli::ReadSecretFile(token_file));
    connection.timeout = absl::Seconds(timeout_s);
    return Connection::Open(connection);
  }
};

inline void AddServerOptions(CLI::App& command, ServerOptions& options,
                             const char* token_help = "The account's token, as the PBX gave it") {
  options.connection.server = "127.0.0.1:8443";
  command.add_option("--server", options.connection.server, "HOST:PORT")->capture_default_str();
  command.add_option("--token-file", options.token_file, token_help)->required();
  command.add_option("--ca-file", options.connection.ca_file,
                     "PEM certificates to trust [the system's]");
  command.add_flag("--plaintext", options.connection.plaintext,
                   "No TLS; only to a server on this machine");
  command.add_option("--timeout-s", options.timeout_s, "For one call")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
}

enum class Output { kTable, kJson };

inline void AddOutputOption(CLI::App& command, Output& output) {
  command.add_option("--output", output, "table or json")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Output>{{"table", Output::kTable},
                                                                        {"json", Output::kJson}})
                      .description(""))
      ->default_str("table");
}

// In a table's cell.
inline std::string YesNo(bool value) { return value ? "yes" : "no"; }

// A mistake in how the command was called that only the command itself can see: exit code 2.
inline constexpr char kUsageUrl[] = "smartcontacts/usage";
inline absl::Status UsageError(const std::string& message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsageUrl, {});
  return status;
}

// Makes `run` what the command does: its error goes to standard error and ends in exit code 1.
inline void SetAction(CLI::App& command, const std::string& program, int& exit_code,
                      std::function<absl::Status()> run) {
  command.callback([program, &exit_code, run = std::move(run)] {
    const absl::Status status = run();
    if (status.ok()) return;
    std::cerr << program << ": " << status.message() << "\n";
    exit_code = status.GetPayload(kUsageUrl).has_value() ? cli::kExitUsage : cli::kExitFailure;
  });
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_OPTIONS_H_
