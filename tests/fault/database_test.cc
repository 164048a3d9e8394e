// The database dies, fills up, is locked, or is out of connections. In each: what was acknowledged
// is there, nothing is there by half, matching goes on, and the service recovers by itself.

#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "tests/fault/fault_test.h"

namespace smartcontacts::integration {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DatabaseFault : public FaultTest {
 protected:
  DatabaseFault() : server_(MakeServer()) {
    server_->StartServer();
    Fill(*server_);
  }

  // A directory file with `count` subscribers beside 101.
  std::string DirectoryFile(int count) {
    const std::string path = directory_ / "directory.csv";
    std::ofstream file(path);
    file << "aor,numbers,extension,enabled,discoverable\n"
            "sip:101@acme.example,+493023125101,,true,true\n";
    for (int i = 0; i < count; ++i) {
      file << "sip:" << 100'000 + i << "@acme.example,+4989" << 1'000'000 + i << ",,true,true\n";
    }
    return path;
  }

  const TemporaryDirectory directory_;
  const std::unique_ptr<Server> server_;
};

TEST_F(DatabaseFault, KilledBetweenTwoRequests) {
  ASSERT_TRUE(Upsert(*server_, "2000").status.ok());
  const std::int64_t revision = server_->Revision("acme");
  ContinuousMatch matching(*server_);
  postgres_.Kill();
  const Upserted refused = Upsert(*server_, "2001");
  EXPECT_TRUE(Fails(refused.status, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_TRUE(DetailsOf(refused.status).retry);
  EXPECT_EQ(Matches(*server_, {"2000"}), 2U);
  EXPECT_TRUE(Logs(*server_, "cannot follow the database"));
  postgres_.Start();
  ExpectRecovers(*server_, "2002");
  EXPECT_EQ(server_->Revision("acme"), revision + 1);
  EXPECT_EQ(Matches(*server_, {"2000", "2002"}), 3U);
  EXPECT_TRUE(Logs(*server_, "in step with the database again"));
  matching.Stop();
}

TEST_F(DatabaseFault, Restarted) {
  ContinuousMatch matching(*server_);
  postgres_.Stop();
  postgres_.Start();
  ExpectRecovers(*server_, "2000");
  EXPECT_TRUE(Logs(*server_, "LISTEN ended"));
  EXPECT_EQ(Matches(*server_, {"2000"}), 2U);
}

TEST_F(DatabaseFault, KilledDuringAnImport) {
  const std::string path = DirectoryFile(60'000);
  const std::int64_t revision = server_->Revision("acme");
  ContinuousMatch matching(*server_);
  Finished import;
  std::thread operator_thread([&] {
    import = server_->Admin({"directory", "import", "acme", path});
  });
  // Something is staged, and the import goes on.
  EXPECT_TRUE(Within(absl::Seconds(30), [&] {
    return postgres_.Query("SELECT count(*) > 5000 FROM smart_contacts.incoming_subscribers",
                           "contacts") == "t";
  }));
  postgres_.Kill();
  operator_thread.join();
  EXPECT_EQ(import.exit_code, 1);
  EXPECT_THAT(import.err, HasSubstr("SERVICE_UNAVAILABLE"));
  EXPECT_TRUE(Logs(*server_, "cannot follow the database"));
  postgres_.Start();
  ExpectRecovers(*server_, "2000");
  EXPECT_EQ(server_->Revision("acme"), revision + 1) << "nothing of the import";
  EXPECT_EQ(postgres_.Query("SELECT count(*) FROM smart_contacts.subscribers", "contacts"), "2");
  matching.Stop();
  const Finished again =
      server_->Admin({"directory", "import", "acme", path, "--allow-large-removal"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(postgres_.Query("SELECT count(*) FROM smart_contacts.subscribers", "contacts"),
            "60001");
}

TEST_F(DatabaseFault, KilledDuringAMigration) {
  const auto migrate = [&](const char* what) {
    return server_->RunProgram(
        kServerProgram,
        {"migrate", what, "--database", postgres_.Uri("fresh", PostgresServer::kOwner),
         "--key-database", postgres_.Uri("fresh_keys", PostgresServer::kOwner)});
  };
  // In the middle of the migrations, and when nothing but the COMMIT is missing.
  for (const std::string command : {"CREATE POLICY", "GRANT"}) {
    for (const std::string name : {"fresh", "fresh_keys"}) {
      SCOPED_TRACE(command + " in " + name);
      for (const std::string database : {"fresh", "fresh_keys"}) {
        postgres_.Execute("DROP DATABASE IF EXISTS " + database);
        postgres_.CreateDatabase(database);
      }
      // The migration stops at this command for longer than the test takes.
      postgres_.Execute(
          "CREATE FUNCTION stop() RETURNS event_trigger LANGUAGE plpgsql AS "
          "'BEGIN PERFORM pg_sleep(600); END';"
          "CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('" +
              command + "') EXECUTE FUNCTION stop()",
          name);
      Finished interrupted;
      std::thread operator_thread([&] { interrupted = migrate("up"); });
      EXPECT_TRUE(Within(absl::Seconds(20), [&] {
        return postgres_.Query("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + name +
                               "' AND wait_event = 'PgSleep' AND backend_xid IS NOT NULL") == "1";
      })) << "it is under way";
      postgres_.Kill();
      operator_thread.join();
      EXPECT_EQ(interrupted.exit_code, 1);
      EXPECT_THAT(interrupted.err, HasSubstr("dbname=" + name + " "));
      postgres_.Start();
      EXPECT_EQ(postgres_.Query("SELECT count(*) FROM pg_namespace WHERE nspname ~ "
                                "'^smart_contacts'",
                                name),
                "0")
          << "nothing of it is there";
      postgres_.Execute("DROP EVENT TRIGGER stop", name);
      const Finished again = migrate("up");
      EXPECT_EQ(again.exit_code, 0) << again.err;
      EXPECT_THAT(migrate("status").out, AllOf(HasSubstr("up to date"), Not(HasSubstr("pending"))));
    }
  }
}

TEST_F(DatabaseFault, ALockThatIsHeldForMinutes) {
  pqxx::connection holder(postgres_.Uri("contacts", PostgresServer::kSuperuser));
  pqxx::work transaction(holder);
  transaction.exec("SELECT * FROM smart_contacts.tenants WHERE tenant_id = 'acme' FOR UPDATE");
  ContinuousMatch matching(*server_);
  server_->CreateTenant("globex");
  const Upserted refused = Upsert(*server_, "2000");
  EXPECT_TRUE(Fails(refused.status, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_THAT(server_->server_->Err(), HasSubstr("holds the lock for too long"));
  EXPECT_GT(server_->Upsert("globex", "101", {kNumber}), 0) << "other tenants are not held up";
  transaction.abort();
  ExpectRecovers(*server_, "2001");
}

TEST_F(DatabaseFault, AllConnectionsInUse) {
  server_->StopServer();
  server_->StartServer({"--database-connections-max", "1", "--database-checkout-timeout-s", "1"});
  EXPECT_EQ(Matches(*server_), 1U);
  ContinuousMatch matching(*server_);
  pqxx::connection holder(postgres_.Uri("contacts", PostgresServer::kSuperuser));
  pqxx::work transaction(holder);
  transaction.exec("SELECT * FROM smart_contacts.tenants WHERE tenant_id = 'acme' FOR UPDATE");
  Upserted waited;
  std::thread waiting([&] { waited = Upsert(*server_, "2000"); });
  EXPECT_TRUE(Within(absl::Seconds(10), [&] {
    return postgres_.Query(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "1";
  }));
  const Upserted refused = Upsert(*server_, "2001");
  EXPECT_TRUE(Fails(refused.status, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_THAT(server_->server_->Err(), HasSubstr("all database connections are in use"));
  transaction.abort();
  waiting.join();
  EXPECT_TRUE(waited.status.ok()) << waited.status.error_message();
  ExpectRecovers(*server_, "2002");
  EXPECT_EQ(Matches(*server_, {"2000", "2002"}), 3U) << "who waited was served";
}

// ---- A full disk ----

// A small file system; root may mount one.
class SmallDisk {
 public:
  SmallDisk() {
    mounted_ = mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=120m,mode=0777") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  std::string path() const { return directory_.path().string(); }

  // Leaves this many bytes free.
  void Fill(std::uintmax_t bytes) const {
    const std::uintmax_t free = std::filesystem::space(directory_.path()).available;
    std::ofstream file(directory_ / "filler");
    const std::string block(4096, 'x');
    for (std::uintmax_t written = 0; written + bytes < free; written += block.size()) file << block;
  }
  void Free() const { std::filesystem::remove(directory_ / "filler"); }

 private:
  const TemporaryDirectory directory_;
  bool mounted_ = false;
};

class DiskFault : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  }
  const SmallDisk disk_;
};

class OnSmallDisk : public FaultTest {
 public:
  explicit OnSmallDisk(const std::string& directory)
      : FaultTest({"min_wal_size=32MB", "max_wal_size=32MB"}, directory) {}
  void TestBody() override {}

  void Run(const SmallDisk& disk) {
    const auto server = MakeServer();
    server->StartServer();
    Fill(*server);
    ASSERT_TRUE(Upsert(*server, "2000").status.ok());
    ContinuousMatch matching(*server);
    disk.Fill(64 * 1024);
    // Small changes until one does not fit any more.
    int acknowledged = 0;
    Upserted last;
    for (int i = 0; i < 3000; ++i) {
      last = Upsert(*server, absl::StrCat(300'000 + i));
      if (!last.status.ok()) break;
      ++acknowledged;
    }
    EXPECT_TRUE(Fails(last.status, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
    EXPECT_THAT(
        server->server_->Err(),
        testing::AnyOf(HasSubstr("out of space"), HasSubstr("connection to the database was lost"),
                       HasSubstr("database cannot be reached")));
    disk.Free();
    // PostgreSQL ends itself when it cannot write its log; whoever runs it starts it again.
    postgres_.EnsureRunning();
    ExpectRecovers(*server, "2001");
    EXPECT_EQ(Matches(*server, {"2000", "2001"}), 3U);
    const int stored =
        std::stoi(postgres_.Query("SELECT count(*) FROM smart_contacts.subscribers", "contacts"));
    EXPECT_GE(stored, acknowledged + 3) << "101, 2000, 2001 and what was acknowledged";
    EXPECT_LE(stored, acknowledged + 4) << "the last one may have been committed";
    matching.Stop();
  }
};

TEST_F(DiskFault, IsFull) { OnSmallDisk(disk_.path()).Run(disk_); }

}  // namespace
}  // namespace smartcontacts::integration
