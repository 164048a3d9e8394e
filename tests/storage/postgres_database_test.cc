// Transactions on PostgreSQL: what is repeated and what is not, timeouts, the pool.

#include <gmock/gmock.h>

#include <pqxx/pqxx>
#include <thread>

#include "absl/strings/str_cat.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/database.h"
#include "tests/postgres_server.h"

namespace smartcontacts::storage {
namespace {

using testing::HasSubstr;

class PostgresDatabaseTest : public testing::Test {
 protected:
  static const PostgresServer& Postgres() {
    static const PostgresServer server({"fsync=off"});
    return server;
  }

  PostgresDatabaseTest() {
    Postgres().Execute(
        "DROP TABLE IF EXISTS counts; CREATE TABLE counts (n int); INSERT INTO counts VALUES (0); "
        "GRANT ALL ON counts TO smart_contacts");
  }

  static DatabaseOptions Options() {
    return {.connection = *CompleteConnectionOptions(Postgres().Uri("postgres")),
            .schema = "public",
            .connections_max = 2,
            .checkout_timeout = absl::Milliseconds(200),
            .statement_timeout = absl::Seconds(30),
            .lock_timeout = absl::Milliseconds(100)};
  }
  static std::string Count() { return Postgres().Query("SELECT n FROM counts"); }
  static absl::Status Increment(pqxx::transaction_base& transaction) {
    transaction.exec("UPDATE counts SET n = n + 1");
    return absl::OkStatus();
  }

  PostgresDatabase database_{Options()};
};

TEST_F(PostgresDatabaseTest, WhatFailedForOthersSakeIsRepeated) {
  for (const char* code : {"40001", "40P01"}) {
    int runs = 0;
    const absl::Status status = database_.Run(Access::kWrite, "acme", [&](auto& transaction) {
      Increment(transaction).IgnoreError();
      if (++runs < 3) {
        transaction.exec(
            absl::StrCat("DO $$ BEGIN RAISE EXCEPTION '' USING ERRCODE = '", code, "'; END $$"));
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(database_.counters().errors, 0) << "that is normal";
  }
  EXPECT_EQ(Count(), "2") << "once for each";
}

TEST_F(PostgresDatabaseTest, WhatWouldFailAgainIsNot) {
  int runs = 0;
  const absl::Status status = database_.Run(Access::kWrite, "acme", [&](auto& transaction) {
    ++runs;
    transaction.exec("SELECT 1 / 0");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(database_.counters().errors, 1);
}

TEST_F(PostgresDatabaseTest, TheBodysErrorUndoesAndIsReturned) {
  int runs = 0;
  const absl::Status status = database_.Run(Access::kWrite, "acme", [&](auto& transaction) {
    ++runs;
    Increment(transaction).IgnoreError();
    return absl::NotFoundError("mine");
  });
  EXPECT_EQ(status, absl::NotFoundError("mine"));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Count(), "0");
}

TEST_F(PostgresDatabaseTest, AConnectionThatIsLostInTheMiddleIsReplaced) {
  int runs = 0;
  const absl::Status status = database_.Run(Access::kWrite, "acme", [&](auto& transaction) {
    if (++runs == 1) {
      Postgres().Execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = "
          "'smart_contacts'");
    }
    return Increment(transaction);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Count(), "1");
}

TEST_F(PostgresDatabaseTest, NothingOfATransactionIsLeftForTheNext) {
  const auto tenant = [&](absl::string_view scope, const char* more) {
    std::string seen;
    EXPECT_TRUE(database_
                    .Run(Access::kRead, scope,
                         [&](auto& transaction) {
                           seen = transaction
                                      .exec1("SELECT current_setting('smart_contacts.tenant')")[0]
                                      .template as<std::string>();
                           transaction.exec(more);
                           return absl::OkStatus();
                         })
                    .ok());
    return seen;
  };
  EXPECT_EQ(tenant("acme", "SELECT 1"), "acme");
  EXPECT_EQ(tenant("globex", "SELECT 1"), "globex");
  // After a failure the connection is another one, or clean.
  EXPECT_FALSE(database_
                   .Run(Access::kWrite, "initech",
                        [&](auto& transaction) {
                          transaction.exec("SELECT nothing");
                          return absl::OkStatus();
                        })
                   .ok());
  EXPECT_EQ(tenant("acme", "SELECT 1"), "acme");
  EXPECT_EQ(tenant("O'Reilly; --", "SELECT 1"), "O'Reilly; --") << "the scope is quoted";
}

TEST_F(PostgresDatabaseTest, AReadWritesNothing) {
  const absl::Status status = database_.Run(Access::kRead, "acme", &Increment);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("read-only"));
}

TEST_F(PostgresDatabaseTest, AReadSeesOneState) {
  EXPECT_TRUE(
      database_
          .Run(Access::kRead, "acme",
               [&](auto& transaction) {
                 const auto count = [&] {
                   return transaction.exec1("SELECT n FROM counts")[0].template as<std::string>();
                 };
                 const std::string before = count();
                 Postgres().Execute("UPDATE counts SET n = n + 1");
                 EXPECT_EQ(count(), before);
                 return absl::OkStatus();
               })
          .ok());
  EXPECT_EQ(Count(), "1");
}

TEST_F(PostgresDatabaseTest, AStatementHasItsTime) {
  DatabaseOptions options = Options();
  options.statement_timeout = absl::Milliseconds(300);
  PostgresDatabase database(options);
  const absl::Status status = database.Run(Access::kRead, "acme", [&](auto& transaction) {
    transaction.exec("SELECT pg_sleep(30)");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("too long"));
}

TEST_F(PostgresDatabaseTest, ALockIsNotWaitedForWithoutEnd) {
  pqxx::connection holder(Postgres().Uri("postgres", PostgresServer::kSuperuser));
  pqxx::work transaction(holder);
  transaction.exec("UPDATE counts SET n = 7");
  const absl::Status status = database_.Run(Access::kWrite, "acme", &Increment);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("lock"));
}

TEST_F(PostgresDatabaseTest, ThereAreNoMoreConnectionsThanAllowed) {
  const auto nested = [&](auto&& self, int depth) -> absl::Status {
    return database_.Run(Access::kRead, "acme", [&](auto&) {
      return depth == 0 ? absl::OkStatus() : self(self, depth - 1);
    });
  };
  const DatabaseCounters& counters = database_.counters();
  EXPECT_EQ(counters.connections_max, 2);
  EXPECT_TRUE(nested(nested, 1).ok()) << "two at a time";
  EXPECT_EQ(counters.connections_idle, 2);
  EXPECT_EQ(counters.connections_used, 0);
  EXPECT_EQ(counters.checkout_timeouts, 0);
  const absl::Status status = nested(nested, 2);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use"));
  EXPECT_EQ(counters.checkout_timeouts, 1);
  EXPECT_TRUE(database_
                  .Run(Access::kRead, "acme",
                       [&](auto&) {
                         EXPECT_EQ(counters.connections_used, 1);
                         return absl::OkStatus();
                       })
                  .ok());
  EXPECT_TRUE(nested(nested, 1).ok()) << "all were given back";
}

}  // namespace
}  // namespace smartcontacts::storage
