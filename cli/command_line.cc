#include "cli/command_line.h"

#include <cctype>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

namespace smartcontacts::cli {
namespace {

// CLI11 lets a configuration file win over the environment. Here an item of the file steps back if
// its variable is set.
class FileBehindEnvironment : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> all = CLI::ConfigTOML::from_config(input);
    std::erase_if(all, [](const CLI::ConfigItem& item) {
      return std::getenv(EnvironmentName(item.name).c_str()) != nullptr;
    });
    return all;
  }
};

void BindEnvironment(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty() || !option->get_configurable()) continue;
    option->envname(EnvironmentName(option->get_lnames().front()));
  }
  for (CLI::App* subcommand : app.get_subcommands(nullptr)) BindEnvironment(*subcommand);
}

// --config and --version may stand behind the subcommand too, and a key of the file that no option
// has must not pass unseen, in whichever section it stands.
void SetRules(CLI::App& app) {
  app.fallthrough();
  app.allow_config_extras(CLI::config_extras_mode::error);
  for (CLI::App* subcommand : app.get_subcommands(nullptr)) SetRules(*subcommand);
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
  app.config_formatter(std::make_shared<FileBehindEnvironment>());
  BindEnvironment(app);
  app.set_config("--config", "", "Read options from this TOML file")
      ->envname(EnvironmentName("config"));
  SetRules(app);
}

std::optional<int> Parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ConfigError& error) {
    std::cerr << app.get_name()
              << ": the configuration file has a key that is no option: " << error.what() << "\n";
    return kExitUsage;
  } catch (const CLI::RequiredError& error) {
    // That a command is missing is said also of one that is misspelt.
    const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
    if (unknown.empty()) return app.exit(error) == 0 ? kExitSuccess : kExitUsage;
    std::cerr << app.get_name() << ": \"" << unknown.front()
              << "\" is no command or option here; --help lists those there are\n";
    return kExitUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitSuccess : kExitUsage;
  }
}

}  // namespace smartcontacts::cli
