// `smart-contactsd vacuum`.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;

class VacuumTest : public ServerTest {
 protected:
  Finished Vacuum(const std::string& database) {
    return RunProgram(kServerProgram, {"vacuum", "--database", database});
  }
};

TEST_F(VacuumTest, AFileNeedsNone) {
  const Finished result = Vacuum(directory_ / "data.db");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("overwritten at once"));
}

TEST_F(VacuumTest, TheOwnerFreesWhatPostgresKeepsOfDeletedRows) {
  if (!OnPostgres()) GTEST_SKIP() << "about PostgreSQL";
  Postgres().CreateMigrated("vacuumed");
  const std::string vacuumed =
      "SELECT count(*) FILTER (WHERE vacuum_count > 0) || ' of ' || count(*) "
      "FROM pg_stat_user_tables JOIN pg_class ON oid = relid "
      "WHERE schemaname = 'smart_contacts' AND relkind = 'r'";
  const std::string tables = Postgres().Query(
      "SELECT count(*) FROM pg_tables t JOIN pg_class c ON c.relname = t.tablename "
      "AND c.relnamespace = t.schemaname::regnamespace "
      "WHERE schemaname = 'smart_contacts' AND relkind = 'r'",
      "vacuumed");
  const Finished refused = Vacuum(Postgres().Uri("vacuumed"));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("owns schema smart_contacts"));
  EXPECT_EQ(Postgres().Query(vacuumed, "vacuumed"), absl::StrCat("0 of ", tables));

  const Finished result = Vacuum(Postgres().Uri("vacuumed", PostgresServer::kOwner));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Postgres().Query(vacuumed, "vacuumed"), absl::StrCat(tables, " of ", tables));

  const Finished elsewhere = Vacuum(Postgres().Uri("postgres", PostgresServer::kOwner));
  EXPECT_EQ(elsewhere.exit_code, 1);
  EXPECT_THAT(elsewhere.err, HasSubstr("is this the right database?"));
}

}  // namespace
}  // namespace smartcontacts::integration
