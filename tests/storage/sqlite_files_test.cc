// Files that are not what they should be, and what a stolen file tells.

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/fixtures.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::storage {
namespace {

using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using testing::HasSubstr;

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
        (*store)->CreateTenant(fixtures::NewTenant("acme"), fixtures::Salt(0x5a), By(kNow)).ok());
    ASSERT_TRUE(
        (*store)->CreateTenant(fixtures::NewTenant("globex"), fixtures::Salt(1), By(kNow)).ok());
    std::vector<Subscriber> people;
    for (int i = 0; i < 200; ++i) people.push_back(fixtures::Person(7000 + i, {4930231250 + i}));
    ASSERT_TRUE((*store)->Apply(Id("acme"), {.upserts = people}, 1000, By(kNow)).ok());
  }

  void Execute(const std::string& sql) { Query(path_, sql); }

  // The first column of all rows.
  static std::vector<std::string> Query(const std::string& path, const std::string& sql) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    std::vector<std::string> values;
    const auto on_row = [](void* into, int, char** columns, char**) {
      static_cast<std::vector<std::string>*>(into)->emplace_back(columns[0]);
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), on_row, &values, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    return values;
  }

  // Makes the data file one of the first `version` migrations, with what it has so far.
  void BringBackTo(std::size_t version) {
    const std::string earlier = directory_ / "earlier.db";
    std::string script = "BEGIN;";
    for (const Migration& migration : DataMigrations().first(version)) {
      absl::StrAppend(&script, migration.sql);
    }
    absl::StrAppend(&script, "PRAGMA user_version = ", version,
                    "; PRAGMA application_id = ", Query(path_, "PRAGMA application_id").front(),
                    "; COMMIT;");
    Query(earlier, script);
    script = absl::StrCat("ATTACH '", path_, "' AS newer;");
    for (const std::string& table :
         Query(earlier, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
      const std::string columns = absl::StrJoin(
          Query(earlier, absl::StrCat("SELECT name FROM pragma_table_info('", table, "')")), ", ");
      absl::StrAppend(&script, "INSERT INTO ", table, " (", columns, ") SELECT ", columns,
                      " FROM newer.", table, ";");
    }
    Query(earlier, script);
    std::filesystem::rename(earlier, path_);
  }

  // Of all files of the data and the keys.
  std::string AllBytes() {
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
      absl::StrAppend(&bytes, ReadFile(file.path().string()));
    }
    return bytes;
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
  // The head of every page of the second half: the schema, in the first, is whole.
  for (std::size_t page = bytes.size() / 8192 * 4096; page < bytes.size(); page += 4096) {
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
  ASSERT_TRUE(
      (*store)->CreateTenant(fixtures::NewTenant("acme"), fixtures::Salt(0x5a), By(kNow)).ok());
  Subscriber person{.aor = *Aor::Parse("sip:canary-aor@acme.example"),
                    .identifiers = {*Identifier::Global("4930231259876")}};
  ASSERT_TRUE((*store)->Apply(Id("acme"), {.upserts = {person}}, 10, By(kNow)).ok());
  ASSERT_TRUE((*store)->SetChoice(Id("acme"), person.aor, false, false, {"account", kNow}).ok());
  BookSync sync{.account = person.aor,
                .device = *DeviceId::Parse("canary-device"),
                .sync_id = {},
                .consent = Consent{"1", kNow},
                .epoch = 1,
                .token = std::nullopt,
                .added = {crypto::Digest{}},
                .removed = {}};
  sync.sync_id.bytes.fill(0x5b);
  sync.added.front().bytes.fill(0x5c);
  const auto outcome =
      (*store)->SyncBook(Id("acme"), sync, {"1", 10, 1, absl::InfinitePast()}, kNow);
  ASSERT_TRUE(outcome.ok() && !outcome->refusal.has_value()) << outcome.status();
  const std::string token(outcome->state.token.bytes.begin(), outcome->state.token.bytes.end());
  const std::string bytes = AllBytes();
  for (const std::string& secret :
       {std::string("canary-aor"), std::string("30231259876"), std::string("canary-device"),
        std::string(16, '\x5a'), std::string(16, '\x5b'), std::string(16, '\x5c'), token}) {
    EXPECT_FALSE(absl::StrContains(bytes, secret)) << absl::CHexEscape(secret);
  }
}

TEST_F(SqliteFiles, WhatWasPurgedIsInNoFileAnyMore) {
  Fill();
  const auto stored = [](const std::string& path, const std::string& column_of_table) {
    const auto hex = Query(path, absl::StrCat("SELECT hex(", column_of_table,
                                              " WHERE tenant_id = ", "'acme' LIMIT 1"));
    return absl::HexStringToBytes(hex.front());
  };
  const std::vector<std::string> traces = {
      stored(directory_ / "keys.db", "sealed) FROM wrapped_keys"),
      stored(path_, "sealed_aor) FROM subscribers"),
      stored(path_, "sealed_identifier) FROM identifiers"),
      stored(path_, "sealed_salt) FROM epochs")};
  for (const std::string& trace : traces) EXPECT_TRUE(absl::StrContains(AllBytes(), trace));
  // A change shortly before leaves what is purged in the write-ahead logs.
  const auto store = Open();
  ASSERT_TRUE(
      (*store)->Apply(Id("acme"), {.removals = {fixtures::AorOf(7000)}}, 1000, By(kNow)).ok());
  ASSERT_EQ(*(*store)->BeginPurge(Id("acme"), By(kNow)), 1);
  EXPECT_FALSE(absl::StrContains(AllBytes(), traces.front())) << "the key, at once";
  while (!(*store)->PurgeRows(Id("acme"), 100)->empty()) {
  }
  for (const std::string& trace : traces) {
    EXPECT_FALSE(absl::StrContains(AllBytes(), trace));
  }
}

TEST_F(SqliteFiles, EveryEarlierVersionIsBroughtUpToDate) {
  Fill();
  // The newest first: each knows less than the one before.
  for (std::size_t version = DataMigrations().size() - 1; version > 0; --version) {
    BringBackTo(version);
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const auto person = (*store)->GetSubscriber(Id("acme"), fixtures::AorOf(7000));
    ASSERT_TRUE(person.ok()) << person.status();
    EXPECT_EQ(person->identifiers, fixtures::Person(7000, {4930231250}).identifiers);
    EXPECT_EQ((*store)->GetTenant(Id("acme"))->books_version, 0);
    const auto chosen =
        (*store)->SetChoice(Id("acme"), person->aor, false, false, {"account", kNow});
    EXPECT_TRUE(chosen.ok()) << chosen.status();
    EXPECT_EQ((*store)->VerifyAuditChain(Id("acme"))->first_invalid_sequence, 0);
    EXPECT_TRUE((*store)->BeginSealing(Id("acme"), 1, 0, 64).ok());
  }
}

TEST_F(SqliteFiles, AKeyStoreOfTheFirstVersionGetsTheServicesKey) {
  Fill();
  keys_.reset();
  key_store_.reset();
  Query(directory_ / "keys.db", "DROP TABLE service_key; PRAGMA user_version = 1");
  OpenKeys();
  EXPECT_EQ(Query(directory_ / "keys.db", "SELECT count(*) FROM service_key").front(), "1");
  EXPECT_TRUE(keys_->Get(Id("acme")).ok());
}

// Whoever can write to the file cannot write the log anew.
TEST_F(SqliteFiles, ALogThatWasTamperedWithIsFound) {
  Fill();
  const std::string pristine = ReadFile(path_);
  const struct {
    const char* sql;
    std::int64_t first_invalid;
  } cases[] = {
      {"UPDATE audit_entries SET actor = 'operator:other' WHERE sequence = 2", 2},
      {"UPDATE audit_entries SET counts = '{\"added\":1}' WHERE sequence = 2", 2},
      {"UPDATE audit_entries SET counts = '{' WHERE sequence = 1", 1},
      {"UPDATE audit_entries SET hash = x'00' WHERE sequence = 1", 1},
      {"DELETE FROM audit_entries WHERE sequence = 1", 1},
      {"DELETE FROM audit_entries WHERE sequence = 2", 2},
      {"DELETE FROM audit_entries WHERE sequence = 2; UPDATE audit_heads SET sequence = 1", 1},
      {"INSERT INTO audit_entries SELECT tenant_id, 3, time, actor, action, counts, hash "
       "FROM audit_entries WHERE tenant_id = 'acme' AND sequence = 2",
       3},
      {"DELETE FROM audit_heads", 2},
      {"UPDATE audit_heads SET hash = x'00'", 2},
      {"UPDATE audit_entries SET sequence = 5 - sequence; "
       "UPDATE audit_entries SET sequence = sequence - 2",
       1},
  };
  for (const auto& [sql, first_invalid] : cases) {
    WriteFile(path_, pristine);
    {
      const auto store = Open();
      const auto verdict = (*store)->VerifyAuditChain(Id("acme"));
      ASSERT_TRUE(verdict.ok()) << verdict.status();
      EXPECT_EQ(verdict->first_invalid_sequence, 0);
      EXPECT_EQ(verdict->entry_count, 2);
    }
    Execute(sql);
    const auto store = Open();
    const auto verdict = (*store)->VerifyAuditChain(Id("acme"));
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->first_invalid_sequence, first_invalid) << sql;
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
      "matching_access, visible_revision, revision, own_discoverable, announced "
      "FROM subscribers");
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
