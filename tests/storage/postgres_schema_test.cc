// What the schema in PostgreSQL itself must hold: row-level security behind the code, roles, keys
// led by the tenant, and migrations.

#include <gmock/gmock.h>

#include <atomic>
#include <pqxx/pqxx>
#include <thread>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/schema.h"
#include "tests/conformance/fixtures.h"
#include "tests/postgres_server.h"

namespace smartcontacts::storage {
namespace {

using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::NewTenant;
using fixtures::Person;
using fixtures::Salt;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const PostgresServer& Server() {
  static const PostgresServer server({"fsync=off"});
  return server;
}

class PostgresSchema : public testing::Test {
 protected:
  PostgresSchema() {
    static std::atomic<int> count{0};
    name_ = absl::StrCat("schema_", ++count);
  }

  static DatabaseOptions Options(const std::string& database, const std::string& user,
                                 const Schema& schema = DataSchema()) {
    return {.connection = *CompleteConnectionOptions(Server().Uri(database, user)),
            .schema = schema.name};
  }
  std::unique_ptr<PostgresDatabase> Connect(const std::string& user = PostgresServer::kService,
                                            const Schema& schema = DataSchema()) const {
    return std::make_unique<PostgresDatabase>(Options(name_, user, schema));
  }
  absl::StatusOr<SchemaStatus> MigrateAs(const Schema& schema, bool dry_run = false) const {
    const auto database = Connect(PostgresServer::kOwner, schema);
    return Migrate(*database, schema,
                   {.service_role = PostgresServer::kService, .dry_run = dry_run});
  }
  absl::Status Servable(const std::string& user = PostgresServer::kService,
                        const Schema& schema = DataSchema()) const {
    const auto database = Connect(user, schema);
    return CheckServable(*database, schema);
  }

  std::string name_;
};

// ---- Isolation ----

// Two tenants with subscribers and a change that is staged, seen as the service sees them, with the
// statements of somebody who forgot what the code never forgets.
class PostgresIsolation : public PostgresSchema {
 protected:
  PostgresIsolation() {
    crypto::InitializeOrDie();
    Server().CreateMigrated(name_);
    key_database_ = std::make_unique<PostgresDatabase>(
        Options(name_ + "_keys", PostgresServer::kService, KeySchema()));
    database_ = Connect();
    key_store_ = *OpenPostgresKeyStore(*key_database_);
    keys_ =
        *KeyRing::Open(*crypto::MasterKey::Parse(crypto::MasterKey::GenerateText()), *key_store_);
    store_ = *OpenPostgresStore(*database_, *keys_);
    for (const char* name : {"acme", "globex"}) {
      EXPECT_TRUE(store_->CreateTenant(NewTenant(name), Salt(1), By(kNow)).ok());
      const DirectoryChange people = {
          .upserts = {Person(101, {491}, name), Person(102, {492}, name), Person(103, {}, name)}};
      EXPECT_TRUE(store_->Apply(Id(name), people, 100, By(kNow)).ok());
      // The one book stays, the other one goes with its subscriber.
      for (const int number : {101, 103}) {
        EXPECT_TRUE(
            store_
                ->SyncBook(Id(name),
                           {.account = fixtures::AorOf(number, name),
                            .device = *DeviceId::Parse("phone"),
                            .sync_id = {},
                            .consent = Consent{"1", kNow},
                            .epoch = 1,
                            .added = {crypto::Digest{}}},
                           {.privacy_policy_version = "1", .contacts_max = 10, .devices_max = 10},
                           kNow)
                .ok());
      }
      const DirectoryChange removal = {.removals = {fixtures::AorOf(103, name)}};
      EXPECT_TRUE(store_->Apply(Id(name), removal, 100, By(kNow)).ok());
      const SealedBatch batch{.epoch = 1,
                              .label_size = 64,
                              .subscribers = {{crypto::Tag{{1}}, {{crypto::Locator{}, "a"}}}}};
      EXPECT_TRUE(store_->BeginSealing(Id(name), 1, 0, 64).ok());
      EXPECT_TRUE(store_->BeginRotation(Id(name), {.overlap = absl::Hours(1), .actor = "x"}).ok());
      EXPECT_TRUE(store_->WriteSealed(Id(name), batch).ok());
      imports_.push_back(*store_->BeginImport(Id(name), {100, true}, By(kNow)));
      EXPECT_TRUE(imports_.back()->Stage({Person(104, {494}, name)}).ok());
    }
  }

  // The first field of the first row, in acme's transaction.
  std::string AsAcme(const std::string& sql, PostgresDatabase* database = nullptr) {
    return As("acme", sql, database);
  }
  std::string As(const std::string& scope, const std::string& sql,
                 PostgresDatabase* database = nullptr) {
    std::string answer;
    const absl::Status status = (database == nullptr ? *database_ : *database)
                                    .Run(Access::kWrite, scope, [&](auto& transaction) {
                                      const pqxx::result rows = transaction.exec(sql);
                                      answer = rows.empty()
                                                   ? absl::StrCat(rows.affected_rows(), " rows")
                                                   : rows[0][0].template as<std::string>("");
                                      return absl::OkStatus();
                                    });
    return status.ok() ? answer : std::string(status.message());
  }

  std::string ChangesStaged(const std::string& tenant) const {
    return Server().Query(
        "SELECT count(DISTINCT change_id) FROM smart_contacts.incoming_subscribers "
        "WHERE tenant_id = '" +
            tenant + "'",
        name_);
  }

  std::unique_ptr<PostgresDatabase> key_database_;
  std::unique_ptr<PostgresDatabase> database_;
  std::unique_ptr<KeyStore> key_store_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<DirectoryImport>> imports_;
};

constexpr const char* kReadable[] = {"tenants",
                                     "sip_domains",
                                     "epochs",
                                     "subscribers",
                                     "identifiers",
                                     "removals",
                                     "address_books",
                                     "retained_contacts",
                                     "discarded_books",
                                     "audit_entries",
                                     "audit_heads",
                                     "staged_subscribers",
                                     "staged_identifiers",
                                     "sealed_directories",
                                     "pending_rotations",
                                     "sealed_entries"};

TEST_F(PostgresIsolation, AForgottenWhereSeesOneTenantOnly) {
  for (const std::string table : kReadable) {
    EXPECT_EQ(AsAcme("SELECT string_agg(DISTINCT tenant_id, ' ') FROM " + table), "acme") << table;
  }
  EXPECT_EQ(As("acme", "SELECT count(*) FROM wrapped_keys", key_database_.get()), "1");
}

TEST_F(PostgresIsolation, AForgottenSettingSeesNothing) {
  for (const std::string table : kReadable) {
    EXPECT_EQ(As("", "SELECT count(*) FROM " + table), "0") << table;
  }
  EXPECT_EQ(As("", "SELECT count(*) FROM wrapped_keys", key_database_.get()), "0");
}

TEST_F(PostgresIsolation, AForgottenWhereWritesOneTenantOnly) {
  for (const std::string table :
       {"identifiers", "subscribers", "removals", "address_books", "retained_contacts",
        "discarded_books", "staged_identifiers", "staged_subscribers", "sip_domains", "epochs",
        "sealed_entries", "sealed_directories", "pending_rotations"}) {
    const std::string before = Server().Query(
        "SELECT count(*) FROM smart_contacts." + table + " WHERE tenant_id = 'globex'", name_);
    EXPECT_THAT(AsAcme("DELETE FROM " + table), HasSubstr("rows")) << table;
    EXPECT_EQ(AsAcme("SELECT count(*) FROM " + table), "0");
    // staged_... shows the tenant of the setting only, whoever asks.
    const std::string all = table.rfind("staged_", 0) == 0 ? "incoming_" + table.substr(7) : table;
    EXPECT_EQ(Server().Query(
                  "SELECT string_agg(DISTINCT tenant_id, ' ') FROM smart_contacts." + all, name_),
              "globex")
        << table << " before: " << before;
  }
  EXPECT_EQ(AsAcme("UPDATE tenants SET state = 2"), "1 rows");
  EXPECT_EQ(store_->GetTenant(Id("globex"))->state, TenantState::kActive);
}

TEST_F(PostgresIsolation, NothingIsWrittenIntoAnotherTenant) {
  EXPECT_THAT(AsAcme("INSERT INTO removals VALUES ('globex', '\\x01', 1, 1)"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("UPDATE subscribers SET tenant_id = 'globex'"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("INSERT INTO retained_contacts VALUES ('globex', 1, '\\x01')"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("INSERT INTO audit_entries VALUES ('globex', 9, 1, 'a', 'b', '{}', '\\x01')"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("INSERT INTO sealed_entries VALUES ('globex', 1, '', '', 1, '')"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("INSERT INTO sealed_directories VALUES "
                     "('globex', 2, 0, 0, 0, true, NULL, 0, 0, 0, 0, NULL, NULL, false)"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("INSERT INTO pending_rotations VALUES ('globex', 1, 'operator:x')"),
              HasSubstr("refuses this user"));
  EXPECT_THAT(AsAcme("INSERT INTO incoming_identifiers VALUES "
                     "('globex', '00000000-0000-0000-0000-000000000000', '', '', '')"),
              HasSubstr("23514"))
      << "check_violation";
}

TEST_F(PostgresIsolation, WhatIsStagedIsClearedInTheTransactionsTenantOnly) {
  const auto staged = [&](const std::string& table) {
    return Server().Query(
        "SELECT string_agg(DISTINCT tenant_id, ' ' ORDER BY tenant_id) "
        "FROM smart_contacts.incoming_" +
            table,
        name_);
  };
  // Somebody knows the changes of both tenants.
  const std::string clear = absl::StrCat(
      "SELECT smart_contacts.clear_staged(change) FROM unnest('",
      Server().Query(
          "SELECT array_agg(DISTINCT change_id) FROM smart_contacts.incoming_subscribers", name_),
      "'::uuid[]) change");
  pqxx::connection unset(Server().Uri(name_));
  pqxx::nontransaction(unset).exec(clear);
  EXPECT_EQ(As("", clear), "");
  EXPECT_EQ(As("*", clear), "");
  EXPECT_EQ(staged("subscribers"), "acme globex");
  EXPECT_EQ(staged("identifiers"), "acme globex");
  EXPECT_EQ(AsAcme(clear), "");
  EXPECT_EQ(staged("subscribers"), "globex");
  EXPECT_EQ(staged("identifiers"), "globex");
}

TEST_F(PostgresIsolation, WhatChangesLeftBehindIsClearedByALaterImportOfTheirTenant) {
  const auto later = *store_->BeginImport(Id("acme"), {100, true}, By(kNow + absl::Hours(25)));
  EXPECT_TRUE(later->Stage({Person(105, {495}, "acme")}).ok());
  EXPECT_EQ(ChangesStaged("acme"), "1") << "its own";
  EXPECT_EQ(ChangesStaged("globex"), "1");
}

// As docs/scaling.md has it for Citus, and as it is when deleting through the views is taken away.
TEST_F(PostgresIsolation, WhatIsStagedIsClearedWithTheServicesOwnRightsToo) {
  Server().Execute(
      "SET search_path = smart_contacts;"
      "REVOKE DELETE ON staged_subscribers, staged_identifiers FROM smart_contacts;"
      "GRANT SELECT, DELETE ON incoming_subscribers, incoming_identifiers TO smart_contacts;"
      "ALTER FUNCTION clear_staged(uuid) SECURITY INVOKER",
      name_);
  const auto counts = imports_.front()->Commit();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->added, 1);
  EXPECT_EQ(ChangesStaged("acme"), "0");
  EXPECT_EQ(ChangesStaged("globex"), "1");
}

// With its owner's rights somebody else could get round every lock.
TEST_F(PostgresIsolation, AFunctionWithItsOwnersRightsFindsItsOwnTablesAndIsForTheServiceOnly) {
  EXPECT_EQ(
      Server().Query("SELECT string_agg(proname, ' ') FROM pg_proc "
                     "WHERE pronamespace = 'smart_contacts'::regnamespace AND prosecdef "
                     "AND ('search_path=smart_contacts, pg_temp' <> ALL(coalesce(proconfig, '{}')) "
                     "  OR has_function_privilege('public', oid, 'EXECUTE'))",
                     name_),
      "");
}

TEST_F(PostgresIsolation, TheListOfTenantsOpensNoDirectory) {
  EXPECT_EQ(As("*", "SELECT count(*) FROM tenants"), "2");
  for (const std::string table :
       {"epochs", "subscribers", "identifiers", "removals", "address_books", "retained_contacts",
        "discarded_books", "audit_entries", "audit_heads", "sealed_directories",
        "pending_rotations", "sealed_entries"}) {
    EXPECT_EQ(As("*", "SELECT count(*) FROM " + table), "0") << table;
  }
}

TEST_F(PostgresIsolation, LeasesAreNoTenants) {
  ASSERT_TRUE(*store_->TakeLease("retention", "a", absl::Seconds(1), kNow));
  EXPECT_EQ(As("*", "SELECT count(*) FROM leases"), "1");
  EXPECT_EQ(AsAcme("SELECT count(*) FROM leases"), "0");
  EXPECT_EQ(As("", "SELECT count(*) FROM leases"), "0");
}

TEST_F(PostgresIsolation, TheServiceCannotChangeWhatIsInTheAuditLog) {
  for (const std::string sql :
       {"UPDATE audit_entries SET actor = 'nobody'", "DELETE FROM audit_entries",
        "TRUNCATE audit_entries", "DELETE FROM audit_heads", "TRUNCATE audit_heads",
        "SELECT 1 FROM audit_entries FOR UPDATE",
        "INSERT INTO audit_entries VALUES ('acme', 1, 1, 'nobody', 'b', '{}', '') "
        "ON CONFLICT (tenant_id, sequence) DO UPDATE SET actor = excluded.actor"}) {
    EXPECT_THAT(AsAcme(sql), HasSubstr("refuses this user")) << sql;
  }
  EXPECT_EQ(AsAcme("SELECT string_agg(DISTINCT actor, ' ') FROM audit_entries"), "operator:test");
}

TEST_F(PostgresIsolation, TheOwnerIsHeldToo) {
  const auto owner = Connect(PostgresServer::kOwner);
  EXPECT_EQ(As("", "SELECT count(*) FROM subscribers", owner.get()), "0");
  EXPECT_EQ(AsAcme("SELECT string_agg(DISTINCT tenant_id, ' ') FROM identifiers", owner.get()),
            "acme");
}

TEST_F(PostgresIsolation, ThereIsNoWayRoundThePolicies) {
  for (const std::string sql :
       {"SELECT * FROM subscribers_0", "SELECT * FROM identifiers_15", "DELETE FROM removals_3",
        "SELECT * FROM address_books_1", "SELECT * FROM retained_contacts_2",
        "SELECT * FROM sealed_entries_7", "SELECT * FROM incoming_subscribers",
        "DELETE FROM incoming_identifiers", "TRUNCATE subscribers", "CREATE TABLE mine (x int)",
        "DROP POLICY tenant ON subscribers", "ALTER TABLE subscribers DISABLE ROW LEVEL SECURITY",
        "CREATE SCHEMA mine", "ALTER FUNCTION clear_staged SECURITY INVOKER",
        "UPDATE schema_version SET version = 0", "SET ROLE smart_contacts_owner",
        "COPY subscribers FROM STDIN"}) {
    const std::string outcome = AsAcme(sql);
    EXPECT_THAT(outcome, testing::AnyOf(HasSubstr("refuses this user"), HasSubstr("SQLSTATE")))
        << sql;
  }
}

TEST_F(PostgresIsolation, EveryTableWithATenantIsGuardedAndLedByIt) {
  // Of the catalogue, so that a table of a later migration is looked at as well.
  EXPECT_EQ(Server().Query(
                "SELECT string_agg(c.relname, ' ') FROM pg_class c "
                "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' "
                "WHERE relnamespace = 'smart_contacts'::regnamespace AND relkind IN ('r', 'p') "
                "AND NOT relispartition AND relname NOT LIKE 'incoming%' "
                "AND NOT (relrowsecurity AND relforcerowsecurity)",
                name_),
            "");
  EXPECT_EQ(Server().Query(
                "SELECT string_agg(c.relname, ' ') FROM pg_index i "
                "JOIN pg_class c ON c.oid = i.indexrelid "
                "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
                "WHERE c.relnamespace = 'smart_contacts'::regnamespace "
                "AND a.attname <> 'tenant_id' "
                "AND c.relname NOT IN ('schema_version_pkey', 'sip_domains_pkey', 'leases_pkey')",
                name_),
            "")
      << "reference data apart, tenant_id leads every index";
  EXPECT_EQ(Server().Query("SELECT string_agg(privilege_type || ' ' || table_name, ', ') "
                           "FROM information_schema.role_table_grants WHERE grantee = "
                           "'smart_contacts' AND table_name ~ '_[0-9]+$'",
                           name_),
            "")
      << "partitions are reached through their table only";
}

// Without statistics the planner takes one for another, and a lookup by owner for a walk through
// the whole directory.
TEST_F(PostgresIsolation, SealedEntriesAreLookedUpByTheirKeyWhateverThePlannerKnows) {
  EXPECT_EQ(Server().Query("SELECT string_agg(c.relname, ' ') FROM pg_index i "
                           "JOIN pg_class c ON c.oid = i.indexrelid "
                           "WHERE i.indrelid = 'smart_contacts.sealed_entries'::regclass "
                           "AND i.indpred IS NULL",
                           name_),
            "sealed_entries_pkey");
}

// ---- Migrations ----

TEST_F(PostgresSchema, EveryEarlierVersionIsBroughtUpToDateAndKeepsWhatItHas) {
  for (const auto& [schema, table, row] :
       {std::tuple(&DataSchema(), "smart_contacts.subscribers",
                   "('acme', '\\x01', '\\x02', '\\x03', true, true, 0, 1, 1)"),
        {&KeySchema(), "smart_contacts_keys.wrapped_keys", "('acme', 1, '\\x01', 1)"}}) {
    for (std::size_t version = 0; version <= schema->migrations.size(); ++version) {
      name_ = absl::StrCat("from_", schema->name, "_", version);
      Server().CreateDatabase(name_);
      Schema earlier = *schema;
      earlier.migrations = schema->migrations.first(version);
      earlier.grants = "";
      ASSERT_TRUE(MigrateAs(earlier).ok());
      if (version > 0)
        Server().Execute(absl::StrCat("INSERT INTO ", table, " VALUES ", row), name_);
      const auto found = MigrateAs(*schema);
      ASSERT_TRUE(found.ok()) << found.status();
      EXPECT_EQ(found->version, static_cast<std::int64_t>(version));
      EXPECT_THAT(found->pending, SizeIs(schema->migrations.size() - version));
      EXPECT_TRUE(Servable(PostgresServer::kService, *schema).ok());
      EXPECT_EQ(Server().Query(absl::StrCat("SELECT count(*) FROM ", table), name_),
                version > 0 ? "1" : "0");
    }
  }
}

TEST_F(PostgresSchema, OfTenThatStartTogetherOneMigrates) {
  Server().CreateDatabase(name_);
  std::atomic<int> migrated{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {
      const auto found = MigrateAs(DataSchema());
      EXPECT_TRUE(found.ok()) << found.status();
      if (found.ok() && !found->pending.empty()) ++migrated;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(migrated, 1);
  EXPECT_TRUE(Servable().ok());
}

TEST_F(PostgresSchema, ADryRunLeavesNothing) {
  Server().CreateDatabase(name_);
  const auto found = MigrateAs(DataSchema(), /*dry_run=*/true);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->pending,
              ElementsAre("0001_directory", "0002_staging", "0003_clear_staged", "0004_retention",
                          "0005_sealed_directories", "0006_pending_rotations"));
  EXPECT_EQ(Server().Query("SELECT to_regnamespace('smart_contacts')", name_), "");
  EXPECT_THAT(MigrateAs(DataSchema())->pending, SizeIs(DataSchema().migrations.size()));
  EXPECT_THAT(MigrateAs(DataSchema())->pending, IsEmpty());
}

// Expand, then contract: the program before goes on while it can.
TEST_F(PostgresSchema, AnOlderProgramServesAsLongAsTheSchemaIsCompatible) {
  Server().CreateDatabase(name_);
  std::vector<Migration> migrations(DataSchema().migrations.begin(), DataSchema().migrations.end());
  Schema newer = DataSchema();
  migrations.push_back({"expand", "ALTER TABLE tenants ADD COLUMN note text"});
  newer.migrations = migrations;
  ASSERT_TRUE(MigrateAs(newer).ok());
  EXPECT_TRUE(Servable().ok());
  const absl::Status refused = MigrateAs(DataSchema()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  const std::size_t known = DataSchema().migrations.size();
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr(absl::StrCat("has version ", known + 1, ", this program knows ", known)));

  const std::string contract =
      absl::StrCat("ALTER TABLE tenants DROP COLUMN note;",
                   "UPDATE schema_version SET compatible_from = ", known + 1);
  migrations.push_back({"contract", contract.c_str()});
  newer.migrations = migrations;
  ASSERT_TRUE(MigrateAs(newer).ok());
  const absl::Status incompatible = Servable();
  EXPECT_TRUE(absl::IsFailedPrecondition(incompatible));
  EXPECT_THAT(std::string(incompatible.message()), HasSubstr("newer version of the program"));
}

// What the version before 0004_retention writes, after that migration.
TEST_F(PostgresSchema, TheProgramBeforeRetentionGoesOnServing) {
  Server().CreateMigrated(name_);
  Schema earlier = DataSchema();
  earlier.migrations = DataSchema().migrations.first(2);
  EXPECT_TRUE(Servable(PostgresServer::kService, earlier).ok());
  const auto database = Connect();
  const absl::Status status = database->Run(Access::kWrite, "acme", [](auto& transaction) {
    transaction.exec(
        "INSERT INTO tenants (tenant_id, state, policy, revision, removals_floor, "
        "subscriber_count, epoch, create_time, update_time) "
        "VALUES ('acme', 1, '{}', 0, 0, 0, 1, 0, 0)");
    transaction.exec(
        "INSERT INTO subscribers (tenant_id, aor_tag, content_tag, sealed_aor, enabled, "
        "discoverable, matching_access, visible_revision, revision) "
        "VALUES ('acme', '\\x01', '\\x01', '\\x01', true, true, 0, 1, 1)");
    const pqxx::row row = transaction.exec1(
        "SELECT own_discoverable IS NULL AND announced AND books_version = 0 "
        "FROM subscribers, tenants");
    EXPECT_TRUE(row[0].template as<bool>());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

// The version before 0005_sealed_directories purges a tenant without knowing all of its rows.
TEST_F(PostgresIsolation, APurgeThatKnowsNoSealedDirectoriesIsNotFinished) {
  ASSERT_TRUE(store_->BeginPurge(Id("acme"), By(kNow)).ok());
  for (const std::string table : {"retained_contacts", "discarded_books", "address_books",
                                  "identifiers", "subscribers", "removals", "epochs"}) {
    AsAcme("DELETE FROM " + table);
  }
  EXPECT_THAT(AsAcme("DELETE FROM tenants"), HasSubstr("23503")) << "foreign_key_violation";
  imports_.clear();
  while (!store_->PurgeRows(Id("acme"), 100)->empty()) continue;
  EXPECT_EQ(AsAcme("SELECT count(*) FROM sealed_entries"), "0");
  EXPECT_EQ(AsAcme("SELECT count(*) FROM tenants"), "0");
}

TEST_F(PostgresSchema, AMigrationThatFailsChangesNothing) {
  Server().CreateDatabase(name_);
  std::vector<Migration> migrations(DataSchema().migrations.begin(), DataSchema().migrations.end());
  migrations.push_back({"broken", "SELECT 1 / 0"});
  Schema broken = DataSchema();
  broken.migrations = migrations;
  EXPECT_FALSE(MigrateAs(broken).ok());
  EXPECT_EQ(Server().Query("SELECT to_regnamespace('smart_contacts')", name_), "");
}

TEST_F(PostgresSchema, AMigrationDoesNotStandInTheWayOfTheServiceForLong) {
  Server().CreateDatabase(name_);
  ASSERT_TRUE(MigrateAs(DataSchema()).ok());
  std::vector<Migration> migrations(DataSchema().migrations.begin(), DataSchema().migrations.end());
  migrations.push_back({"expand", "ALTER TABLE tenants ADD COLUMN note text"});
  Schema newer = DataSchema();
  newer.migrations = migrations;
  DatabaseOptions options = Options(name_, PostgresServer::kOwner);
  options.lock_timeout = absl::Milliseconds(100);
  PostgresDatabase impatient(options);

  pqxx::connection holder(Server().Uri(name_, PostgresServer::kSuperuser));
  pqxx::work transaction(holder);
  transaction.exec("LOCK TABLE smart_contacts.tenants IN ACCESS SHARE MODE");
  const MigrateOptions migrate = {.service_role = PostgresServer::kService};
  EXPECT_TRUE(absl::IsUnavailable(Migrate(impatient, newer, migrate).status()));
  EXPECT_EQ(Server().Query("SELECT version FROM smart_contacts.schema_version", name_),
            absl::StrCat(DataSchema().migrations.size()));
  transaction.abort();
  EXPECT_TRUE(Migrate(impatient, newer, migrate).ok());
}

TEST_F(PostgresSchema, DataAndKeysDoNotShareADatabase) {
  Server().CreateDatabase(name_);
  ASSERT_TRUE(MigrateAs(DataSchema()).ok());
  const absl::Status refused = MigrateAs(KeySchema()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("backup"));
}

TEST_F(PostgresSchema, AMissingServiceRoleIsNamed) {
  Server().CreateDatabase(name_);
  const auto database = Connect(PostgresServer::kOwner);
  const absl::Status refused =
      Migrate(*database, DataSchema(), {.service_role = "nobody_there"}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("nobody_there"));
}

// ---- Who may serve ----

TEST_F(PostgresSchema, ADatabaseWithoutTheSchemaIsNotServed) {
  Server().CreateDatabase(name_);
  const absl::Status status = Servable();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("migrate up"));
}

TEST_F(PostgresSchema, ARoleThatCouldGetRoundThePoliciesDoesNotServe) {
  Server().CreateMigrated(name_);
  EXPECT_TRUE(Servable().ok());
  EXPECT_THAT(std::string(Servable(PostgresServer::kSuperuser).message()), HasSubstr("superuser"));
  EXPECT_THAT(std::string(Servable(PostgresServer::kOwner).message()), HasSubstr("owns tables"));
  Server().Execute(
      "DROP ROLE IF EXISTS bypasser; CREATE ROLE bypasser LOGIN BYPASSRLS IN ROLE smart_contacts");
  EXPECT_THAT(std::string(Servable("bypasser").message()), HasSubstr("BYPASSRLS"));
  Server().Execute(
      "DROP ROLE IF EXISTS member; CREATE ROLE member LOGIN IN ROLE smart_contacts_owner");
  EXPECT_THAT(std::string(Servable("member").message()), HasSubstr("owns tables"));
}

}  // namespace
}  // namespace smartcontacts::storage
