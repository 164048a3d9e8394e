// What the command lines of all three programs have in common: options come from flags, environment
// variables and a configuration file, in that order, and mistakes end with exit code 2.

#ifndef SMART_CONTACTS_CLI_COMMAND_LINE_H_
#define SMART_CONTACTS_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace smartcontacts::cli {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

// Call when all options and subcommands of `app` were added. Adds --version and --config, gives
// every option `--some-name` the environment variable SMART_CONTACTS_SOME_NAME, and refuses a
// configuration file with a key that is no option. A file is TOML; options of a subcommand stand in
// its section:
//
//   [serve]
//   listen = "0.0.0.0:8443"
void FinishOptions(CLI::App& app, const std::string& version);

// Parses. Nothing if the program shall go on, otherwise the exit code to end with: kExitSuccess
// after
// --help or --version, kExitUsage after a mistake, which was explained on standard error.
std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv);

// "SMART_CONTACTS_SOME_NAME" for "some-name".
std::string EnvironmentName(const std::string& option_name);

}  // namespace smartcontacts::cli

#endif  // SMART_CONTACTS_CLI_COMMAND_LINE_H_
