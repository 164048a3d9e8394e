// `smart-contactsd migrate`, and starting on databases that are not as they should be.

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/fault/fault_test.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class MigrateCommand : public testing::Test, public Server {
 protected:
  MigrateCommand() {
    postgres_.CreateDatabase("fresh");
    postgres_.CreateDatabase("fresh_keys");
  }

  static std::vector<std::string> Databases(const std::string& data, const std::string& keys) {
    return {"--database", data, "--key-database", keys};
  }
  std::vector<std::string> Databases(const std::string& user) const {
    return Databases(postgres_.Uri("fresh", user), postgres_.Uri("fresh_keys", user));
  }
  Finished Migrate(const std::string& what, const std::vector<std::string>& databases,
                   const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"migrate", what};
    arguments.insert(arguments.end(), databases.begin(), databases.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunProgram(kServerProgram, arguments);
  }
  // `serve` does not start, and says `part`; no password is in what it says.
  void ExpectNoStart(const std::vector<std::string>& databases, int exit_code,
                     const std::string& part) {
    std::vector<std::string> arguments = {"--dev",      "--data-directory", data_,
                                          "--listen",   "127.0.0.1:0",      "--admin-listen",
                                          "127.0.0.1:0"};
    arguments.insert(arguments.end(), databases.begin(), databases.end());
    const Finished result = Serve(arguments)->Wait();
    EXPECT_EQ(result.exit_code, exit_code);
    EXPECT_THAT(result.err, AllOf(HasSubstr(part), Not(HasSubstr("CANARY"))));
  }

  const PostgresServer postgres_{{"fsync=off"}};
};

TEST_F(MigrateCommand, GoesFromNothingToServing) {
  const auto owner = Databases(PostgresServer::kOwner);
  EXPECT_THAT(Migrate("status", owner).out, AllOf(HasSubstr("0 of 6"), HasSubstr("pending")));
  ExpectNoStart(Databases(PostgresServer::kService), 1, "migrate up");
  EXPECT_THAT(Migrate("up", owner, {"--dry-run"}).out, HasSubstr("would be migrated"));
  EXPECT_THAT(Migrate("status", owner).out, HasSubstr("pending"));
  const Finished up = Migrate("up", owner, {"--service-role", PostgresServer::kService});
  EXPECT_EQ(up.exit_code, 0) << up.err;
  const json status = json::parse(Migrate("status", owner, {"--output", "json"}).out);
  ASSERT_EQ(status.size(), 2U);
  for (const json& database : status) {
    EXPECT_EQ(database["outcome"], "up to date");
    EXPECT_EQ(database["version"], database["program_version"]);
  }
  ExpectNoStart(owner, 1, "row-level security");
}

TEST_F(MigrateCommand, TakesLibpqsServiceFileAndEnvironment) {
  const std::string file = directory_ / "services";
  WriteFile(file, absl::StrCat("[contacts_keys]\nhost=127.0.0.1\nport=", postgres_.port(),
                               "\ndbname=fresh_keys\nuser=", PostgresServer::kOwner, "\n"));
  const Finished result =
      RunProgram(kServerProgram,
                 {"migrate", "status", "--database", "postgresql://", "--key-database",
                  "service=contacts_keys"},
                 {"PGHOST=127.0.0.1", absl::StrCat("PGPORT=", postgres_.port()), "PGDATABASE=fresh",
                  absl::StrCat("PGUSER=", PostgresServer::kOwner), "PGSERVICEFILE=" + file});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("0 of 6"), HasSubstr("0 of 2")));
}

TEST_F(MigrateCommand, WhatIsWrongIsSaid) {
  const auto owner = Databases(PostgresServer::kOwner);
  EXPECT_EQ(Migrate("up", {}).exit_code, 2);
  EXPECT_THAT(Migrate("up", {}).err,
              AllOf(HasSubstr("--database is missing"), HasSubstr("--key-database is missing")));
  EXPECT_THAT(Migrate("up", Databases("/tmp/a.db", "/tmp/b.db")).err, HasSubstr("SQLite"));
  EXPECT_EQ(Migrate("up", Databases(owner[1], owner[1])).exit_code, 2);
  const Finished no_role = Migrate("up", owner, {"--service-role", "nobody_there"});
  EXPECT_EQ(no_role.exit_code, 1);
  EXPECT_THAT(no_role.err, AllOf(HasSubstr("dbname=fresh"), HasSubstr("nobody_there")));
  const Finished not_owner = Migrate("up", Databases(PostgresServer::kService));
  EXPECT_EQ(not_owner.exit_code, 1);
  EXPECT_THAT(not_owner.err, HasSubstr("refuses this user"));
}

TEST_F(MigrateCommand, AServerThatCannotReachItsDatabaseSaysWhichAndWhyButNoPassword) {
  const std::string nowhere = absl::StrCat("postgresql://someone:CANARY@127.0.0.1:", FreePort());
  const auto databases = Databases(nowhere + "/data", nowhere + "/keys");
  ExpectNoStart(databases, 1, "dbname=keys user=someone");
  ExpectNoStart(databases, 1, "Connection refused");
  ExpectNoStart(Databases("postgresql://someone:CANARY@[", nowhere), 2, "--database: ");
  ExpectNoStart({"--database", nowhere + "/data"}, 2, "--key-database: with PostgreSQL");
  ExpectNoStart({"--database", data_ + "/x.db", "--key-database", nowhere + "/keys"}, 2,
                "--key-database: with PostgreSQL");
  ExpectNoStart({"--database-listen", "db.example"}, 2, "--database-listen: expected");
  ExpectNoStart({"--metrics-listen", "9464"}, 2, "--metrics-listen: expected");
  ExpectNoStart(Databases(postgres_.Uri("not_there"), postgres_.Uri("not_there_keys")), 1,
                "does not exist");
}

}  // namespace
}  // namespace smartcontacts::integration
