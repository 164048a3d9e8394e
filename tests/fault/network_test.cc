// The network between the service and its database fails.

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/fault/fault_test.h"
#include "tests/tcp_proxy.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;

// One server behind a network that can be broken.
class CommitFault : public FaultTest {
 protected:
  CommitFault() : server_(MakeServer(nullptr, network_.port())) {
    server_->StartServer();
    Fill(*server_);
  }

  // Of transactions that write only.
  static constexpr char kWrites[] = "pg_notify";

  TcpProxy network_{postgres_.port()};
  const std::unique_ptr<Server> server_;
};

TEST_F(CommitFault, TheAnswerToACommitIsLost) {
  ContinuousMatch matching(*server_);
  const std::int64_t revision = server_->Revision("acme");
  network_.CutAt("COMMIT", TcpProxy::Cut::kAfter, kWrites);
  const Upserted result = Upsert(*server_, "2000");
  EXPECT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_EQ(network_.cuts(), 1);
  EXPECT_EQ(result.added, 1) << "found out, not done again";
  EXPECT_EQ(result.revision, revision + 1);
  EXPECT_EQ(server_->Revision("acme"), revision + 1);
  EXPECT_EQ(Matches(*server_, {"2000"}), 2U);
}

TEST_F(CommitFault, ACommitIsLost) {
  ContinuousMatch matching(*server_);
  const std::int64_t revision = server_->Revision("acme");
  network_.CutAt("COMMIT", TcpProxy::Cut::kBefore, kWrites);
  const Upserted result = Upsert(*server_, "2000");
  EXPECT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_EQ(network_.cuts(), 1);
  EXPECT_EQ(result.added, 1);
  EXPECT_EQ(server_->Revision("acme"), revision + 1) << "once";
}

TEST_F(CommitFault, EveryConnectionThatIsCutIsMadeAgain) {
  for (const char* word : {"BEGIN", "SET LOCAL", "COPY", "UPDATE", "pg_notify"}) {
    const std::int64_t revision = server_->Revision("acme");
    network_.CutAt(word, TcpProxy::Cut::kAfter);
    const Upserted result = Upsert(*server_, std::to_string(3000 + revision));
    EXPECT_TRUE(result.status.ok()) << word << ": " << result.status.error_message();
    EXPECT_EQ(result.revision, revision + 1) << word;
  }
}

// Two replicas; the second one's network can be broken.
class PartitionFault : public FaultTest {
 protected:
  PartitionFault() : first_(MakeServer()), second_(MakeServer(first_.get(), network_.port())) {
    first_->StartServer();
    Fill(*first_);
  }
  void StartSecond(const std::vector<std::string>& arguments = {}) {
    second_->StartServer(arguments);
    ASSERT_EQ(Matches(*second_), 1U);
  }

  TcpProxy network_{postgres_.port()};
  const std::unique_ptr<Server> first_;
  const std::unique_ptr<Server> second_;
};

TEST_F(PartitionFault, ForHalfAMinuteWhileTheDirectoryChanges) {
  StartSecond();
  ContinuousMatch matching(*second_);
  network_.Partition();
  const absl::Time healing = absl::Now() + absl::Seconds(30);
  std::vector<std::string> users;
  while (absl::Now() < healing) {
    users.push_back(std::to_string(4000 + users.size()));
    ASSERT_TRUE(Upsert(*first_, users.back()).status.ok());
    absl::SleepFor(absl::Milliseconds(200));
  }
  EXPECT_EQ(Matches(*second_, users), 1U) << "it matches by what it knew";
  EXPECT_THAT(second_->server_->Err(), HasSubstr("cannot follow the database"));
  network_.Heal();
  EXPECT_TRUE(Within(kRecovery, [&] { return Matches(*second_, users) == users.size() + 1; }));
  matching.Stop();
  ExpectRecovers(*second_, "2000");
  EXPECT_EQ(second_->Revision("acme"), first_->Revision("acme"));
}

// The value of a metric of a server that listens for Prometheus.
std::string MetricOf(const Server& server, const std::string& name) {
  const std::string text = HttpGet(server.metrics_address_, "/metrics");
  const std::size_t found = text.find("\n" + name + " ");
  if (found == std::string::npos) return text;
  const std::size_t begin = found + name.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST_F(PartitionFault, BeyondTheBoundMatchingIsRefusedAndHealthAndMetricsSaySo) {
  StartSecond({"--freshness-bound-s", "3", "--metrics-listen", "127.0.0.1:0"});
  EXPECT_EQ(MetricOf(*second_, "smart_contacts_fresh"), "1");
  EXPECT_LT(std::stod(MetricOf(*second_, "smart_contacts_confirmation_age_seconds")), 3);
  EXPECT_EQ(MetricOf(*second_, "smart_contacts_ready"), "1");
  EXPECT_EQ(HttpGet(second_->metrics_address_, "/readyz"), "\nready\n");
  EXPECT_EQ(HealthOf(second_->app_), "SERVING");
  network_.Partition();
  const std::string token = second_->Token("acme", "102");
  const v1::MatchContactsRequest request = second_->Request(token, {kNumber});
  EXPECT_TRUE(Within(absl::Seconds(20), [&] { return HealthOf(second_->app_) == "NOT_SERVING"; }));
  EXPECT_EQ(HealthOf(second_->app_, "smartcontacts.Freshness"), "NOT_SERVING");
  EXPECT_EQ(MetricOf(*second_, "smart_contacts_fresh"), "0");
  EXPECT_GE(std::stod(MetricOf(*second_, "smart_contacts_confirmation_age_seconds")), 3);
  EXPECT_EQ(MetricOf(*second_, "smart_contacts_ready"), "0");
  const std::string ready = Http(second_->metrics_address_, "GET", "/readyz");
  EXPECT_THAT(ready, HasSubstr(" 503 "));
  EXPECT_THAT(ready, HasSubstr("not ready: stale: changes may have been missed"));
  EXPECT_EQ(HttpGet(second_->metrics_address_, "/healthz"), "\nok\n") << "the process is well";
  const grpc::Status refused = second_->Match(token, request);
  EXPECT_TRUE(Fails(refused, grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
  EXPECT_TRUE(DetailsOf(refused).retry);
  EXPECT_THAT(second_->server_->Err(), HasSubstr("matching is refused"));
  network_.Heal();
  EXPECT_TRUE(Within(kRecovery, [&] { return second_->Match(token, request).ok(); }));
  EXPECT_TRUE(Within(kRecovery, [&] { return HealthOf(second_->app_) == "SERVING"; }));
}

TEST_F(PartitionFault, AnOperatorMayAllowMatchingWhenStale) {
  StartSecond({"--freshness-bound-s", "3", "--match-when-stale"});
  ContinuousMatch matching(*second_);
  network_.Partition();
  EXPECT_TRUE(Within(absl::Seconds(20), [&] {
    return HealthOf(second_->app_, "smartcontacts.Freshness") == "NOT_SERVING";
  }));
  EXPECT_EQ(HealthOf(second_->app_), "SERVING");
  EXPECT_THAT(second_->server_->Err(), HasSubstr("because of --match-when-stale"));
  network_.Heal();
  EXPECT_TRUE(Within(
      kRecovery, [&] { return HealthOf(second_->app_, "smartcontacts.Freshness") == "SERVING"; }));
}

}  // namespace
}  // namespace smartcontacts::integration
