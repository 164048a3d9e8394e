#include "cli/command_line.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace smartcontacts::cli {
namespace {

class CommandLineTest : public testing::Test {
 protected:
  void TearDown() override {
    unsetenv("SMART_CONTACTS_DATA_LIMIT");
    std::filesystem::remove(config_);
  }

  void WriteConfig(const std::string& text) { std::ofstream(config_) << text; }

  // Parses `prog serve ARGUMENTS` and returns what Parse() did.
  std::optional<int> Run(std::vector<const char*> arguments) {
    CLI::App app("test", "prog");
    CLI::App* serve = app.add_subcommand("serve", "serve");
    app.require_subcommand(1);
    serve->add_option("--data-limit", limit_, "a limit");
    FinishOptions(app, "1.2.3");
    arguments.insert(arguments.begin(), {"prog", "serve"});
    return Parse(app, static_cast<int>(arguments.size()), arguments.data());
  }

  const std::string config_ = testing::TempDir() + "/command_line_test.toml";
  int limit_ = 1;
};

TEST_F(CommandLineTest, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  WriteConfig("[serve]\ndata-limit = 2\n");
  EXPECT_EQ(Run({"--config", config_.c_str()}), std::nullopt);
  EXPECT_EQ(limit_, 2);
  setenv("SMART_CONTACTS_DATA_LIMIT", "3", 1);
  EXPECT_EQ(Run({"--config", config_.c_str()}), std::nullopt);
  EXPECT_EQ(limit_, 3);
  EXPECT_EQ(Run({"--config", config_.c_str(), "--data-limit", "4"}), std::nullopt);
  EXPECT_EQ(limit_, 4);
}

TEST_F(CommandLineTest, AnUnknownKeyInTheFileIsAMistake) {
  for (const char* text :
       {"[serve]\ndata-limt = 2\n", "data-limit = 2\n", "[sevre]\ndata-limit = 2\n"}) {
    WriteConfig(text);
    EXPECT_EQ(Run({"--config", config_.c_str()}), kExitUsage) << text;
  }
}

TEST_F(CommandLineTest, AMissingFileIsAMistake) {
  EXPECT_EQ(Run({"--config", "/nonexistent.toml"}), kExitUsage);
}

TEST_F(CommandLineTest, AnUnknownFlagOrAnUnreadableValueIsAMistake) {
  EXPECT_EQ(Run({"--nonsense"}), kExitUsage);
  EXPECT_EQ(Run({"--data-limit", "many"}), kExitUsage);
  setenv("SMART_CONTACTS_DATA_LIMIT", "many", 1);
  EXPECT_EQ(Run({}), kExitUsage);
}

TEST_F(CommandLineTest, ACommandThatIsMisspeltIsNamed) {
  CLI::App app("test", "prog");
  CLI::App* group = app.add_subcommand("key", "keys");
  group->add_subcommand("make", "make one");
  group->require_subcommand(1);
  app.require_subcommand(1);
  FinishOptions(app, "1.2.3");
  const auto complaint = [&app](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "prog");
    testing::internal::CaptureStderr();
    EXPECT_EQ(Parse(app, static_cast<int>(arguments.size()), arguments.data()), kExitUsage);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_NE(complaint({"kay"}).find("\"kay\" is no command"), std::string::npos);
  EXPECT_NE(complaint({"key", "mak"}).find("\"mak\" is no command"), std::string::npos);
  EXPECT_NE(complaint({"key"}).find("A subcommand is required"), std::string::npos);
}

TEST_F(CommandLineTest, HelpAndVersionSucceed) {
  EXPECT_EQ(Run({"--help"}), kExitSuccess);
  EXPECT_EQ(Run({"--version"}), kExitSuccess);
}

}  // namespace
}  // namespace smartcontacts::cli
