// `smart-contacts-admin smoke-test`: passes where all is well, says what is not, and leaves
// nothing.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SmokeTestCommandTest : public ServerTest {
 protected:
  // With the server's port for apps and its own signing key, unless others are given.
  Finished SmokeTest(const std::vector<std::string>& further = {}, const std::string& app = "",
                     const std::string& key = "") {
    std::vector<std::string> arguments = {
        "smoke-test",         "--plaintext",
        "--app-server",       app.empty() ? app_address_ : app,
        "--signing-key-file", key.empty() ? data_ + "/dev-signing-key.jwk" : key};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return Admin(arguments);
  }

  // The program says which step failed and what to do, and no tenant is left.
  void ExpectFails(const Finished& result, const std::string& step, const std::string& advice) {
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_THAT(result.err, AllOf(HasSubstr("smoke-test: " + step + ": "), HasSubstr(advice)));
    EXPECT_THAT(result.out, AllOf(HasSubstr("FAILED  " + step), Not(HasSubstr("passed"))));
    ExpectNoTenant();
  }
  void ExpectNoTenant() {
    const Finished list = Admin({"tenant", "list", "--output", "json"});
    ASSERT_EQ(list.exit_code, 0) << list.err;
    EXPECT_EQ(json::parse(list.out)["tenants"], json::array());
  }
};

TEST_F(SmokeTestCommandTest, AgainstAServerThatWorksItPassesAndLeavesNothing) {
  StartServer();
  const Finished table = SmokeTest();
  EXPECT_EQ(table.exit_code, 0) << table.out << table.err;
  EXPECT_EQ(table.err, "");
  for (const char* step : {"token", "tenant", "import", "policy", "match", "purge"}) {
    EXPECT_THAT(table.out, HasSubstr(absl::StrCat("ok      ", step, ": ")));
  }
  EXPECT_THAT(table.out, HasSubstr("the smoke test passed\n"));
  ExpectNoTenant();

  const Finished again = SmokeTest({"--output", "json"});
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  const json report = json::parse(again.out);
  EXPECT_EQ(report["passed"], true);
  EXPECT_THAT(report["tenant"].get<std::string>(),
              testing::MatchesRegex("smoke-test-[0-9a-f]{16}"));
  EXPECT_EQ(report["steps"].size(), 6U);
  ExpectNoTenant();
  // What it did is in the log that every purge leaves.
  const Finished audit = Admin({"audit", "list", report["tenant"]});
  EXPECT_THAT(audit.out, AllOf(HasSubstr("tenant.create"), HasSubstr("purge")));
}

TEST_F(SmokeTestCommandTest, BetweenReplicasTheMatchWaitsForWhatWasImportedOnTheOther) {
  if (!OnPostgres()) GTEST_SKIP() << "needs replicas";
  StartServer();
  const std::unique_ptr<Server> replica = MakeReplica();
  replica->StartServer({"--database-listen", "none"});
  const Finished result = SmokeTest({}, replica->app_address_);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  ExpectNoTenant();
}

TEST_F(SmokeTestCommandTest, ASigningKeyThatTheServerDoesNotKnowIsNamed) {
  StartServer();
  const std::string key = directory_ / "key.jwk";
  ASSERT_EQ(RunProgram(kAdminProgram, {"token", "new-key", "--key-file", key, "--jwks-file",
                                       directory_ / "jwks.json"})
                .exit_code,
            0);
  const Finished result = SmokeTest({}, "", key);
  ExpectFails(result, "policy", "--jwks-file");
  EXPECT_THAT(result.out, HasSubstr("ok      purge: "));
  ExpectFails(SmokeTest({"--jwt-audience", "elsewhere"}), "policy", "--jwt");
}

TEST_F(SmokeTestCommandTest, ClaimsHaveTheNamesThatTheServerGivesThem) {
  StartServer({"--jwt-audience", "pbx", "--jwt-tenant-claim", "t", "--jwt-aor-claim", "a",
               "--jwt-issuer", "me"});
  ExpectFails(SmokeTest(), "policy", "--jwt");
  EXPECT_EQ(SmokeTest({"--jwt-audience", "pbx", "--jwt-tenant-claim", "t", "--jwt-aor-claim", "a",
                       "--jwt-issuer", "me"})
                .exit_code,
            0);
}

TEST_F(SmokeTestCommandTest, AWrongPortForAppsIsNamed) {
  StartServer();
  ExpectFails(SmokeTest({}, absl::StrCat("127.0.0.1:", FreePort())), "policy", "--app-server");
  ExpectFails(SmokeTest({}, admin_address_), "policy", "--app-server");
  // Where the server speaks TLS it has to be in the clear on purpose, and only here.
  ExpectFails(SmokeTest({}, "192.0.2.1:8443"), "policy", "in the clear");
}

TEST_F(SmokeTestCommandTest, AnotherServersPortForAppsIsNamed) {
  StartServer();
  Server other;
  other.StartServer();
  ExpectFails(
      SmokeTest({"--timeout-s", "2"}, other.app_address_, other.data_ + "/dev-signing-key.jwk"),
      "policy", "of the same server");
}

TEST_F(SmokeTestCommandTest, WhatIsWrongBeforeATenantIsMadeIsNamed) {
  StartServer();
  WriteFile(directory_ / "not-a-key", "nonsense");
  ExpectFails(SmokeTest({}, "", directory_ / "not-a-key"), "token", "--signing-key-file");
  ExpectFails(SmokeTest({}, "", directory_ / "nowhere"), "token", "--signing-key-file");
  const std::string address = admin_address_;
  for (const std::string& wrong : {app_address_, absl::StrCat("127.0.0.1:", FreePort())}) {
    admin_address_ = wrong;
    const Finished result = SmokeTest();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("smoke-test: tenant: "), HasSubstr("--admin-listen")));
    EXPECT_THAT(result.out, Not(HasSubstr("purge"))) << "there is nothing to remove";
  }
  admin_address_ = address;
  ExpectNoTenant();
}

}  // namespace
}  // namespace smartcontacts::integration
