// A PostgreSQL that a test may break, and replicas that must bear it.

#ifndef SMART_CONTACTS_TESTS_FAULT_FAULT_TEST_H_
#define SMART_CONTACTS_TESTS_FAULT_FAULT_TEST_H_

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/server.h"
#include "tests/postgres_server.h"

namespace smartcontacts::integration {

// How long the service may take to be itself again when the database is.
inline constexpr absl::Duration kRecovery = absl::Seconds(30);

// What a write came to.
struct Upserted {
  grpc::Status status;
  std::int64_t revision = 0;
  std::int64_t added = 0;
};

class FaultTest : public testing::Test {
 protected:
  explicit FaultTest(std::vector<std::string> settings = {}, std::string directory = "")
      : postgres_(std::move(settings), std::move(directory)) {
    postgres_.CreateMigrated("contacts");
  }

  // A server on the database; with the keys and tokens of `first` if given. `port`: of something
  // before PostgreSQL.
  std::unique_ptr<Server> MakeServer(const Server* first = nullptr, int port = 0) const {
    return std::make_unique<Server>(postgres_.Uri("contacts", PostgresServer::kService, port),
                                    postgres_.Uri("contacts_keys", PostgresServer::kService, port),
                                    first);
  }

  // A tenant "acme" with subscriber 101, loaded by a match of 102's, who may go on for long.
  void Fill(Server& server) const {
    server.CreateTenant("acme");
    ASSERT_EQ(server.Admin({"tenant", "update", "acme", "--match-quota", "10000000:1"}).exit_code,
              0);
    ASSERT_GT(server.Upsert("acme", "101", {kNumber}), 0);
    ASSERT_EQ(Matches(server), 1U);
  }

  // Subscriber USER with a number; does not wait longer than `patience`.
  static Upserted Upsert(Server& server, const std::string& user,
                         absl::Duration patience = absl::Seconds(60)) {
    admin::v1::UpsertSubscribersRequest request;
    request.set_tenant_id("acme");
    admin::v1::Subscriber& subscriber = *request.add_subscribers();
    subscriber.set_aor("sip:" + user + "@acme.example");
    subscriber.add_identifiers("tel:+4930231" + user);
    subscriber.set_enabled(true);
    subscriber.set_discoverable(true);
    admin::v1::UpsertSubscribersResponse response;
    const auto context = CallWith(server.admin_token_);
    context->set_deadline(absl::ToChronoTime(absl::Now() + patience));
    Upserted result;
    result.status = admin::v1::DirectoryService::NewStub(server.admin_)
                        ->UpsertSubscribers(context.get(), request, &response);
    result.revision = response.revision();
    result.added = response.added_count();
    return result;
  }
  // Until it is done; a failure of the test if that takes longer than the recovery may.
  static void ExpectRecovers(Server& server, const std::string& user) {
    const absl::Time deadline = absl::Now() + kRecovery;
    Upserted result;
    do {
      result = Upsert(server, user, kRecovery);
    } while (!result.status.ok() && absl::Now() < deadline);
    EXPECT_TRUE(result.status.ok()) << result.status.error_message() << "\n"
                                    << server.server_->Err();
  }

  // How many subscribers are found under kNumber and the numbers of `users`.
  static std::size_t Matches(Server& server, const std::vector<std::string>& users = {}) {
    std::vector<std::string> identifiers = {kNumber};
    for (const std::string& user : users) identifiers.push_back("tel:+4930231" + user);
    return server.MatchesOf(server.Token("acme", "102"), identifiers).size();
  }

  // Whether the condition comes true in time.
  static bool Within(absl::Duration patience, const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + patience;
    while (!condition()) {
      if (absl::Now() > deadline) return false;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return true;
  }

  // Whether the server says so to its operator, soon.
  static bool Logs(const Server& server, const std::string& part) {
    return Within(kRecovery, [&] { return server.server_->Err().find(part) != std::string::npos; });
  }

  static constexpr char kNumber[] = "tel:+493023125101";

  PostgresServer postgres_;
};

// Matches without a pause, and expects the same answer each time, until Stop().
class ContinuousMatch {
 public:
  explicit ContinuousMatch(Server& server, std::size_t expected = 1)
      : server_(server),
        expected_(expected),
        token_(server.Token("acme", "102")),
        request_(server.Request(token_, {"tel:+493023125101"})),
        thread_([this] { Run(); }) {}
  ~ContinuousMatch() { Stop(); }

  void Stop() {
    if (ended_.exchange(true)) return;
    thread_.join();
    EXPECT_GT(answered_, 0);
    EXPECT_EQ(failed_, 0) << failure_ << "\n"
                          << (server_.server_ == nullptr ? "" : server_.server_->Err());
  }

 private:
  void Run() {
    while (!ended_) {
      v1::MatchContactsResponse response;
      const grpc::Status status = server_.Match(token_, request_, &response);
      ++answered_;
      if (!status.ok() || static_cast<std::size_t>(response.matches_size()) != expected_) {
        ++failed_;
        failure_ = status.ok() ? "wrong matches" : status.error_message();
      }
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  Server& server_;
  const std::size_t expected_;
  const std::string token_;
  const v1::MatchContactsRequest request_;
  std::atomic<bool> ended_{false};
  std::atomic<int> answered_{0};
  std::atomic<int> failed_{0};
  std::string failure_;
  std::thread thread_;
};

}  // namespace smartcontacts::integration

#endif  // SMART_CONTACTS_TESTS_FAULT_FAULT_TEST_H_
