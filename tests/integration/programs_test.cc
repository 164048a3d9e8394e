// The command lines, as their users meet them.

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

// "COMMAND SUBCOMMAND ..." of all below `command`, as its help lists them.
std::vector<std::string> CommandsBelow(ProgramsTest& test, const char* program,
                                       const std::string& command = "") {
  std::vector<std::string> arguments = absl::StrSplit(command, ' ', absl::SkipEmpty());
  arguments.emplace_back("--help");
  const Finished help = test.RunProgram(program, arguments);
  EXPECT_EQ(help.exit_code, 0) << program << " " << command;
  std::vector<std::string> all;
  const std::size_t at = help.out.find("Subcommands:\n");
  if (at == std::string::npos || !command.empty()) {
    // What goes on to other commands shows an example of one of them.
    const bool has_more = at != std::string::npos || program == kServerProgram;
    const std::string name = std::filesystem::path(program).filename().string();
    EXPECT_THAT(help.out, HasSubstr("Example:\n")) << command;
    EXPECT_THAT(help.out.substr(std::min(help.out.size(), help.out.find("Example:"))),
                HasSubstr(has_more ? name : absl::StrCat(name, " ", command)));
  }
  if (!command.empty()) all.push_back(command);
  if (at == std::string::npos) return all;
  std::istringstream lines(help.out.substr(at + 13));
  std::string line;
  while (std::getline(lines, line) && absl::StartsWith(line, "  ")) {
    if (line[2] == ' ') continue;  // goes on with the description
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    for (const std::string& below :
         CommandsBelow(test, program, command.empty() ? name : absl::StrCat(command, " ", name))) {
      all.push_back(below);
    }
  }
  return all;
}

TEST_F(ProgramsTest, EveryCommandHasHelpWithAnExample) {
  EXPECT_THAT(
      CommandsBelow(*this, kServerProgram),
      testing::IsSupersetOf({"serve", "migrate up", "migrate status", "vacuum", "version"}));
  EXPECT_THAT(CommandsBelow(*this, kPhoneProgram),
              testing::UnorderedElementsAre("match", "digest", "policy", "sync", "watch", "my-data",
                                            "erase", "discoverability"));
  EXPECT_THAT(CommandsBelow(*this, kAdminProgram),
              testing::IsSupersetOf(
                  {"tenant create", "tenant suspend", "directory import", "directory remove",
                   "epoch rotate", "token mint", "token new-key", "keys new-master", "keys rewrap",
                   "audit list", "audit verify", "purge", "purge verify", "smoke-test"}));
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
  EXPECT_THAT(policy.out, Not(HasSubstr("\"salt\": \"A")));
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

TEST_F(ProgramsTest, CommonMistakesAreNamed) {
  StartServer();
  CreateTenant("acme");
  const std::string token = Token("acme", "101");
  WriteFile(directory_ / "token", token);
  WriteFile(directory_ / "book.csv", "Name,Phone\nAlice,1\n");
  const auto expect = [](const Finished& result, int exit_code, const std::string& text) {
    EXPECT_EQ(result.exit_code, exit_code) << text;
    EXPECT_THAT(result.err, HasSubstr(text));
  };
  const auto policy = [&](const std::string& server, const std::string& token_file,
                          const std::string& tls = "--plaintext") {
    return RunProgram(kPhoneProgram,
                      {"policy", "--server", server, "--token-file", token_file, tls});
  };
  for (const char* server : {"localhost", "127.0.0.1:", ":8443", "127.0.0.1:http", "[::1]",
                             "https://127.0.0.1:8443", "127.0.0.1:65536"}) {
    expect(policy(server, directory_ / "token"), 1, "is not HOST:PORT");
  }
  expect(policy(admin_address_, directory_ / "token"), 1, "the service's other port");
  expect(policy(app_address_, directory_ / "token", "--timeout-s=30"), 1, "speaks no TLS there");
  expect(policy(app_address_, directory_.path()), 1, "Is a directory");
  expect(Phone({"match", directory_.path()}, token), 1, directory_.path().string() + ": ");

  expect(RunProgram(kPhoneProgram, {"mach"}), 2, "\"mach\" is no command");
  expect(RunProgram(kAdminProgram, {"tenant", "upate", "acme"}), 2, "\"upate\" is no command");
  // A region that no client could follow.
  expect(Admin({"tenant", "create", "globex", "--sip-domain", "globex.example", "--region", "XX"}),
         1, "no numbering plan is known for this region");
  expect(Admin({"tenant", "update", "acme", "--region", "XX"}), 1,
         "no numbering plan is known for this region");
  EXPECT_THAT(Admin({"tenant", "list"}).out, AllOf(HasSubstr("acme"), Not(HasSubstr("globex"))));

  const std::string key = directory_ / "key.jwk";
  const std::string nowhere = directory_ / "nowhere/jwks.json";
  expect(RunProgram(kAdminProgram, {"token", "new-key", "--key-file", key, "--jwks-file", nowhere}),
         1, nowhere + ": No such file or directory; no key was made");
  EXPECT_FALSE(std::filesystem::exists(key));
}

TEST_F(ProgramsTest, ATenantsRetentionAndQuotasAreUpdatedEachByItself) {
  StartServer();
  CreateTenant("acme");
  const auto policy = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"tenant", "update", "acme", "--output", "json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished result = Admin(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, /*allow_exceptions=*/false)["policy"];
  };
  json quota = policy({"--match-quota", "10:5"})["match_quota"];
  EXPECT_EQ(quota["full_capacity"], "10");
  EXPECT_EQ(quota["full_refill_per_day"], "5");
  quota =
      policy({"--incremental-match-quota", "20:6", "--evaluation-quota", "30:7"})["match_quota"];
  EXPECT_EQ(quota["full_capacity"], "10") << "what is not named stays";
  EXPECT_EQ(quota["incremental_capacity"], "20");
  EXPECT_EQ(quota["incremental_refill_per_day"], "6");
  EXPECT_EQ(quota["evaluation_capacity"], "30");
  EXPECT_EQ(quota["evaluation_refill_per_day"], "7");
  // It is what apps are held to.
  const std::string token = Token("acme", "101");
  const std::vector<std::string> ten(10, "tel:+493023125111");
  EXPECT_TRUE(Match(token, Request(token, ten)).ok());
  EXPECT_TRUE(Fails(Match(token, Request(token, ten)), grpc::StatusCode::RESOURCE_EXHAUSTED,
                    "QUOTA_EXCEEDED"));

  json all = policy({"--retention-days", "14", "--privacy-policy-version", "2026-11",
                     "--privacy-policy-uri", "https://acme.example/privacy"});
  EXPECT_EQ(all["retention"], json({{"offered", true}, {"period", "1209600s"}}));
  EXPECT_EQ(all["privacy_policy_version"], "2026-11");
  EXPECT_EQ(all["privacy_policy_uri"], "https://acme.example/privacy");
  EXPECT_EQ(all["match_quota"], quota);
  EXPECT_EQ(Policy(token).retention().period().seconds(), 14 * 24 * 3600);
  EXPECT_THAT(
      Admin({"tenant", "get", "acme"}).out,
      AllOf(HasSubstr("forgotten after 14 days"), HasSubstr("10 at once, 5 more each day")));
  all = policy({"--no-retention"});
  EXPECT_FALSE(all["retention"].value("offered", false));
  EXPECT_EQ(all["privacy_policy_version"], "2026-11");
  EXPECT_FALSE(Policy(token).retention().offered());

  for (const char* wrong : {"10", "10:", ":5", "0:5", "10:0", "a:b", "10:5:1"}) {
    EXPECT_EQ(Admin({"tenant", "update", "acme", "--match-quota", wrong}).exit_code, 2) << wrong;
  }
  for (const char* wrong : {"0", "367", "x"}) {
    EXPECT_EQ(Admin({"tenant", "update", "acme", "--retention-days", wrong}).exit_code, 2) << wrong;
  }
  EXPECT_EQ(
      Admin({"tenant", "update", "acme", "--retention-days", "7", "--no-retention"}).exit_code, 2);
  const Finished nothing = Admin({"tenant", "update", "acme"});
  EXPECT_THAT(nothing.err, HasSubstr("nothing to change"));
}

TEST_F(ProgramsTest, KeysAreRewrappedByTheProgramAndServeWithoutTheOldMasterKey) {
  StartServer();
  CreateTenant("acme");
  Upsert("acme", "101", {"tel:+491"});
  StopServer();
  const std::string master_key_file = data_ + "/dev-master.key";
  const std::string new_key = absl::StrCat("2:", absl::Base64Escape(std::string(32, 'k')), "\n");
  WriteFile(master_key_file, absl::StrCat(ReadFile(master_key_file), "\n", new_key));
  StartServer();
  Finished result = Admin({"keys", "rewrap"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "3 of 3 keys are wrapped with the newest version of the master key\n");
  StopServer();

  WriteFile(master_key_file, new_key);
  StartServer();
  EXPECT_EQ(MatchesOf(Token("acme", "101"), {"tel:+491"}).size(), 1U);
  result = Admin({"keys", "rewrap", "--output", "json"});
  EXPECT_EQ(json::parse(result.out), json({{"done_count", "3"}, {"total_count", "3"}}));
  WriteFile(directory_ / "wrong.token", std::string(40, 'x'));
  result = RunProgram(kAdminProgram, {"keys", "rewrap", "--server", admin_address_,
                                      "--admin-token-file", directory_ / "wrong.token"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("ADMIN_CREDENTIAL_INVALID"), HasSubstr("run it again")));
}

}  // namespace
}  // namespace smartcontacts::integration
