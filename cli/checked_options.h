// Options whose mistakes are collected instead of ending the parsing at the first one, so that an
// operator hears of all of them at once.

#ifndef SMART_CONTACTS_CLI_CHECKED_OPTIONS_H_
#define SMART_CONTACTS_CLI_CHECKED_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace smartcontacts::cli {

// The mistakes and the values must outlive the parsing. Each function adds an option
// `name` ("--some-name"); `value` has the default, and keeps it if what is given cannot be used.
class CheckedOptions {
 public:
  CheckedOptions(CLI::App& command, std::vector<std::string>& mistakes)
      : command_(command), mistakes_(mistakes) {}

  // A whole number from `min` to `max`.
  void AddNumber(const std::string& name, std::int64_t& value, std::int64_t min, std::int64_t max,
                 const std::string& help);
  // One of `choices`.
  void AddChoice(const std::string& name, std::string& value,
                 const std::vector<std::string>& choices, const std::string& help);
  // Alone, or with true or false.
  void AddFlag(const std::string& name, bool& value, const std::string& help);

 private:
  CLI::App& command_;
  std::vector<std::string>& mistakes_;
};

}  // namespace smartcontacts::cli

#endif  // SMART_CONTACTS_CLI_CHECKED_OPTIONS_H_
