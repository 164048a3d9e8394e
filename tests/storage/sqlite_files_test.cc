// Files that are not what they should be, and what a stolen file tells.

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/escaping.h"
#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/fixtures.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::storage {
namespace {

using fixtures::Id;
using fixtures::kNow;
using testing::HasSubstr;
using testing::Not;

constexpr uid_t kNobody = 65534;

class SqliteFiles : public testing::Test {
 protected:
  SqliteFiles() {
    crypto::InitializeOrDie();
    master_key_ = crypto::MasterKey::GenerateText();
    OpenKeys();
  }

  void OpenKeys() {
    keys_.reset();
    key_store_ = *OpenSqliteKeyStore(directory_ / "keys.db");
    keys_ = *KeyRing::Open(*crypto::MasterKey::Parse(master_key_), *key_store_);
  }
  absl::StatusOr<std::unique_ptr<Store>> Open() { return OpenSqliteStore(path_, *keys_); }

  // A database with a tenant and a subscriber, closed.
  void Fill() {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(
        (*store)->CreateTenant(fixtures::NewTenant("acme"), fixtures::Salt(0x5a), kNow).ok());
    ASSERT_TRUE(
        (*store)->CreateTenant(fixtures::NewTenant("globex"), fixtures::Salt(1), kNow).ok());
    std::vector<Subscriber> people;
    for (int i = 0; i < 200; ++i) people.push_back(fixtures::Person(7000 + i, {4930231250 + i}));
    ASSERT_TRUE((*store)->Apply(Id("acme"), {.upserts = people}, 1000, kNow).ok());
  }

  void Execute(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  // The file is refused with `code`, a message that has the path and `part`, and is not touched.
  void ExpectRefused(absl::StatusCode code, const std::string& part) {
    const std::string before = ReadFile(path_);
    const absl::Status status = Open().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
    EXPECT_EQ(ReadFile(path_), before) << "the file was touched";
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_ / "data.db";
  std::string master_key_;
  std::unique_ptr<KeyStore> key_store_;
  std::unique_ptr<KeyRing> keys_;
};

TEST_F(SqliteFiles, ANewFileIsForItsOwnerOnly) {
  Fill();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(SqliteFiles, AMissingFolderIsNamed) {
  const absl::Status status = OpenSqliteStore(directory_ / "none/data.db", *keys_).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("none/data.db"));
}

TEST_F(SqliteFiles, ASecondServerIsKeptAway) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
}

TEST_F(SqliteFiles, AReadOnlyFileIsRefused) {
  Fill();
  // Root may write everything, so somebody else tries.
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path_ + ".lock", std::filesystem::perms::all);
  std::filesystem::permissions(path_, std::filesystem::perms(0444));
  const uid_t user = geteuid();
  ASSERT_EQ(seteuid(user == 0 ? kNobody : user), 0);
  ExpectRefused(absl::StatusCode::kUnavailable, "read-only");
  ASSERT_EQ(seteuid(user), 0);
}

TEST_F(SqliteFiles, AFileOfANewerVersionIsRefused) {
  Fill();
  Execute("PRAGMA user_version = 999");
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "newer version");
}

TEST_F(SqliteFiles, AnotherProgramsDatabaseIsRefused) {
  Execute("CREATE TABLE precious (x); INSERT INTO precious VALUES (1)");
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "another program");
}

TEST_F(SqliteFiles, TheKeyStoreIsNoDatabase) {
  std::filesystem::copy_file(directory_ / "keys.db", path_);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "another program");
}

TEST_F(SqliteFiles, AFileThatIsNoDatabaseIsRefused) {
  WriteFile(path_, std::string(10'000, 'x'));
  ExpectRefused(absl::StatusCode::kDataLoss, "restore it from a backup");
}

TEST_F(SqliteFiles, ACutOffFileIsRefused) {
  Fill();
  const std::string bytes = ReadFile(path_);
  WriteFile(path_, bytes.substr(0, bytes.size() / 2));
  ExpectRefused(absl::StatusCode::kDataLoss, "restore it from a backup");
}

TEST_F(SqliteFiles, ADamagedPageIsRefused) {
  Fill();
  std::string bytes = ReadFile(path_);
  // The head of every page but the first.
  for (std::size_t page = 4096; page < bytes.size(); page += 4096) {
    for (std::size_t i = 0; i < 8; ++i) bytes[page + i] = '\xff';
  }
  WriteFile(path_, bytes);
  ExpectRefused(absl::StatusCode::kDataLoss, "corrupt");
}

TEST_F(SqliteFiles, AnotherMasterKeyIsRefusedBeforeAnythingIsWritten) {
  Fill();
  const std::string before = ReadFile(directory_ / "keys.db");
  const auto ring =
      KeyRing::Open(*crypto::MasterKey::Parse(crypto::MasterKey::GenerateText()), *key_store_);
  EXPECT_TRUE(absl::IsFailedPrecondition(ring.status())) << ring.status();
  EXPECT_EQ(ReadFile(directory_ / "keys.db"), before);
}

TEST_F(SqliteFiles, AStolenFileTellsNoContactData) {
  const auto store = Open();
  ASSERT_TRUE((*store)->CreateTenant(fixtures::NewTenant("acme"), fixtures::Salt(0x5a), kNow).ok());
  Subscriber person{.aor = *Aor::Parse("sip:canary-aor@acme.example"),
                    .identifiers = {*Identifier::Global("4930231259876")}};
  ASSERT_TRUE((*store)->Apply(Id("acme"), {.upserts = {person}}, 10, kNow).ok());
  for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
    const std::string bytes = ReadFile(file.path().string());
    EXPECT_THAT(bytes, Not(HasSubstr("canary-aor"))) << file.path();
    EXPECT_THAT(bytes, Not(HasSubstr("30231259876"))) << file.path();
    EXPECT_THAT(bytes, Not(HasSubstr(std::string(16, '\x5a')))) << file.path();
  }
}

TEST_F(SqliteFiles, AValueMovedToAnotherRowDoesNotOpen) {
  Fill();
  Execute(
      "UPDATE subscribers SET sealed_aor = (SELECT sealed_aor FROM subscribers ORDER BY aor_tag "
      "LIMIT 1)");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE(
      absl::IsDataLoss((*store)->ReadDirectory(Id("acme"), 0, [](const auto&) {}).status()));
}

TEST_F(SqliteFiles, AValueMovedToAnotherTenantDoesNotOpen) {
  Fill();
  Execute(
      "INSERT INTO subscribers SELECT 'globex', aor_tag, sealed_aor, enabled, discoverable, "
      "matching_access, visible_revision, revision FROM subscribers");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->ReadDirectory(Id("acme"), 0, [](const auto&) {}).ok());
  EXPECT_TRUE(
      absl::IsDataLoss((*store)->ReadDirectory(Id("globex"), 0, [](const auto&) {}).status()));
}

TEST_F(SqliteFiles, ATenantWhoseKeyIsGoneCannotBeRead) {
  Fill();
  keys_.reset();
  key_store_.reset();
  std::filesystem::remove(directory_ / "keys.db");
  OpenKeys();
  const auto store = Open();
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      (*store)->ReadDirectory(Id("acme"), 0, [](const auto&) {}).status()));
}

}  // namespace
}  // namespace smartcontacts::storage
