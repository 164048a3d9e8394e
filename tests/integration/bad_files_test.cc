// Files that are not what they should be, through the real programs.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kHeader[] = "aor,numbers,extension,enabled,discoverable,matching\n";
constexpr uid_t kNobody = 65534;

class DirectoryFileTest : public ServerTest {
 protected:
  DirectoryFileTest() {
    StartServer({"--subscribers-max", "1000"});
    CreateTenant("acme");
    WriteFile(good_, absl::StrCat(kHeader, Line(101), Line(102), Line(103), Line(104), Line(105)));
    EXPECT_EQ(Admin({"directory", "import", "acme", good_}).exit_code, 0);
  }

  static std::string Line(int number) {
    return absl::StrCat("sip:", number, "@acme.example,+49 30 23125", number, ",", number,
                        ",true,true,inherit\n");
  }
  // The import fails, says `part`, and changes nothing.
  void ExpectRefused(const std::string& content, const std::string& part) {
    const std::string file = directory_ / "bad.csv";
    WriteFile(file, content);
    ExpectFileRefused(file, part);
  }
  void ExpectFileRefused(const std::string& file, const std::string& part) {
    const Finished result = Admin({"directory", "import", "acme", file});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.out + result.err, HasSubstr(part));
    EXPECT_EQ(Revision("acme"), 1);
  }

  const std::string good_ = directory_ / "good.csv";
};

TEST_F(DirectoryFileTest, AnEmptyFileIsRefused) {
  ExpectRefused("", "empty");
  ExpectRefused(kHeader, "header");
  ExpectFileRefused(directory_ / "none.csv", "No such file");
}

TEST_F(DirectoryFileTest, AFileThatWasCutOffIsRefused) {
  const std::string whole = ReadFile(good_);
  ExpectRefused(whole.substr(0, whole.size() - 5), "cut off");
}

TEST_F(DirectoryFileTest, OneBadLineIsNamedAndNothingIsImported) {
  ExpectRefused(absl::StrCat(kHeader, Line(101), "sip:102@acme.example,not a number,,true,true,\n"),
                "line 3: number 1 cannot be matched");
  ExpectRefused(absl::StrCat(kHeader, Line(101), "sip:102@foreign.example,,,true,true,\n"),
                "line 3: ");
  ExpectRefused(absl::StrCat(kHeader, Line(101), "sip:102@acme.example,,12345,true,true,\n"),
                "line 3: the extension does not fit");
  ExpectRefused(absl::StrCat(kHeader, Line(101), "sip:102@acme.example,112,,true,true,\n"),
                "emergency number");
  ExpectRefused(absl::StrCat(kHeader, Line(101), Line(102), Line(101)),
                "line 4: the address stands in line 2 too");
  ExpectRefused(absl::StrCat(kHeader, "sip:\xff@acme.example,,,true,true,\n"), "line 2: ");
}

TEST_F(DirectoryFileTest, RejectedLinesCanBeSkipped) {
  WriteFile(
      directory_ / "mixed.csv",
      absl::StrCat(ReadFile(good_), "sip:106@acme.example,nonsense,,true,true,\n", Line(107)));
  const Finished result = Admin({"directory", "import", "acme", directory_ / "mixed.csv",
                                 "--skip-rejected", "--output", "json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("\"added\": 1"), HasSubstr("\"rejected\": 1"),
                                HasSubstr("\"line\": 7"), HasSubstr("\"unchanged\": 5")));
}

TEST_F(DirectoryFileTest, ADryRunCountsAndChangesNothing) {
  WriteFile(directory_ / "next.csv",
            absl::StrCat(kHeader, Line(101), Line(102), Line(103), Line(104), Line(106)));
  const Finished result =
      Admin({"directory", "import", "acme", directory_ / "next.csv", "--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1 added, 0 changed, 1 removed, 4 unchanged"));
  EXPECT_EQ(Revision("acme"), 1);
}

TEST_F(DirectoryFileTest, ALargeRemovalNeedsItsOption) {
  WriteFile(directory_ / "small.csv", absl::StrCat(kHeader, Line(101), Line(102), Line(103)));
  ExpectFileRefused(directory_ / "small.csv", "--allow-large-removal");
  EXPECT_EQ(
      Admin({"directory", "import", "acme", directory_ / "small.csv", "--allow-large-removal"})
          .exit_code,
      0);
  EXPECT_EQ(Revision("acme"), 2);
}

TEST_F(DirectoryFileTest, AGigabyteIsRefusedWithoutBeingKept) {
  // One line that never ends, without taking up the disk.
  const std::string endless = directory_ / "endless.csv";
  WriteFile(endless, kHeader);
  std::filesystem::resize_file(endless, std::uintmax_t{1} << 30);
  ExpectFileRefused(endless, "cut off");
  // More subscribers than the server takes: it is not read to its end.
  const std::string many = directory_ / "many.csv";
  {
    std::ofstream file(many);
    file << kHeader;
    for (int i = 0; i < 200'000; ++i) file << "sip:u" << i << "@acme.example,,,true,true,\n";
  }
  std::filesystem::resize_file(many, std::uintmax_t{1} << 30);
  ExpectFileRefused(many, "DIRECTORY_TOO_LARGE");
}

TEST_F(DirectoryFileTest, TwoImportsInARowAreTheSame) {
  const Finished again = Admin({"directory", "import", "acme", good_});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("0 added, 0 changed, 0 removed, 5 unchanged"));
  EXPECT_EQ(Revision("acme"), 1);
}

class StoredDataTest : public ServerTest {
 protected:
  // Makes a database and leaves it to be spoilt.
  StoredDataTest() {
    StartServer();
    CreateTenant("acme");
    for (int i = 0; i < 50; ++i)
      Upsert("acme", absl::StrCat(i), {absl::StrCat("tel:+4930231250", i + 10)});
    EXPECT_EQ(StopServer().exit_code, 0);
  }

  void ExpectRefused(const std::string& part, std::optional<uid_t> user = {}) {
    const Finished result = Serve(DevArguments(), user)->Wait();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("cannot start"), HasSubstr(part)));
  }
};

// What can be wrong with SQLite's file.
class DatabaseFileTest : public StoredDataTest {
 protected:
  void SetUp() override {
    if (OnPostgres()) GTEST_SKIP() << "PostgreSQL has no file of ours";
  }
  void ExpectRefusedUntouched(const std::string& part, std::optional<uid_t> user = {}) {
    const std::string before = ReadFile(database_);
    ExpectRefused(part, user);
    EXPECT_EQ(ReadFile(database_), before) << "the file was touched";
  }
  void Execute(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(database_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  const std::string database_ = data_ + "/smart-contacts.db";
};

TEST_F(DatabaseFileTest, ADatabaseThatAnotherServerHasIsRefused) {
  StartServer();
  ExpectRefusedUntouched("smart-contacts.db");
  CreateTenant("globex");
}

TEST_F(DatabaseFileTest, AReadOnlyDatabaseIsRefused) {
  for (const auto& entry : std::filesystem::directory_iterator(data_)) {
    std::filesystem::permissions(entry, std::filesystem::perms(0666));
  }
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(data_, std::filesystem::perms::all);
  std::filesystem::permissions(database_, std::filesystem::perms(0444));
  ExpectRefusedUntouched("read-only", kNobody);
}

TEST_F(DatabaseFileTest, ADatabaseOfANewerProgramIsRefused) {
  Execute("PRAGMA user_version = 999");
  ExpectRefusedUntouched("newer version");
}

TEST_F(DatabaseFileTest, ACorruptDatabaseIsRefused) {
  const std::string bytes = ReadFile(database_);
  WriteFile(database_, bytes.substr(0, bytes.size() / 2));
  ExpectRefusedUntouched("restore it from a backup");
  WriteFile(database_, std::string(10'000, 'x'));
  ExpectRefusedUntouched("restore it from a backup");
}

TEST_F(StoredDataTest, AnotherMasterKeyIsRefused) {
  std::filesystem::remove(data_ + "/dev-master.key");
  ExpectRefused("master key");
}

TEST_F(StoredDataTest, ADamagedKeyFileIsNamedButNotShown) {
  const std::string key_file = data_ + "/dev-master.key";
  const std::string good = ReadFile(key_file);
  WriteFile(key_file, "1:CANARY\n");
  const Finished damaged = Serve(DevArguments())->Wait();
  EXPECT_EQ(damaged.exit_code, 2);
  EXPECT_THAT(damaged.err, AllOf(HasSubstr("dev-master.key"), Not(HasSubstr("CANARY"))));
  WriteFile(key_file, good);
  StartServer();
  EXPECT_EQ(Revision("acme"), 50) << "nothing was changed";
}

TEST_F(StoredDataTest, APortInUseIsNamed) {
  StartServer();
  std::vector<std::string> arguments = {"--dev",      "--data-directory", directory_ / "other",
                                        "--listen",   app_address_,       "--admin-listen",
                                        "127.0.0.1:0"};
  const Finished result = Serve(arguments)->Wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr(app_address_), HasSubstr("in use")));
}

}  // namespace
}  // namespace smartcontacts::integration
