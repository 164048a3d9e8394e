// Several servers on one database agree, whatever way they hear of changes.

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "absl/strings/str_cat.h"
#include "tests/fault/fault_test.h"
#include "tests/pgbouncer.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;

class Replicas : public FaultTest {
 protected:
  Replicas() : first_(MakeServer()) {
    first_->StartServer();
    Fill(*first_);
  }

  // Matches on `server` come to agree with what the first one acknowledged.
  void ExpectFollows(Server& server, const std::string& user) {
    ASSERT_TRUE(Upsert(*first_, user).status.ok());
    EXPECT_TRUE(Within(kRecovery, [&] { return Matches(server, {user}) == 2; })) << user;
  }

  const std::unique_ptr<Server> first_;
};

// When each revision was first answered by a replica, seen by matching without a pause.
class RevisionWatch {
 public:
  explicit RevisionWatch(Server& server) : server_(server), thread_([this] { Run(); }) {}
  ~RevisionWatch() { Stop(); }
  void Stop() {
    if (!ended_.exchange(true)) thread_.join();
  }

  // In rising order of revision. Stop() first.
  const std::vector<std::pair<std::int64_t, absl::Time>>& seen() const { return seen_; }
  std::int64_t last() const { return last_; }

 private:
  void Run() {
    const std::string token = server_.Token("acme", "102");
    const v1::MatchContactsRequest request = server_.Request(token, {"tel:+493023125101"});
    while (!ended_) {
      v1::MatchContactsResponse response;
      const grpc::Status status = server_.Match(token, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.matches_size(), 1);
      EXPECT_GE(response.revision(), last_) << "a replica never goes back";
      if (response.revision() > last_) {
        last_ = response.revision();
        seen_.emplace_back(last_.load(), absl::Now());
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  Server& server_;
  std::atomic<bool> ended_{false};
  std::atomic<std::int64_t> last_{0};
  std::vector<std::pair<std::int64_t, absl::Time>> seen_;
  std::thread thread_;
};

void PrintDelays(const char* name, const std::map<std::int64_t, absl::Time>& acknowledged,
                 const RevisionWatch& watch) {
  std::vector<double> delays;
  for (const auto& [revision, time] : acknowledged) {
    const auto first = std::find_if(watch.seen().begin(), watch.seen().end(),
                                    [&](const auto& seen) { return seen.first >= revision; });
    ASSERT_NE(first, watch.seen().end()) << "revision " << revision << " was never seen";
    delays.push_back(std::max(0.0, absl::ToDoubleMilliseconds(first->second - time)));
  }
  std::sort(delays.begin(), delays.end());
  const auto at = [&](double share) {
    return delays[static_cast<std::size_t>(share * static_cast<double>(delays.size() - 1))];
  };
  std::printf("%s replica: %zu changes visible after p50 %.1f ms, p99 %.1f ms, at most %.1f ms\n",
              name, delays.size(), at(0.5), at(0.99), at(1));
}

TEST_F(Replicas, AThousandChangesAreSeenOnBoth) {
  constexpr int kChanges = 1'000;
  const auto second = MakeServer(first_.get());
  second->StartServer();
  std::map<std::int64_t, absl::Time> acknowledged;
  RevisionWatch watch_first(*first_);
  RevisionWatch watch_second(*second);
  for (int i = 0; i < kChanges; ++i) {
    const Upserted change = Upsert(i % 2 == 0 ? *first_ : *second, std::to_string(10'000 + i));
    ASSERT_TRUE(change.status.ok()) << change.status.error_message();
    acknowledged[change.revision] = absl::Now();
  }
  EXPECT_EQ(acknowledged.size(), std::size_t{kChanges}) << "a revision each";
  const std::int64_t last = acknowledged.rbegin()->first;
  EXPECT_TRUE(
      Within(kRecovery, [&] { return watch_first.last() == last && watch_second.last() == last; }))
      << watch_first.last() << " and " << watch_second.last() << " of " << last;
  watch_first.Stop();
  watch_second.Stop();
  PrintDelays("first", acknowledged, watch_first);
  PrintDelays("second", acknowledged, watch_second);
}

TEST_F(Replicas, WhatChangesOfATenantIsSeenByAll) {
  const auto second = MakeServer(first_.get());
  second->StartServer();
  ASSERT_EQ(Matches(*second), 1U);
  const std::string token = second->Token("acme", "102");
  // The policy.
  admin::v1::Tenant tenant;
  tenant.set_tenant_id("acme");
  tenant.mutable_policy()->set_privacy_policy_version("2");
  first_->UpdateTenant(tenant, {"policy.privacy_policy_version"});
  EXPECT_TRUE(
      Within(kRecovery, [&] { return second->Policy(token).privacy_policy_version() == "2"; }));
  // The epoch.
  admin::v1::RotateEpochRequest rotate;
  rotate.set_tenant_id("acme");
  admin::v1::RotateEpochResponse rotated;
  ASSERT_TRUE(admin::v1::EpochService::NewStub(first_->admin_)
                  ->RotateEpoch(CallWith(first_->admin_token_).get(), rotate, &rotated)
                  .ok());
  EXPECT_TRUE(Within(kRecovery, [&] { return second->Policy(token).epoch().number() == 2; }));
  // Who may be found.
  first_->Remove("acme", "101");
  EXPECT_TRUE(Within(kRecovery, [&] { return Matches(*second) == 0; }));
}

TEST_F(Replicas, ThePollAloneIsEnough) {
  const auto second = MakeServer(first_.get());
  second->StartServer({"--database-listen", "none"});
  ASSERT_EQ(Matches(*second), 1U);
  EXPECT_EQ(postgres_.Query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"),
            "1")
      << "the first server's only";
  ExpectFollows(*second, "2000");
}

TEST_F(Replicas, AReplicaThatLostItsListenerCatchesUp) {
  const auto second = MakeServer(first_.get());
  second->StartServer();
  ASSERT_EQ(Matches(*second), 1U);
  postgres_.Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
  ExpectFollows(*second, "2000");
  EXPECT_TRUE(Within(kRecovery, [&] {
    return postgres_.Query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'") ==
           "2";
  })) << "both listen again";
  EXPECT_THAT(second->server_->Err(), HasSubstr("LISTEN ended"));
  ExpectFollows(*second, "2001");
  const std::string log = second->server_->Err();
  const std::size_t loaded = log.find("tenant loaded");
  EXPECT_NE(loaded, std::string::npos);
  EXPECT_EQ(log.find("tenant loaded", loaded + 1), std::string::npos) << "without a reload";
}

TEST_F(Replicas, ThroughAPoolerWithADirectListener) {
  const PgBouncer pooler(postgres_);
  const auto second = MakeServer(first_.get(), pooler.port());
  second->StartServer({"--database-listen", postgres_.Uri("contacts")});
  ASSERT_EQ(Matches(*second), 1U);
  ExpectFollows(*second, "2000");
  const Upserted change = Upsert(*second, "2001");
  EXPECT_TRUE(change.status.ok()) << change.status.error_message();
  EXPECT_TRUE(Within(kRecovery, [&] { return Matches(*first_, {"2001"}) == 2; }));
}

TEST_F(Replicas, AHotStandbyServesReads) {
  const PostgresServer standby(postgres_);
  Server reader(standby.Uri("contacts"), standby.Uri("contacts_keys"), first_.get());
  reader.StartServer();
  ASSERT_EQ(Matches(reader), 1U);
  ExpectFollows(reader, "2000");
  const Upserted refused = Upsert(reader, "2001");
  EXPECT_TRUE(Fails(refused.status, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_THAT(reader.server_->Err(), HasSubstr("read-only standby"));
  EXPECT_EQ(HealthOf(reader.app_, "smartcontacts.Freshness"), "SERVING");
}

// A server that knows both hosts of a primary and its standby, and writes where that is possible.
class Failover : public FaultTest {
 protected:
  Failover() : server_(EitherHost("contacts"), EitherHost("contacts_keys")) {
    // From here on nothing is acknowledged that the standby does not have.
    postgres_.Execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
    postgres_.Execute("SELECT pg_reload_conf()");
    EXPECT_TRUE(Within(absl::Seconds(10), [&] {
      return postgres_.Query(
                 "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1";
    }));
    server_.StartServer();
    Fill(server_);
  }

  // The standby is the first to be asked.
  std::string EitherHost(const std::string& database) const {
    return absl::StrCat("postgresql://", PostgresServer::kService, "@127.0.0.1:", standby_.port(),
                        ",127.0.0.1:", postgres_.port(), "/", database,
                        "?target_session_attrs=read-write");
  }
  static std::string Listeners(const PostgresServer& postgres) {
    return postgres.Query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
  }

  const PostgresServer standby_{postgres_};
  Server server_;
};

TEST_F(Failover, TheServerGoesOnWithThePromotedStandby) {
  ASSERT_TRUE(Upsert(server_, "2000").status.ok());
  const std::int64_t revision = server_.Revision("acme");
  EXPECT_EQ(Listeners(postgres_), "1") << "the standby was passed over";
  ContinuousMatch matching(server_);
  postgres_.Kill();
  const Upserted refused = Upsert(server_, "2001");
  EXPECT_TRUE(Fails(refused.status, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_EQ(Matches(server_, {"2000"}), 2U) << "it matches by what it knew";
  EXPECT_TRUE(Logs(server_, "cannot follow the database"));
  standby_.Promote();
  ExpectRecovers(server_, "2002");
  EXPECT_EQ(server_.Revision("acme"), revision + 1) << "what was acknowledged, and one more";
  EXPECT_EQ(Matches(server_, {"2000", "2001", "2002"}), 3U);
  EXPECT_TRUE(Logs(server_, "in step with the database again"));
  EXPECT_TRUE(Within(kRecovery, [&] { return Listeners(standby_) == "1"; }));
  matching.Stop();
  // The keys are written where the data is, and a replica that starts now reads all of it.
  server_.CreateTenant("globex");
  EXPECT_GT(server_.Upsert("globex", "101", {kNumber}), 0);
  Server second(EitherHost("contacts"), EitherHost("contacts_keys"), &server_);
  second.StartServer();
  EXPECT_EQ(Matches(second, {"2000", "2001", "2002"}), 3U);
}

}  // namespace
}  // namespace smartcontacts::integration
