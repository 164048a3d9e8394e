// The command lines, as their users meet them.

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class ProgramsTest : public ServerTest {};

TEST_F(ProgramsTest, EveryProgramSaysItsVersion) {
  const std::string version = ReadFile(SMART_CONTACTS_SOURCE_DIR "/VERSION");
  for (const char* program : {kServerProgram, kAdminProgram, kPhoneProgram}) {
    const Finished result = RunProgram(program, {"--version"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.out, std::filesystem::path(program).filename().string() + " " + version);
  }
  EXPECT_THAT(RunProgram(kServerProgram, {"version"}).out, HasSubstr(version));
}

TEST_F(ProgramsTest, EveryCommandHasHelpWithAnExample) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> commands = {
      {kServerProgram, {}},
      {kServerProgram, {"serve"}},
      {kPhoneProgram, {}},
      {kPhoneProgram, {"match"}},
      {kPhoneProgram, {"digest"}},
      {kPhoneProgram, {"policy"}},
      {kAdminProgram, {}},
      {kAdminProgram, {"tenant", "create"}},
      {kAdminProgram, {"tenant", "update"}},
      {kAdminProgram, {"tenant", "list"}},
      {kAdminProgram, {"directory", "import"}},
      {kAdminProgram, {"directory", "set"}},
      {kAdminProgram, {"token", "mint"}},
      {kAdminProgram, {"token", "new-key"}},
      {kAdminProgram, {"epoch", "rotate"}},
      {kAdminProgram, {"keys", "new-master"}},
  };
  for (auto [program, arguments] : commands) {
    arguments.push_back("--help");
    const Finished result = RunProgram(program, arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments[0];
    EXPECT_THAT(result.out, HasSubstr("Example:")) << arguments[0];
  }
}

TEST_F(ProgramsTest, MistakesOfUsageEndWith2) {
  EXPECT_EQ(RunProgram(kServerProgram, {}).exit_code, 2);
  EXPECT_EQ(RunProgram(kServerProgram, {"serve", "--no-such-option"}).exit_code, 2);
  EXPECT_EQ(RunProgram(kServerProgram, {"serve", "--log-level", "loud"}).exit_code, 2);
  EXPECT_EQ(RunProgram(kPhoneProgram, {"match"}).exit_code, 2);
  EXPECT_EQ(RunProgram(kAdminProgram, {"tenant"}).exit_code, 2);
  EXPECT_EQ(RunProgram(kAdminProgram, {"tenant", "create", "acme"}).exit_code, 2);
}

TEST_F(ProgramsTest, AConfigurationFileWithAnUnknownKeyIsRefused) {
  const std::string file = directory_ / "config.toml";
  WriteFile(file, "[serve]\nlisen = \"127.0.0.1:0\"\n");
  const Finished result = RunProgram(kServerProgram, {"--config", file, "serve", "--dev"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("lisen"));
}

TEST_F(ProgramsTest, OptionsComeFromFlagsThenEnvironmentThenFile) {
  const std::string file = directory_ / "config.toml";
  WriteFile(file, "[serve]\nlog-level = \"loud\"\nlisten = \"from-file\"\n");
  const std::vector<std::string> dev = {"--config",         file, "serve", "--dev",
                                        "--data-directory", data_};
  EXPECT_THAT(RunProgram(kServerProgram, dev).err, HasSubstr("loud"));
  // What wins is looked at by giving each a different mistake.
  WriteFile(file, "[serve]\nlisten = \"from-file\"\n");
  EXPECT_THAT(RunProgram(kServerProgram, dev).err, HasSubstr("--listen: expected HOST:PORT"));
  EXPECT_THAT(RunProgram(kServerProgram, dev, {"SMART_CONTACTS_LISTEN=0.0.0.0:0"}).err,
              HasSubstr("--listen: --dev has no TLS"));
  std::vector<std::string> flag = dev;
  flag.insert(flag.end(), {"--listen", "from-flag"});
  EXPECT_THAT(RunProgram(kServerProgram, flag, {"SMART_CONTACTS_LISTEN=0.0.0.0:0"}).err,
              HasSubstr("--listen: expected HOST:PORT"));
}

TEST_F(ProgramsTest, ASecretIsNeverOverwritten) {
  const std::string key = directory_ / "master.key";
  EXPECT_EQ(RunProgram(kAdminProgram, {"keys", "new-master", key}).exit_code, 0);
  const std::string before = ReadFile(key);
  const Finished again = RunProgram(kAdminProgram, {"keys", "new-master", key});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("not overwritten"));
  EXPECT_EQ(ReadFile(key), before);
  EXPECT_EQ(std::filesystem::status(key).permissions(), std::filesystem::perms(0600));
}

TEST_F(ProgramsTest, DigestShowsHowNumbersAreReadAndAsksNobody) {
  WriteFile(directory_ / "salt", std::string(64, '0'));
  const Finished result =
      RunProgram(kPhoneProgram,
                 {"digest", "0 0157 32345678", "*21#", "--region", "DE", "--outside-line-prefix",
                  "0", "--salt-file", directory_ / "salt", "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json numbers = json::parse(result.out);
  EXPECT_EQ(numbers[0]["candidates"][0]["identifier"], "tel:+4915732345678");
  EXPECT_EQ(numbers[0]["candidates"][0]["reading"], "outside line");
  // printf 'tel:+4915732345678' | openssl mac -digest SHA256 -macopt hexkey:00...00 HMAC
  EXPECT_EQ(numbers[0]["candidates"][0]["digest"].get<std::string>().size(), 32U);
  EXPECT_EQ(numbers[1]["skipped"], "service code");
}

TEST_F(ProgramsTest, AMintedTokenIsAccepted) {
  StartServer();
  ASSERT_EQ(Admin({"tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE"})
                .exit_code,
            0);
  const Finished token =
      RunProgram(kAdminProgram, {"token", "mint", "--key-file", data_ + "/dev-signing-key.jwk",
                                 "--tenant", "acme", "--aor", "sip:101@acme.example"});
  ASSERT_EQ(token.exit_code, 0) << token.err;
  const Finished policy = Phone({"policy", "--output", "json"}, token.out);
  ASSERT_EQ(policy.exit_code, 0) << policy.err;
  EXPECT_EQ(json::parse(policy.out)["dial_plan"]["default_region"], "DE");
  EXPECT_THAT(policy.out, testing::Not(HasSubstr("\"salt\": \"A")));
}

TEST_F(ProgramsTest, ABookWithoutAnyMatchGetsADiagnosis) {
  StartServer();
  ASSERT_EQ(Admin({"tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "US"})
                .exit_code,
            0);
  std::string book = "Name,Phone\n";
  for (int i = 0; i < 25; ++i) absl::StrAppend(&book, "Contact ", i, ",030 231250", 10 + i, "\n");
  WriteFile(directory_ / "book.csv", book);
  const Finished result = Phone({"match", directory_ / "book.csv"}, Token("acme", "101"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("no match"), HasSubstr("US"), HasSubstr("default_region")));
}

TEST_F(ProgramsTest, AnErrorOfTheServerIsShownWithItsReason) {
  StartServer();
  WriteFile(directory_ / "book.csv", "Name,Phone\nAlice,1\n");
  const Finished result = Phone({"match", directory_ / "book.csv"}, Token("nobody", "101"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("TENANT_UNKNOWN"));
  const Finished unreachable =
      RunProgram(kPhoneProgram, {"match", directory_ / "book.csv", "--server", "127.0.0.1:1",
                                 "--plaintext", "--token-file", directory_ / "book.csv"});
  EXPECT_EQ(unreachable.exit_code, 1);
  EXPECT_THAT(unreachable.err, HasSubstr("is it the right file?"));
}

TEST_F(ProgramsTest, ATokenIsNotSentInTheClearToAnotherMachine) {
  WriteFile(directory_ / "token", "secret");
  WriteFile(directory_ / "book.csv", "Name,Phone\nAlice,1\n");
  const Finished result =
      RunProgram(kPhoneProgram, {"match", directory_ / "book.csv", "--server", "192.0.2.1:8443",
                                 "--plaintext", "--token-file", directory_ / "token"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("in the clear"));
}

TEST_F(ProgramsTest, SubscribersAreSetShownAndRemoved) {
  StartServer();
  CreateTenant("acme");
  EXPECT_THAT(Admin({"directory", "set", "acme", "sip:101@acme.example", "--number", "030 23125001",
                     "--extension", "101"})
                  .out,
              HasSubstr("added; revision 1"));
  const Finished shown =
      Admin({"directory", "get", "acme", "sip:101@acme.example", "--output", "json"});
  const json subscriber = json::parse(shown.out);
  EXPECT_EQ(subscriber["identifiers"],
            json::array({"tel:+493023125001", "tel:101;phone-context=acme.example"}));
  EXPECT_THAT(Admin({"directory", "list", "acme"}).out, HasSubstr("sip:101@acme.example"));
  EXPECT_THAT(Admin({"directory", "remove", "acme", "sip:101@acme.example"}).out,
              HasSubstr("1 removed"));
  EXPECT_EQ(Admin({"directory", "get", "acme", "sip:101@acme.example"}).exit_code, 1);
  EXPECT_THAT(Admin({"tenant", "list"}).out, HasSubstr("acme"));
  EXPECT_THAT(Admin({"epoch", "list", "acme"}).out, HasSubstr("current"));
}

}  // namespace
}  // namespace smartcontacts::integration
