// What the command lines of all three programs have in common: options come from flags, environment
// variables and a configuration file, in that order, and mistakes end with exit code 2.

#ifndef SMART_CONTACTS_CLI_COMMAND_LINE_H_
#define SMART_CONTACTS_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace smartcontacts::cli {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

// Call when all options and subcommands of `app` were added. Adds --version and --config, gives
// every option `--some-name` the environment variable SMART_CONTACTS_SOME_NAME. A file is TOML;
// options of a subcommand stand in its section:
//
//   [serve]
//   listen = "0.0.0.0:8443"
void FinishOptions(CLI::App& app, const std::string& version);

// Parses. Nothing if the program shall go on, otherwise the exit code to end with: kExitSuccess
// after --help or --version, kExitUsage after a mistake, which was explained on standard error.
std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv);

// The same, but flags and keys of the file that are no options are added to `mistakes`, and the
// program goes on, to find out what else is wrong.
std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv,
                         std::vector<std::string>& mistakes);

// Prints what is wrong to standard error; returns kExitUsage.
int Refuse(const CLI::App& app, const std::vector<std::string>& mistakes);

// "SMART_CONTACTS_SOME_NAME" for "some-name".
std::string EnvironmentName(const std::string& option_name);

}  // namespace smartcontacts::cli

#endif  // SMART_CONTACTS_CLI_COMMAND_LINE_H_
