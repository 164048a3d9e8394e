// What an operator's monitoring is told: every number comes from something that happened.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;

constexpr char kAlice[] = "tel:+493023125101";
constexpr char kBob[] = "tel:+493023125102";
constexpr char kMatchLabels[] =
    "{service=\"smartcontacts.v1.MatchService\",method=\"MatchContacts\"";
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kSpanId[] = "b7ad6b7169203331";

class ObservabilityTest : public ServerTest {
 protected:
  void Start(std::vector<std::string> arguments = {}) {
    for (const char* argument : {"--metrics-listen", "127.0.0.1:0"}) arguments.push_back(argument);
    StartServer(arguments);
    CreateTenant("acme");
    Upsert("acme", "alice", {kAlice});
    token_ = Token("acme", "caller");
  }

  std::string Text() const { return HttpGet(metrics_address_, "/metrics"); }

  // Of one series, written as Prometheus does; -1 if there is none.
  double Metric(const std::string& series) const {
    const std::string text = Text();
    const std::size_t found = text.find("\n" + series + " ");
    return found == std::string::npos ? -1 : std::stod(text.substr(found + series.size() + 2));
  }

  // What a call has changed is seen a moment after its answer.
  void ExpectSoon(const std::string& series, double value) const {
    ExpectSoon(series, [value](double now) { return now == value; });
  }
  void ExpectSoon(const std::string& series, const std::function<bool(double)>& expected) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!expected(Metric(series)) && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_TRUE(expected(Metric(series))) << series << " is " << Metric(series);
  }

  static std::string Handled(const std::string& labels, const std::string& code) {
    return absl::StrCat("smart_contacts_rpc_handled_total", labels, ",code=\"", code, "\"}");
  }

  // The status of a method of any name.
  grpc::Status Call(const std::string& path) const {
    grpc::GenericStub stub(app_);
    grpc::CompletionQueue queue;
    const auto context = CallWith(token_);
    const auto call = stub.PrepareUnaryCall(context.get(), path, grpc::ByteBuffer(), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    return status;
  }

  // The last line of the log with this message; null if there is none.
  nlohmann::json LogLine(const std::string& message) const {
    nlohmann::json last;
    std::istringstream log(server_->Err());
    for (std::string line; std::getline(log, line);) {
      nlohmann::json entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!entry.is_discarded() && entry.value("message", "") == message) last = std::move(entry);
    }
    return last;
  }

  std::string token_;
};

TEST_F(ObservabilityTest, CallsAreCountedByMethodAndByWhatTheCallerLearned) {
  Start();
  const v1::MatchContactsRequest request = Request(token_, {kAlice, kBob});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Match(token_, request).ok());
  EXPECT_FALSE(Match("no token", request).ok());
  v1::MatchContactsRequest wrong = request;
  wrong.set_digests("x");
  EXPECT_FALSE(Match(token_, wrong).ok());
  ExpectSoon(Handled(kMatchLabels, "OK"), 3);
  ExpectSoon(Handled(kMatchLabels, "UNAUTHENTICATED"), 1);
  ExpectSoon(Handled(kMatchLabels, "INVALID_ARGUMENT"), 1);
  ExpectSoon(absl::StrCat("smart_contacts_rpc_duration_seconds_count", kMatchLabels, "}"), 5);
  ExpectSoon(absl::StrCat("smart_contacts_rpc_in_flight", kMatchLabels, "}"), 0);
  ExpectSoon(
      Handled("{service=\"smartcontacts.admin.v1.TenantService\",method=\"CreateTenant\"", "OK"),
      1);
  EXPECT_EQ(HealthOf(app_), "SERVING");
  ExpectSoon(Handled("{service=\"grpc.health.v1.Health\",method=\"Check\"", "OK"), 1);
}

TEST_F(ObservabilityTest, StreamsAreUnderWayUntilTheyEnd) {
  Start();
  const std::string labels =
      "{service=\"smartcontacts.v1.MatchService\",method=\"MatchContactsStream\"";
  const auto context = CallWith(token_);
  const auto stream = v1::MatchService::NewStub(app_)->MatchContactsStream(context.get());
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  request.set_digests(Digests(Policy(token_), {kAlice, kBob}));
  v1::MatchContactsStreamResponse response;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_EQ(Metric(absl::StrCat("smart_contacts_rpc_in_flight", labels, "}")), 1);
  EXPECT_EQ(Metric("smart_contacts_match_contacts_count"), 2) << "each batch";
  EXPECT_EQ(Metric("smart_contacts_match_contacts_sum"), 4);
  EXPECT_EQ(Metric("smart_contacts_match_hits_sum"), 2);
  EXPECT_EQ(Metric(Handled(labels, "OK")), 0);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  ExpectSoon(Handled(labels, "OK"), 1);
  ExpectSoon(absl::StrCat("smart_contacts_rpc_in_flight", labels, "}"), 0);
  ExpectSoon(absl::StrCat("smart_contacts_rpc_duration_seconds_count", labels, "}"), 1);
}

// A watch lasts as long as the device likes, which is no latency.
TEST_F(ObservabilityTest, AWatchIsCountedWhileItLastsAndNotTimed) {
  Start();
  OfferRetention(*this, "acme");
  Upsert("acme", "watcher", {kBob});
  Device device(*this, "acme", "watcher");
  device.Replace({kAlice});
  const std::string labels =
      "{service=\"smartcontacts.v1.AddressBookService\",method=\"WatchMatches\"";
  {
    const auto watch = device.Watch();
    watch->UntilHeartbeat();
    ExpectSoon("smart_contacts_watches", 1);
    EXPECT_EQ(Metric(absl::StrCat("smart_contacts_rpc_in_flight", labels, "}")), 1);
  }
  ExpectSoon("smart_contacts_watches", 0);
  ExpectSoon(Handled(labels, "CANCELLED"), 1);
  ExpectSoon(absl::StrCat("smart_contacts_rpc_in_flight", labels, "}"), 0);
  EXPECT_EQ(Metric(absl::StrCat("smart_contacts_rpc_duration_seconds_count", labels, "}")), -1);
}

TEST_F(ObservabilityTest, ACallThatCameTooLateSaysSo) {
  Start();
  const auto context = CallWith(token_);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  const auto stream = v1::MatchService::NewStub(app_)->MatchContactsStream(context.get());
  v1::MatchContactsStreamResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  ExpectSoon(Handled("{service=\"smartcontacts.v1.MatchService\",method=\"MatchContactsStream\"",
                     "DEADLINE_EXCEEDED"),
             1);
}

TEST_F(ObservabilityTest, CallersCannotMakeLabelsUp) {
  Start();
  const std::size_t before = Text().size();
  for (const char* path : {"/made.up.Service/Method", "/smartcontacts.v1.MatchService/MadeUp"}) {
    EXPECT_EQ(Call(path).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  ExpectSoon(Handled("{service=\"unknown\",method=\"unknown\"", "UNIMPLEMENTED"), 2);
  EXPECT_EQ(Text().find("made.up"), std::string::npos);
  EXPECT_EQ(Text().find("MadeUp"), std::string::npos);
  EXPECT_LT(Text().size(), before + 1000);
}

TEST_F(ObservabilityTest, EveryMethodOfTheContractIsThereFromTheBeginning) {
  Start();
  const std::string text = Text();
  int methods = 0;
  for (const char* folder : {"v1", "admin/v1"}) {
    for (const auto& file : std::filesystem::directory_iterator(
             absl::StrCat(SMART_CONTACTS_SOURCE_DIR, "/proto/smartcontacts/", folder))) {
      std::string package;
      std::string service;
      std::istringstream proto(ReadFile(file.path()));
      static const std::regex kDeclaration(R"(^ *(package|service|rpc) ([A-Za-z0-9_.]+))");
      for (std::string line; std::getline(proto, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, kDeclaration)) continue;
        if (match[1] == "package") package = match[2];
        if (match[1] == "service") service = match[2];
        if (match[1] != "rpc") continue;
        ++methods;
        const std::string labels = absl::StrCat("{service=\"", package, ".", service,
                                                "\",method=\"", match[2].str(), "\"}");
        EXPECT_NE(text.find("smart_contacts_rpc_in_flight" + labels), std::string::npos) << labels;
      }
    }
  }
  EXPECT_GT(methods, 25);
}

TEST_F(ObservabilityTest, RefusalsOfAQuotaAreCountedByItsName) {
  Start();
  v1::MatchContactsRequest request;
  request.set_epoch(1);
  request.set_digests(std::string(10'000 * 16, 'x'));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Match(token_, request).ok());
  EXPECT_EQ(Metric("smart_contacts_quota_refusals_total{quota=\"match\"}"), 0);
  EXPECT_FALSE(Match(token_, request).ok());
  EXPECT_EQ(Metric("smart_contacts_quota_refusals_total{quota=\"match\"}"), 1);
  EXPECT_EQ(Metric("smart_contacts_quota_refusals_total{quota=\"incremental_match\"}"), 0);
  EXPECT_EQ(Metric("smart_contacts_quota_refusals_total{quota=\"evaluation\"}"), 0);
  EXPECT_EQ(Text().find("sip:"), std::string::npos) << "nobody is told whose";
}

TEST_F(ObservabilityTest, WhatIsInMemoryIsSeen) {
  Start({"--directory-memory-mib", "1"});
  EXPECT_EQ(Metric("smart_contacts_snapshots"), 0);
  EXPECT_EQ(Metric("smart_contacts_snapshot_bytes_max"), 1 << 20);
  EXPECT_TRUE(Match(token_, Request(token_, {kAlice})).ok());
  EXPECT_EQ(Metric("smart_contacts_snapshots"), 1);
  EXPECT_GT(Metric("smart_contacts_snapshot_bytes"), 0);
  EXPECT_EQ(Metric("smart_contacts_snapshot_load_duration_seconds_count"), 1);
  EXPECT_EQ(Metric("smart_contacts_snapshot_evictions_total"), 0);
  EXPECT_EQ(Metric("smart_contacts_fresh"), 1);
  EXPECT_EQ(Metric("smart_contacts_ready"), 1);
  EXPECT_EQ(Metric("smart_contacts_revision_lag_seconds"), 0);
}

TEST_F(ObservabilityTest, DatabasesFilesAndTheProcessAreSeen) {
  Start();
  for (const char* database : {"data", "keys"}) {
    const std::string labels = absl::StrCat("{database=\"", database, "\"}");
    EXPECT_GT(Metric("smart_contacts_database_connections_max" + labels), 0);
    EXPECT_EQ(Metric("smart_contacts_database_errors_total" + labels), 0);
    EXPECT_EQ(Metric("smart_contacts_database_checkout_timeouts_total" + labels), 0);
    ExpectSoon(absl::StrCat("smart_contacts_database_connections{database=\"", database,
                            "\",state=\"idle\"}"),
               [](double count) { return count > 0; });
    ExpectSoon(absl::StrCat("smart_contacts_database_connections{database=\"", database,
                            "\",state=\"used\"}"),
               0);
  }
  WriteFile(data_ + "/dev-admin.token", "too short");
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Metric("smart_contacts_file_refused{file=\"admin_token\"}") == 0 &&
         absl::Now() < deadline) {
    EXPECT_EQ(Revision("acme"), 1) << "the old token is as good as before";
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(Metric("smart_contacts_file_refused{file=\"admin_token\"}"), 1);
  for (const char* file : {"jwks", "master_key", "tls"}) {
    EXPECT_EQ(Metric(absl::StrCat("smart_contacts_file_refused{file=\"", file, "\"}")), 0);
  }

  EXPECT_NEAR(Metric("process_start_time_seconds"),
              absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()), 120);
  EXPECT_GT(Metric("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(Metric("process_cpu_seconds_total"), 0);
  EXPECT_GT(Metric("process_open_fds"), 3);
  EXPECT_GT(Metric("process_max_fds"), Metric("process_open_fds"));
}

TEST_F(ObservabilityTest, ErasingIsSeen) {
  Start({"--sweep-interval-s", "1"});
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  ExpectSoon("smart_contacts_sweep_last_success_timestamp_seconds",
             [now](double time) { return time > now - 60; });
  OfferRetention(*this, "acme");
  Upsert("acme", "owner", {kBob});
  Device(*this, "acme", "owner").Replace({kAlice, kBob});
  Remove("acme", "owner");
  ExpectSoon("smart_contacts_sweep_erased_contacts_total", 2);

  EXPECT_EQ(Metric("smart_contacts_purge_removed_rows_total"), 0);
  admin::v1::PurgeRequest request;
  request.set_tenant_id("acme");
  request.set_everything(true);
  const auto context = CallWith(admin_token_);
  const auto reader = admin::v1::PurgeService::NewStub(admin_)->Purge(context.get(), request);
  admin::v1::PurgeResponse progress;
  while (reader->Read(&progress)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_GT(Metric("smart_contacts_purge_removed_rows_total"), 0);
  EXPECT_EQ(Metric("smart_contacts_purge_running"), 0);
}

TEST_F(ObservabilityTest, ThePrivateModeIsSeen) {
  Start();
  EXPECT_EQ(Admin({"tenant", "update", "acme", "--private-mode", "offered"}).exit_code, 0);
  const std::string state = directory_ / "private.state";
  const std::string book = directory_ / "book.vcf";
  WriteFile(book, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nTEL:+493023125101\r\nEND:VCARD\r\n");
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Phone({"match", book, "--private", "--state-file", state}, token_).exit_code != 0 &&
         absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(Metric("smart_contacts_evaluated_elements_total"), 1);
  ExpectSoon("smart_contacts_sealing_pending", 0);
}

TEST_F(ObservabilityTest, PagesAreAnsweredAsTheyShould) {
  Start();
  EXPECT_THAT(Http(metrics_address_, "GET", "/healthz"), HasSubstr("HTTP/1.0 200 OK"));
  EXPECT_EQ(HttpGet(metrics_address_, "/healthz"), "\nok\n");
  EXPECT_EQ(HttpGet(metrics_address_, "/readyz"), "\nready\n");
  EXPECT_THAT(Http(metrics_address_, "GET", "/metrics"),
              HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(Http(metrics_address_, "GET", "/readyz?verbose"), HasSubstr("HTTP/1.0 200"));
  for (const char* path : {"/", "/metrics/", "/metrics/x", "/healthz2", "/../etc/passwd"}) {
    EXPECT_THAT(Http(metrics_address_, "GET", path), HasSubstr("HTTP/1.0 404")) << path;
  }
  const std::string head = Http(metrics_address_, "HEAD", "/healthz");
  EXPECT_THAT(head, HasSubstr("HTTP/1.0 200"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const std::string answer = Http(metrics_address_, method, "/metrics");
    EXPECT_THAT(answer, HasSubstr("HTTP/1.0 405")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD"));
  }
}

TEST_F(ObservabilityTest, PrometheusFindsNothingToComplainAbout) {
  Start();
  EXPECT_TRUE(Match(token_, Request(token_, {kAlice})).ok());
  const std::string file = directory_ / "metrics";
  WriteFile(file, Text().substr(1));
  const Finished checked =
      RunProgram("/bin/sh", {"-c", absl::StrCat(PROMTOOL, " check metrics < ", file)});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.out + checked.err, "");
}

TEST_F(ObservabilityTest, LinesOfACallNameItsTrace) {
  Start();
  const auto match = [this](const std::vector<std::string>& traceparents) {
    const auto context = CallWith("no token");
    for (const std::string& value : traceparents) context->AddMetadata("traceparent", value);
    v1::MatchContactsResponse response;
    return v1::MatchService::NewStub(app_)->MatchContacts(context.get(), {}, &response);
  };
  const std::string traceparent = absl::StrCat("00-", kTraceId, "-", kSpanId, "-01");
  EXPECT_FALSE(match({}).ok());
  EXPECT_FALSE(match({"00-" + std::string(kTraceId)}).ok());
  EXPECT_FALSE(match({traceparent, traceparent}).ok());
  EXPECT_TRUE(LogLine("call refused").is_null()) << "nobody asked for it";
  EXPECT_FALSE(match({traceparent}).ok());
  const nlohmann::json refused = LogLine("call refused");
  EXPECT_EQ(refused.value("trace_id", ""), kTraceId);
  EXPECT_EQ(refused.value("span_id", ""), kSpanId);
  EXPECT_EQ(refused.value("level", ""), "info");
  EXPECT_EQ(refused.value("method", ""), "MatchContacts");
  EXPECT_EQ(refused.value("code", ""), "UNAUTHENTICATED");
  EXPECT_EQ(refused.value("reason", ""), "CREDENTIAL_INVALID");
  EXPECT_EQ(refused.size(), 8) << "and nothing else: " << refused.dump();

  EXPECT_FALSE(LogLine("subscribers upserted").contains("trace_id"));
  admin::v1::UpsertSubscribersRequest request;
  request.set_tenant_id("acme");
  request.add_subscribers()->set_aor("sip:bob@acme.example");
  admin::v1::UpsertSubscribersResponse response;
  const auto context = CallWith(admin_token_);
  context->AddMetadata("traceparent", traceparent);
  const auto directory = admin::v1::DirectoryService::NewStub(admin_);
  const grpc::Status status = directory->UpsertSubscribers(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(LogLine("subscribers upserted").value("trace_id", ""), kTraceId);
}

}  // namespace
}  // namespace smartcontacts::integration
