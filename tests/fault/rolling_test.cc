// Upgrades, drains and crashes under load, behind a real proxy.

#include <csignal>
#include <list>

#include "absl/strings/str_cat.h"
#include "tests/fault/fault_test.h"
#include "tests/fault/nginx.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;

constexpr char kNextProgram[] = SMART_CONTACTSD_NEXT;
constexpr int kMatchers = 4;
// As in docs/protocol.md.
constexpr char kRetryOnce[] = R"({"methodConfig": [{
  "name": [{"service": "smartcontacts.v1.MatchService", "method": "MatchContacts"}],
  "retryPolicy": {"maxAttempts": 2, "initialBackoff": "0.1s", "maxBackoff": "1s",
                  "backoffMultiplier": 2,
                  "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}]})";

// Two replicas, as docs/kubernetes.md puts a proxy before them.
class Rolling : public FaultTest {
 protected:
  Rolling() : first_(MakeServer()), second_(MakeServer(first_.get())) {
    for (Server* replica : {first_.get(), second_.get()}) {
      replica->listen_ = absl::StrCat("127.0.0.1:", FreePort());
      replica->StartServer();
    }
    Fill(*first_);
    proxy_ = std::make_unique<Nginx>(UpstreamOf({first_.get(), second_.get()}));
    // One that is no server, only the view that apps have through the proxy.
    view_ = MakeServer(first_.get());
    ConnectApps("{}");
  }

  static std::string UpstreamOf(const std::vector<const Server*>& replicas) {
    std::string upstream = "keepalive 16;";
    for (const Server* replica : replicas) {
      absl::StrAppend(&upstream, " server ", replica->listen_, " max_fails=0;");
    }
    return upstream;
  }

  void ConnectApps(const std::string& service_config) {
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(service_config);
    view_->app_ =
        grpc::CreateCustomChannel(proxy_->address(), grpc::InsecureChannelCredentials(), arguments);
    EXPECT_TRUE(view_->app_->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(30))))
        << proxy_->Errors();
  }

  void BeginLoad() {
    for (int i = 0; i < kMatchers; ++i) load_.emplace_back(*view_);
  }
  // Fails if a call failed.
  void EndLoad() {
    for (ContinuousMatch& match : load_) match.Stop();
    if (HasFailure()) ADD_FAILURE() << proxy_->Errors();
  }
  // As a rolling upgrade does: proxies hear that the replica goes, then it is told to stop (in
  // Kubernetes, preStop's sleep is between the two), and another one takes its place.
  void Replace(Server& replica, const char* program) {
    proxy_->SetUpstream(UpstreamOf({&replica == first_.get() ? second_.get() : first_.get()}));
    const Finished stopped = replica.StopServer();
    EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
    replica.program_ = program;
    replica.StartServer();
    EXPECT_EQ(Matches(replica), 1U);
    proxy_->SetUpstream(UpstreamOf({first_.get(), second_.get()}));
  }
  Finished Migrate(const char* program, const char* what) {
    return first_->RunProgram(
        program, {"migrate", what, "--database", postgres_.Uri("contacts", PostgresServer::kOwner),
                  "--key-database", postgres_.Uri("contacts_keys", PostgresServer::kOwner)});
  }

  const std::unique_ptr<Server> first_;
  const std::unique_ptr<Server> second_;
  std::unique_ptr<Nginx> proxy_;
  std::unique_ptr<Server> view_;
  std::list<ContinuousMatch> load_;
};

TEST_F(Rolling, AnUpgradeWithAMigrationAndTheWayBackLoseNoCall) {
  BeginLoad();
  EXPECT_THAT(Migrate(kNextProgram, "status").out, HasSubstr("9999_next_release"));
  const Finished migrated = Migrate(kNextProgram, "up");
  ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  // The version before works on the new schema: it serves, writes, and starts.
  EXPECT_TRUE(Upsert(*second_, "201").status.ok());
  Replace(*first_, kNextProgram);
  EXPECT_TRUE(Upsert(*first_, "202").status.ok()) << "the new version writes";
  EXPECT_TRUE(Within(kRecovery, [&] {
    return Matches(*second_, {"201", "202"}) == 3U;
  })) << "and the one before follows";
  Replace(*second_, kNextProgram);
  Replace(*first_, kServerProgram);
  EXPECT_EQ(Matches(*first_, {"201", "202"}), 3U);
  EndLoad();
}

// A replica that is told to stop although calls are still sent to it. gRPC cancels those that come
// in the moment in which it tells the proxy to send no more; apps repeat them.
TEST_F(Rolling, ADrainFinishesWhatIsInFlight) {
  ConnectApps(kRetryOnce);
  const std::string token = view_->Token("acme", "102");
  const auto stub = v1::MatchService::NewStub(view_->app_);
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  request.set_digests(Server::Digests(view_->Policy(token), {kNumber}));
  // On both replicas: the proxy takes turns, and nobody else asks it yet.
  constexpr int kStreams = 4;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<
      grpc::ClientReaderWriter<v1::MatchContactsStreamRequest, v1::MatchContactsStreamResponse>>>
      streams;
  const auto exchange = [&] {
    for (const auto& stream : streams) {
      v1::MatchContactsStreamResponse response;
      EXPECT_TRUE(stream->Write(request) && stream->Read(&response)) << proxy_->Errors();
      EXPECT_EQ(response.matches_size(), 1);
    }
  };
  for (int i = 0; i < kStreams; ++i) {
    contexts.push_back(CallWith(token));
    streams.push_back(stub->MatchContactsStream(contexts.back().get()));
  }
  exchange();
  BeginLoad();
  first_->server_->Signal(SIGTERM);
  EXPECT_TRUE(Logs(*first_, "\"draining\""));
  for (int i = 0; i < 20; ++i) exchange();
  EXPECT_TRUE(first_->server_->Running()) << "it waits for them";
  for (const auto& stream : streams) {
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
  }
  EXPECT_EQ(first_->server_->Wait().exit_code, 0);
  EndLoad();
}

// A proxy does not send a call again that a replica may have seen; apps do, as docs/protocol.md
// tells them to.
TEST_F(Rolling, ACrashIsNoMoreThanOneRetryOfTheApps) {
  ConnectApps(kRetryOnce);
  BeginLoad();
  for (int round = 0; round < 3; ++round) {
    first_->server_->Signal(SIGKILL);
    first_->server_->Wait();
    EXPECT_EQ(Matches(*view_), 1U);
    first_->StartServer();
    EXPECT_EQ(Matches(*first_), 1U);
  }
  EndLoad();
}

}  // namespace
}  // namespace smartcontacts::integration
