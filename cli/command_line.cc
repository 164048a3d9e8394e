#include "cli/command_line.h"

#include <cctype>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

namespace smartcontacts::cli {
namespace {

// The subcommand that a section of the file is for; null if there is none.
const CLI::App* Section(const CLI::App& app, const std::vector<std::string>& names) {
  const CLI::App* section = &app;
  for (const std::string& name : names) {
    const auto subcommands = section->get_subcommands(
        [&](const CLI::App* subcommand) { return subcommand->get_name() == name; });
    if (subcommands.empty()) return nullptr;
    section = subcommands.front();
  }
  return section;
}

// CLI11 lets a configuration file win over the environment. Here an item of the file steps back if
// its variable is set. It also stops at the first key that is no option; here they are collected.
class CheckedFile : public CLI::ConfigTOML {
 public:
  explicit CheckedFile(const CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> all = CLI::ConfigTOML::from_config(input);
    std::erase_if(all, [this](const CLI::ConfigItem& item) {
      if (item.name == "++" || item.name == "--") return false;  // a section's begin and end
      const CLI::App* section = Section(app_, item.parents);
      if (section == nullptr || section->get_option_no_throw("--" + item.name) == nullptr) {
        unknown_keys_.push_back(item.fullname());
        return true;
      }
      return std::getenv(EnvironmentName(item.name).c_str()) != nullptr;
    });
    return all;
  }

  // Of what was read so far.
  const std::vector<std::string>& unknown_keys() const { return unknown_keys_; }

 private:
  const CLI::App& app_;
  mutable std::vector<std::string> unknown_keys_;  // from_config() is const in CLI11
};

void BindEnvironment(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty() || !option->get_configurable()) continue;
    option->envname(EnvironmentName(option->get_lnames().front()));
  }
  for (CLI::App* subcommand : app.get_subcommands(nullptr)) BindEnvironment(*subcommand);
}

// --config and --version may stand behind the subcommand too.
void FallThrough(CLI::App& app) {
  app.fallthrough();
  for (CLI::App* subcommand : app.get_subcommands(nullptr)) FallThrough(*subcommand);
}

// The arguments that are no options, without what is behind them: it may be a secret.
void AddUnknownFlags(const CLI::App& app, std::vector<std::string>& mistakes) {
  const std::size_t before = mistakes.size();
  for (const std::string& argument : app.remaining(/*recurse=*/true)) {
    if (argument.front() == '-') {
      const bool is_long = argument.compare(0, 2, "--") == 0;
      mistakes.push_back("there is no option " + (is_long ? argument.substr(0, argument.find('='))
                                                          : argument.substr(0, 2)));
    }
  }
  if (mistakes.size() == before) {
    mistakes.emplace_back("there is an argument that belongs to no option");
  }
}

}  // namespace

std::string EnvironmentName(const std::string& option_name) {
  std::string name = "SMART_CONTACTS_";
  for (const char c : option_name) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

void FinishOptions(CLI::App& app, const std::string& version) {
  app.set_version_flag("--version", app.get_name() + " " + version, "Print the version and exit");
  app.config_formatter(std::make_shared<CheckedFile>(app));
  BindEnvironment(app);
  app.set_config("--config", "", "Read options from this TOML file")
      ->envname(EnvironmentName("config"));
  FallThrough(app);
}

std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv,
                         std::vector<std::string>& mistakes) {
  const auto& file = dynamic_cast<const CheckedFile&>(*app.get_config_formatter());
  std::optional<int> exit_code;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    AddUnknownFlags(app, mistakes);
  } catch (const CLI::RequiredError& error) {
    // That a command is missing is said also of one that is misspelt.
    const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
    if (unknown.empty()) return app.exit(error) == 0 ? kExitSuccess : kExitUsage;
    return Refuse(app, {"\"" + unknown.front() +
                        "\" is no command or option here; --help lists those there are"});
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? kExitSuccess : kExitUsage;
  }
  for (const std::string& key : file.unknown_keys()) {
    mistakes.push_back("the configuration file has a key that is no option: " + key);
  }
  return exit_code;
}

std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> mistakes;
  const std::optional<int> exit_code = Parse(app, argc, argv, mistakes);
  if (exit_code.has_value() || mistakes.empty()) return exit_code;
  return Refuse(app, mistakes);
}

int Refuse(const CLI::App& app, const std::vector<std::string>& mistakes) {
  for (const std::string& mistake : mistakes) {
    std::cerr << app.get_name() << ": " << mistake << "\n";
  }
  return kExitUsage;
}

}  // namespace smartcontacts::cli
