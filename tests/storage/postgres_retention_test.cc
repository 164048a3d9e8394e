// What the backend for PostgreSQL must hold beside the conformance suite: who waits for whom among
// syncs, imports and purges, and what several servers on one database see of each other.

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/master_key.h"
#include "storage/audit_chain.h"
#include "storage/key_ring.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/schema.h"
#include "tests/conformance/fixtures.h"
#include "tests/postgres_server.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::NewTenant;
using fixtures::Person;
using fixtures::Salt;
using testing::IsEmpty;
using testing::SizeIs;

const PostgresServer& Postgres() {
  static const PostgresServer server({"fsync=off"});
  return server;
}

// One of several that share the databases.
struct Replica {
  Replica(const std::string& name, const std::string& master_key)
      : data(Options(name, DataSchema())), key_data(Options(name + "_keys", KeySchema())) {
    key_store = *OpenPostgresKeyStore(key_data);
    keys = *KeyRing::Open(*crypto::MasterKey::Parse(master_key), *key_store);
    store = *OpenPostgresStore(data, *keys);
  }
  static DatabaseOptions Options(const std::string& database, const Schema& schema) {
    return {.connection = *CompleteConnectionOptions(Postgres().Uri(database)),
            .schema = schema.name,
            .lock_timeout = absl::Seconds(5)};
  }

  PostgresDatabase data;
  PostgresDatabase key_data;
  std::unique_ptr<KeyStore> key_store;
  std::unique_ptr<KeyRing> keys;
  std::unique_ptr<Store> store;
};

// A tenant with three subscribers.
class PostgresRetention : public testing::Test {
 protected:
  PostgresRetention() {
    static std::atomic<int> count{0};
    name_ = absl::StrCat("retention_", ++count);
    crypto::InitializeOrDie();
    master_key_ = crypto::MasterKey::GenerateText();
    Postgres().CreateMigrated(name_);
    replica_ = std::make_unique<Replica>(name_, master_key_);
    EXPECT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
    const DirectoryChange people = {.upserts = {Person(1, {}), Person(2, {}), Person(3, {})}};
    EXPECT_TRUE(store().Apply(kAcme, people, 100, By(kNow)).ok());
  }

  Store& store() { return *replica_->store; }

  absl::StatusOr<SyncOutcome> Sync(int person) {
    return store().SyncBook(kAcme,
                            {.account = AorOf(person),
                             .device = *DeviceId::Parse("phone"),
                             .sync_id = {},
                             .consent = Consent{"1", kNow},
                             .epoch = 1,
                             .added = {crypto::Digest{}}},
                            {.privacy_policy_version = "1", .contacts_max = 10, .devices_max = 10},
                            kNow);
  }

  std::string Query(const std::string& sql) const { return Postgres().Query(sql, name_); }
  // Until somebody waits for a lock.
  void AwaitWaiting() const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                 "AND datname = current_database()") == "0") {
      ASSERT_LT(absl::Now(), deadline) << "nobody waits";
      absl::SleepFor(absl::Milliseconds(10));
    }
  }

  const TenantId kAcme = Id("acme");
  std::string name_;
  std::string master_key_;
  std::unique_ptr<Replica> replica_;
};

// Somebody else's transaction, which sees every row.
class Other {
 public:
  explicit Other(const std::string& database)
      : connection_(Postgres().Uri(database, PostgresServer::kSuperuser)),
        transaction_(connection_) {
    transaction_.exec("SET LOCAL search_path = smart_contacts");
  }
  void Do(const std::string& sql) { transaction_.exec(sql); }
  void Commit() { transaction_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work transaction_;
};

// ---- Who waits for whom ----

TEST_F(PostgresRetention, ASyncDoesNotWaitForAnImport) {
  Other import(name_);
  import.Do("SELECT 1 FROM tenants WHERE tenant_id = 'acme' FOR NO KEY UPDATE");
  const auto outcome = Sync(1);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->refusal, std::nullopt);
}

TEST_F(PostgresRetention, ASyncThatARemovalWaitedForIsErasedByIt) {
  ASSERT_TRUE(Sync(1).ok());
  // The first syncs of the other two, as SyncBook() goes about them.
  Other sync(name_);
  sync.Do("SELECT 1 FROM subscribers FOR NO KEY UPDATE");
  sync.Do(
      absl::StrCat("INSERT INTO address_books SELECT 'acme', aor_tag, '\\x01', '', "
                   "row_number() OVER (), 1, 1, 5, '', '', '1', 0, ",
                   absl::ToUnixMicros(kNow),
                   " FROM subscribers WHERE aor_tag NOT IN "
                   "(SELECT account_tag FROM address_books)"));
  std::future<absl::StatusOr<DirectoryCounts>> removal = std::async(std::launch::async, [&] {
    return store().Apply(kAcme, {.removals = {AorOf(1), AorOf(2), AorOf(3)}}, 100, By(kNow));
  });
  AwaitWaiting();
  sync.Commit();
  const auto counts = removal.get();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->removed, 3);
  EXPECT_EQ(*store().CountBooks(kAcme, {}), BookCounts{});
  EXPECT_EQ(Query("SELECT count(*) FROM smart_contacts.discarded_books"), "3");
}

TEST_F(PostgresRetention, APurgeWaitsForASyncAndNoSyncComesAfterIt) {
  Other sync(name_);
  sync.Do("SELECT 1 FROM tenants WHERE tenant_id = 'acme' FOR KEY SHARE");
  std::future<absl::StatusOr<std::int64_t>> purge =
      std::async(std::launch::async, [&] { return store().BeginPurge(kAcme, By(kNow)); });
  AwaitWaiting();
  sync.Commit();
  EXPECT_EQ(*purge.get(), 1);
  EXPECT_TRUE(absl::IsNotFound(Sync(1).status()));
}

// ---- Several servers ----

TEST_F(PostgresRetention, AKeyThatAnotherServerDestroyedLeavesTheMemory) {
  const Replica other(name_, master_key_);
  ASSERT_TRUE(other.store->ListEpochs(kAcme).ok());
  ASSERT_TRUE(store().BeginPurge(kAcme, By(kNow)).ok());
  ASSERT_TRUE(other.keys->Get(kAcme).ok()) << "it has not looked yet";
  EXPECT_THAT(*other.store->ReadVersions({kAcme}), IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(other.keys->Get(kAcme).status()));
}

// ---- The audit log ----

TEST_F(PostgresRetention, WhateverIsChangedInTheLogIsFound) {
  for (int i = 3; i <= 6; ++i) {
    ASSERT_TRUE(store().AppendAuditEntry(kAcme, By(kNow), "x", {{"n", i}}).ok());
  }
  EXPECT_EQ(store().VerifyAuditChain(kAcme)->first_invalid_sequence, 0);
  const std::string copy =
      "CREATE TABLE IF NOT EXISTS smart_contacts.entries AS SELECT * FROM "
      "smart_contacts.audit_entries; CREATE TABLE IF NOT EXISTS smart_contacts.heads AS "
      "SELECT * FROM smart_contacts.audit_heads;";
  const std::string restore =
      "TRUNCATE audit_entries, audit_heads; INSERT INTO audit_entries SELECT * FROM entries; "
      "INSERT INTO audit_heads SELECT * FROM heads;";
  Postgres().Execute(copy, name_);
  const std::pair<const char*, int> cases[] = {
      {"UPDATE audit_entries SET actor = 'operator:eve' WHERE sequence = 4", 4},
      {"UPDATE audit_entries SET time = time + 1 WHERE sequence = 4", 4},
      {"UPDATE audit_entries SET counts = '{\"n\":5}' WHERE sequence = 4", 4},
      {"UPDATE audit_entries SET counts = 'no JSON' WHERE sequence = 4", 4},
      {"UPDATE audit_entries SET hash = '\\x00' WHERE sequence = 4", 4},
      {"DELETE FROM audit_entries WHERE sequence = 1", 1},
      {"DELETE FROM audit_entries WHERE sequence = 4", 4},
      {"DELETE FROM audit_entries WHERE sequence = 6", 6},
      {"DELETE FROM audit_entries", 1},
      {"DELETE FROM audit_heads", 6},
      {"UPDATE audit_heads SET sequence = 5, hash = (SELECT hash FROM audit_entries WHERE "
       "sequence = 5)",
       6},
      {"INSERT INTO audit_entries SELECT tenant_id, 0, time, actor, action, counts, hash "
       "FROM audit_entries WHERE sequence = 1",
       1},
      {"INSERT INTO audit_entries SELECT tenant_id, 7, time, actor, action, counts, hash "
       "FROM audit_entries WHERE sequence = 6",
       7},
      {"UPDATE audit_entries SET sequence = 100 WHERE sequence = 5; "
       "UPDATE audit_entries SET sequence = 5 WHERE sequence = 6; "
       "UPDATE audit_entries SET sequence = 6 WHERE sequence = 100",
       5},
  };
  for (const auto& [sql, first_invalid] : cases) {
    Postgres().Execute(absl::StrCat("SET search_path = smart_contacts; ", sql), name_);
    const auto verdict = store().VerifyAuditChain(kAcme);
    ASSERT_TRUE(verdict.ok()) << verdict.status() << sql;
    EXPECT_EQ(verdict->first_invalid_sequence, first_invalid) << sql;
    Postgres().Execute(absl::StrCat("SET search_path = smart_contacts; ", restore), name_);
    EXPECT_EQ(store().VerifyAuditChain(kAcme)->first_invalid_sequence, 0);
  }
}

TEST_F(PostgresRetention, ALogOfSeveralPagesIsVerifiedToItsEnd) {
  const auto entries = store().ListAuditEntries(kAcme, 0, 10);
  AuditHead head{entries->back().sequence, entries->back().hash};
  pqxx::connection connection(Postgres().Uri(name_, PostgresServer::kSuperuser));
  pqxx::work transaction(connection);
  transaction.exec("SET search_path = smart_contacts");
  while (head.sequence < 20'001) {
    const AuditEntry entry =
        NextEntry(replica_->keys->service_keys().audit_chain, kAcme, head, By(kNow), "x", {});
    transaction.exec_params("INSERT INTO audit_entries VALUES ('acme', $1, $2, $3, 'x', '{}', $4)",
                            entry.sequence, absl::ToUnixMicros(entry.time), entry.actor,
                            pqxx::binarystring(entry.hash.data(), entry.hash.size()));
    head = {entry.sequence, entry.hash};
  }
  transaction.exec_params("UPDATE audit_heads SET sequence = $1, hash = $2", head.sequence,
                          pqxx::binarystring(head.hash.data(), head.hash.size()));
  transaction.commit();
  EXPECT_EQ(store().VerifyAuditChain(kAcme)->entry_count, 20'001);
  EXPECT_EQ(store().VerifyAuditChain(kAcme)->first_invalid_sequence, 0);
  Postgres().Execute("UPDATE smart_contacts.audit_entries SET time = 0 WHERE sequence = 20001",
                     name_);
  EXPECT_EQ(store().VerifyAuditChain(kAcme)->first_invalid_sequence, 20'001);
}

TEST_F(PostgresRetention, ATenantThatIsOlderThanTheLogBeginsOne) {
  Postgres().Execute("TRUNCATE smart_contacts.audit_entries, smart_contacts.audit_heads", name_);
  EXPECT_THAT(*store().ListAuditEntries(kAcme, 0, 10), IsEmpty());
  EXPECT_EQ(store().VerifyAuditChain(kAcme)->entry_count, 0);
  ASSERT_TRUE(store().AppendAuditEntry(kAcme, By(kNow), "x", {}).ok());
  ASSERT_THAT(*store().ListAuditEntries(kAcme, 0, 10), SizeIs(1));
  EXPECT_EQ(store().ListAuditEntries(kAcme, 0, 10)->front().sequence, 1);
}

}  // namespace
}  // namespace smartcontacts::storage
