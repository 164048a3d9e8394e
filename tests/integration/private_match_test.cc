// The private mode, with the real server and the real client.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/oprf_client.h"
#include "smartcontacts/v1/private_match_service.grpc.pb.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kAlice[] = "tel:+493023125111";

class PrivateMatchTest : public ServerTest {
 protected:
  void SetUp() override {
    StartServer();
    CreateTenant("acme");
    SetPrivateMode(v1::PRIVATE_MODE_OFFERED);
    token_ = Token("acme", "101");
  }

  void SetPrivateMode(v1::PrivateMode mode) {
    admin::v1::Tenant tenant;
    tenant.set_tenant_id("acme");
    tenant.mutable_policy()->set_private_mode(mode);
    UpdateTenant(tenant, {"policy.private_mode"});
  }

  // A book of one contact a number; the file.
  std::string Book(const std::vector<std::string>& numbers, const std::string& name = "book.vcf") {
    std::string text;
    for (const std::string& number : numbers) {
      absl::StrAppend(&text, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Contact ", number,
                      "\r\nTEL:", number, "\r\nEND:VCARD\r\n");
    }
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }

  // How long sealing may take: with a sanitizer, on a machine that does other things, minutes.
  static constexpr absl::Duration kSealed = absl::Minutes(4);

  // `match BOOK`, also while the directory is being sealed.
  json MatchBook(const std::string& book, bool in_private, const std::string& state = "state") {
    std::vector<std::string> arguments = {"match", book, "--output", "json"};
    if (in_private) {
      arguments.insert(arguments.end(), {"--private", "--state-file", directory_ / state});
    }
    const absl::Time deadline = absl::Now() + kSealed;
    Finished finished = Phone(arguments, token_);
    while (finished.exit_code != 0 && absl::Now() < deadline &&
           finished.err.find("being made") != std::string::npos) {
      absl::SleepFor(absl::Milliseconds(50));
      finished = Phone(arguments, token_);
    }
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.exit_code == 0 ? json::parse(finished.out) : json();
  }

  // `match BOOK --private` that is refused; what it says.
  std::string MatchRefused(const std::string& book) {
    const Finished refused =
        Phone({"match", book, "--private", "--state-file", directory_ / "state"}, token_);
    EXPECT_EQ(refused.exit_code, 1);
    return refused.err;
  }

  // Until a private match has seen the directory's present revision.
  json MatchPrivately(const std::string& book, const std::string& state = "state") {
    const std::int64_t revision = Revision("acme");
    const absl::Time deadline = absl::Now() + kSealed;
    json result = MatchBook(book, true, state);
    while (result.is_object() && result["revision"] < revision && absl::Now() < deadline) {
      result = MatchBook(book, true, state);
    }
    EXPECT_EQ(result.value("revision", 0), revision);
    return result;
  }

  // Subscribers sip:100000@acme.example and on, with the numbers +49 30 23000000 and on.
  void Import(int count) {
    const std::string path = directory_ / "many.csv";
    {
      std::ofstream file(path);
      file << "aor,numbers,extension,enabled,discoverable\n";
      for (int i = 0; i < count; ++i) {
        file << "sip:" << 100'000 + i << "@acme.example,+49302" << 3'000'000 + i << ",,true,true\n";
      }
    }
    const Finished imported = Admin({"directory", "import", "acme", path});
    ASSERT_EQ(imported.exit_code, 0) << imported.out << imported.err;
  }

  static std::vector<std::string> Aors(const json& result) {
    std::vector<std::string> aors;
    for (const json& match : result["matches"]) aors.push_back(match["aor"]);
    return aors;
  }

  grpc::Status Evaluate(const v1::EvaluateBlindedRequest& request,
                        v1::EvaluateBlindedResponse* response = nullptr) {
    v1::EvaluateBlindedResponse ignored;
    return v1::PrivateMatchService::NewStub(app_)->EvaluateBlinded(
        CallWith(token_).get(), request, response == nullptr ? &ignored : response);
  }
  static v1::EvaluateBlindedRequest Blinded(std::int64_t epoch, int count) {
    const std::vector<absl::string_view> inputs(static_cast<std::size_t>(count), kAlice);
    const crypto::BlindedBatch batch = *crypto::OprfClient().Blind(inputs);
    v1::EvaluateBlindedRequest request;
    request.set_epoch(epoch);
    request.set_blinded_elements(batch.elements.data(), batch.elements.size() * 32);
    return request;
  }
  grpc::Status GetPart(const v1::GetSealedDirectoryRequest& request) {
    const auto context = CallWith(token_);
    const auto reader =
        v1::PrivateMatchService::NewStub(app_)->GetSealedDirectory(context.get(), request);
    v1::GetSealedDirectoryResponse message;
    while (reader->Read(&message)) continue;
    return reader->Finish();
  }

  std::string token_;
};

TEST_F(PrivateMatchTest, FindsWhomThePlainModeFinds) {
  Upsert("acme", "101", {"tel:+493023125101", "tel:101;phone-context=acme.example"});
  Upsert("acme", "102", {kAlice});
  Upsert("acme", "103", {kAlice});  // a shared number
  Upsert("acme", "104", {"tel:+493023125104"}, true, /*discoverable=*/false);
  const std::string book = Book({"+49 30 23125111", "0 030 23125101", "101", "+49 30 23125104",
                                 "+49 30 99999999", "not a number"});
  const json plain = MatchBook(book, false);
  const json in_private = MatchPrivately(book);
  EXPECT_EQ(in_private["matches"], plain["matches"]);
  EXPECT_EQ(in_private["matches"].size(), 4U);
  EXPECT_EQ(in_private["skipped"], plain["skipped"]);
}

TEST_F(PrivateMatchTest, ADailyCheckEvaluatesNothing) {
  Upsert("acme", "102", {kAlice});
  const std::string book = Book({"+49 30 23125111", "+49 30 23125112", "+49 30 23125113"});
  EXPECT_GT(MatchPrivately(book)["evaluated"], 0);
  EXPECT_THAT(Aors(MatchPrivately(book)), testing::ElementsAre("sip:102@acme.example"));
  // One joins, one goes, one changes the number.
  Upsert("acme", "103", {"tel:+493023125112"});
  Remove("acme", "102");
  const json second = MatchPrivately(book);
  EXPECT_EQ(second["evaluated"], 0);
  EXPECT_THAT(Aors(second), testing::ElementsAre("sip:103@acme.example"));
  Upsert("acme", "103", {"tel:+493023125113"});
  const json third = MatchPrivately(book);
  EXPECT_EQ(third["evaluated"], 0);
  EXPECT_EQ(third["matches"][0]["identifier"], "tel:+493023125113");
  // Who comes back after the book was without them.
  Upsert("acme", "102", {kAlice});
  EXPECT_EQ(Aors(MatchPrivately(book)).size(), 2U);
}

TEST_F(PrivateMatchTest, ANewEpochIsReadyBeforeItBegins) {
  Upsert("acme", "102", {kAlice});
  const std::string book = Book({"+49 30 23125111"});
  MatchPrivately(book);
  const Finished rotated = Admin({"epoch", "rotate", "acme"});
  EXPECT_EQ(rotated.exit_code, 0) << rotated.err;
  EXPECT_THAT(rotated.out, HasSubstr("epoch 2 is being prepared"));
  const absl::Time deadline = absl::Now() + kSealed;
  int evaluated = 0;
  bool rotated_before = false;
  do {
    rotated_before = Policy(token_).epoch().number() == 2;
    const json result = MatchBook(book, true);
    EXPECT_EQ(Aors(result).size(), 1U) << "at any moment";
    evaluated += result["evaluated"].get<int>();
  } while (!rotated_before && absl::Now() < deadline);
  EXPECT_EQ(Policy(token_).epoch().number(), 2);
  EXPECT_EQ(evaluated, 1) << "with another key, once";
}

TEST_F(PrivateMatchTest, WhoIsRemovedIsGoneForDevicesThatKnewThemAlsoAfterARestart) {
  Upsert("acme", "102", {kAlice});
  Upsert("acme", "103", {"tel:+493023125112"});
  const std::string book = Book({"+49 30 23125111", "+49 30 23125112"});
  EXPECT_EQ(Aors(MatchPrivately(book)).size(), 2U);
  const std::string device = directory_ / "state";
  std::filesystem::copy_file(device, directory_ / "other");
  std::filesystem::copy_file(device + ".key", directory_ / "other.key");
  Remove("acme", "102");
  MatchPrivately(book);  // the removal is sealed
  EXPECT_EQ(StopServer().exit_code, 0);
  StartServer();
  const json other = MatchPrivately(book, "other");
  EXPECT_EQ(other["evaluated"], 0) << "it went on from what it knew";
  EXPECT_THAT(Aors(other), testing::ElementsAre("sip:103@acme.example"));
}

TEST_F(PrivateMatchTest, ASecondRotationWaitsForTheFirst) {
  Import(15'000);
  const std::string book = Book({"+49 30 23000001", "+49 30 23014999"});
  EXPECT_EQ(Aors(MatchPrivately(book)).size(), 2U);
  EXPECT_EQ(Admin({"epoch", "rotate", "acme", "--overlap-hours", "0"}).exit_code, 0);
  const Finished second = Admin({"epoch", "rotate", "acme"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("is being prepared"));
  EXPECT_THAT(Admin({"epoch", "list", "acme"}).out, HasSubstr("preparing"));
  const absl::Time deadline = absl::Now() + kSealed;
  while (Policy(token_).epoch().number() == 1 && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(Policy(token_).epoch().number(), 2);
  EXPECT_THAT(Admin({"epoch", "list", "acme"}).out, testing::Not(HasSubstr("preparing")));
  EXPECT_TRUE(Fails(Evaluate(Blinded(1, 1)), StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED"))
      << "without an overlap the old one ends at once";
  EXPECT_EQ(Aors(MatchPrivately(book)).size(), 2U);
}

// Above what is downloaded whole: the filter, and the buckets of the hits.
TEST_F(PrivateMatchTest, ALargeTenantIsMatchedByFilterAndBuckets) {
  Import(50'500);
  const std::string book = Book({"+49 30 23000007", "+49 30 23000008", "+49 30 23050499",
                                 "+49 89 1234567", "+49 89 1234568"});
  const json first = MatchPrivately(book);
  EXPECT_FALSE(Policy(token_).private_match().download_whole());
  EXPECT_THAT(Aors(first),
              testing::UnorderedElementsAre("sip:100007@acme.example", "sip:100008@acme.example",
                                            "sip:150499@acme.example"));
  Remove("acme", "100007");
  Upsert("acme", "7", {"tel:+49891234567"});
  const json second = MatchPrivately(book);
  EXPECT_EQ(second["evaluated"], 0);
  EXPECT_THAT(Aors(second),
              testing::UnorderedElementsAre("sip:100008@acme.example", "sip:150499@acme.example",
                                            "sip:7@acme.example"));
}

TEST_F(PrivateMatchTest, ThePolicyDecides) {
  Upsert("acme", "102", {kAlice});
  const std::string book = Book({"+49 30 23125111"});
  MatchPrivately(book);
  SetPrivateMode(v1::PRIVATE_MODE_REQUIRED);
  EXPECT_EQ(Aors(MatchPrivately(book)).size(), 1U);
  const Finished plain = Phone({"match", book}, token_);
  EXPECT_EQ(plain.exit_code, 1);
  EXPECT_THAT(plain.err, HasSubstr("--private"));
  EXPECT_TRUE(Fails(Match(token_, Request(token_, {kAlice})), StatusCode::FAILED_PRECONDITION,
                    "PRIVATE_MODE_REQUIRED"));

  SetPrivateMode(v1::PRIVATE_MODE_OFF);
  EXPECT_TRUE(Fails(Evaluate(Blinded(1, 1)), StatusCode::PERMISSION_DENIED, "FEATURE_DISABLED"));
  v1::GetSealedDirectoryRequest whole;
  whole.set_epoch(1);
  whole.mutable_whole();
  EXPECT_TRUE(Fails(GetPart(whole), StatusCode::PERMISSION_DENIED, "FEATURE_DISABLED"));
  EXPECT_THAT(MatchRefused(book), HasSubstr("does not offer"));
  EXPECT_FALSE(Policy(token_).has_private_match());
}

TEST_F(PrivateMatchTest, WhatIsNoRequestIsRefused) {
  Upsert("acme", "102", {kAlice});
  MatchPrivately(Book({"+49 30 23125111"}));
  v1::EvaluateBlindedRequest request = Blinded(1, 2);
  EXPECT_TRUE(Evaluate(request).ok());
  request.mutable_blinded_elements()->back() = '\xff';
  const grpc::Status refused = Evaluate(request);
  EXPECT_TRUE(Fails(refused, StatusCode::INVALID_ARGUMENT, "ELEMENT_INVALID"));
  EXPECT_EQ(DetailsOf(refused).field, "blinded_elements[1]");
  request.set_blinded_elements(std::string(32, '\0'));
  EXPECT_TRUE(Fails(Evaluate(request), StatusCode::INVALID_ARGUMENT, "ELEMENT_INVALID"));
  request.set_blinded_elements("short");
  EXPECT_TRUE(Fails(Evaluate(request), StatusCode::INVALID_ARGUMENT, "ELEMENT_INVALID"));
  EXPECT_TRUE(Fails(Evaluate(Blinded(1, 1'001)), StatusCode::INVALID_ARGUMENT, "BATCH_TOO_LARGE"));
  EXPECT_TRUE(Fails(Evaluate(Blinded(0, 1)), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(Fails(Evaluate(Blinded(2, 1)), StatusCode::FAILED_PRECONDITION, "EPOCH_UNKNOWN"));

  v1::GetSealedDirectoryRequest part;
  part.set_epoch(1);
  EXPECT_TRUE(Fails(GetPart(part), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  part.mutable_changes()->set_since_revision(1'000);
  EXPECT_TRUE(Fails(GetPart(part), StatusCode::OUT_OF_RANGE, "REVISION_EXPIRED"));
  part.mutable_buckets()->add_buckets(7);
  part.mutable_buckets()->set_revision(Revision("acme"));
  EXPECT_TRUE(Fails(GetPart(part), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

TEST_F(PrivateMatchTest, TryingOutNumbersEndsAtTheQuota) {
  EXPECT_EQ(Admin({"tenant", "update", "acme", "--evaluation-quota", "1500:10"}).exit_code, 0);
  EXPECT_TRUE(Evaluate(Blinded(1, 1'000)).ok());
  const grpc::Status refused = Evaluate(Blinded(1, 1'000));
  EXPECT_TRUE(Fails(refused, StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED"));
  EXPECT_TRUE(DetailsOf(refused).retry);
  EXPECT_TRUE(Evaluate(Blinded(1, 500)).ok()) << "what was refused was not charged";
}

// A burst of more than the queue holds: some are told to come back, and plain matching goes on.
TEST_F(PrivateMatchTest, ABurstIsTurnedAwayInsteadOfDelayingOthers) {
  EXPECT_EQ(Admin({"tenant", "update", "acme", "--evaluation-quota", "1000000:1"}).exit_code, 0);
  Upsert("acme", "102", {kAlice});
  const v1::EvaluateBlindedRequest request = Blinded(1, 300);
  const auto stub = v1::PrivateMatchService::NewStub(app_);
  constexpr std::size_t kCalls = 100;
  std::vector<grpc::Status> statuses(kCalls);
  std::vector<v1::EvaluateBlindedResponse> responses(kCalls);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::latch done(kCalls);
  for (std::size_t i = 0; i < kCalls; ++i) {
    contexts.push_back(CallWith(token_));
    stub->async()->EvaluateBlinded(contexts[i].get(), &request, &responses[i],
                                   [&statuses, &done, i](grpc::Status status) {
                                     statuses[i] = std::move(status);
                                     done.count_down();
                                   });
  }
  EXPECT_EQ(MatchesOf(token_, {kAlice}).size(), 1U);
  EXPECT_FALSE(done.try_wait()) << "matched while evaluations waited";
  done.wait();
  int turned_away = 0;
  for (const grpc::Status& status : statuses) {
    if (status.ok()) continue;
    EXPECT_TRUE(Fails(status, StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE"));
    EXPECT_TRUE(DetailsOf(status).retry);
    ++turned_away;
  }
  EXPECT_GT(turned_away, 0);
  EXPECT_LT(turned_away, static_cast<int>(kCalls));
}

TEST_F(PrivateMatchTest, AStreamAnswersBatchByBatch) {
  const auto context = CallWith(token_);
  const auto stream = v1::PrivateMatchService::NewStub(app_)->EvaluateBlindedStream(context.get());
  for (int i = 0; i < 3; ++i) {
    v1::EvaluateBlindedStreamRequest request;
    request.set_epoch(i == 0 ? 1 : 0);
    request.set_blinded_elements(Blinded(1, 10 + i).blinded_elements());
    ASSERT_TRUE(stream->Write(request));
    v1::EvaluateBlindedStreamResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.evaluated_elements().size(), 32U * static_cast<std::size_t>(10 + i));
    EXPECT_EQ(response.proof().size(), 64U);
    EXPECT_EQ(response.public_key().size(), 32U);
  }
  v1::EvaluateBlindedStreamRequest other;
  other.set_epoch(2);
  stream->Write(other);
  v1::EvaluateBlindedStreamResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(Fails(stream->Finish(), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

TEST_F(PrivateMatchTest, APurgeEndsIt) {
  Upsert("acme", "102", {kAlice});
  const std::string book = Book({"+49 30 23125111"});
  MatchPrivately(book);
  EXPECT_EQ(Admin({"purge", "--tenant", "acme", "--everything", "--yes"}).exit_code, 0);
  EXPECT_THAT(MatchRefused(book), HasSubstr("TENANT_UNKNOWN"));
}

TEST_F(PrivateMatchTest, ASecondReplicaServesTheSameDirectory) {
  const std::unique_ptr<Server> replica = MakeReplica();
  if (replica == nullptr) GTEST_SKIP() << "one server has one SQLite file";
  Upsert("acme", "102", {kAlice});
  const std::string book = Book({"+49 30 23125111"});
  const json here = MatchPrivately(book);
  ASSERT_EQ(here["matches"].size(), 1U);
  replica->StartServer();
  const Finished there = replica->Phone(
      {"match", book, "--private", "--state-file", directory_ / "other", "--output", "json"},
      token_);
  EXPECT_EQ(there.exit_code, 0) << there.err;
  EXPECT_EQ(json::parse(there.out)["matches"], here["matches"]);
}

// ---- What the server sees ----

// Passes calls on to the real server and writes down each request as it came.
class Recorder final : public v1::PrivateMatchService::Service {
 public:
  explicit Recorder(const std::shared_ptr<grpc::Channel>& server)
      : stub_(v1::PrivateMatchService::NewStub(server)) {}

  grpc::Status EvaluateBlinded(grpc::ServerContext* context,
                               const v1::EvaluateBlindedRequest* request,
                               v1::EvaluateBlindedResponse* response) override {
    Record("EvaluateBlinded", *context, *request);
    return stub_->EvaluateBlinded(Forwarded(*context).get(), *request, response);
  }
  grpc::Status EvaluateBlindedStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::EvaluateBlindedStreamResponse, v1::EvaluateBlindedStreamRequest>*
          stream) override {
    const auto forwarded = Forwarded(*context);
    const auto server = stub_->EvaluateBlindedStream(forwarded.get());
    v1::EvaluateBlindedStreamRequest request;
    while (stream->Read(&request)) {
      Record("EvaluateBlindedStream", *context, request);
      v1::EvaluateBlindedStreamResponse response;
      if (!server->Write(request) || !server->Read(&response)) break;
      stream->Write(response);
    }
    server->WritesDone();
    return server->Finish();
  }
  grpc::Status GetSealedDirectory(
      grpc::ServerContext* context, const v1::GetSealedDirectoryRequest* request,
      grpc::ServerWriter<v1::GetSealedDirectoryResponse>* writer) override {
    transcript_.push_back(
        absl::StrCat("GetSealedDirectory ", Metadata(*context), " ", request->ShortDebugString()));
    const auto forwarded = Forwarded(*context);
    const auto server = stub_->GetSealedDirectory(forwarded.get(), *request);
    v1::GetSealedDirectoryResponse response;
    while (server->Read(&response)) writer->Write(response);
    return server->Finish();
  }

  // Calls in their order, with everything of each but the blinded elements' values.
  std::vector<std::string> transcript_;
  std::set<std::string> elements_;
  std::size_t element_count_ = 0;

 private:
  static std::string Metadata(const grpc::ServerContext& context) {
    std::string text;
    for (const auto& [key, value] : context.client_metadata()) {
      absl::StrAppend(&text, std::string(key.data(), key.size()), "=",
                      std::string(value.data(), value.size()), ";");
    }
    return text;
  }
  static std::unique_ptr<grpc::ClientContext> Forwarded(const grpc::ServerContext& context) {
    auto forwarded = std::make_unique<grpc::ClientContext>();
    const auto found = context.client_metadata().find("authorization");
    forwarded->AddMetadata("authorization",
                           std::string(found->second.data(), found->second.size()));
    return forwarded;
  }
  template <typename Request>
  void Record(const char* method, const grpc::ServerContext& context, Request request) {
    const std::string elements = request.blinded_elements();
    for (std::size_t i = 0; i < elements.size(); i += 32) elements_.insert(elements.substr(i, 32));
    element_count_ += elements.size() / 32;
    request.set_blinded_elements(std::string(elements.size(), '\0'));
    transcript_.push_back(
        absl::StrCat(method, " ", Metadata(context), " ", request.ShortDebugString()));
  }

  const std::unique_ptr<v1::PrivateMatchService::Stub> stub_;
};

class PolicyForwarder final : public v1::PolicyService::Service {
 public:
  explicit PolicyForwarder(Server& server) : server_(server) {}
  grpc::Status GetPolicy(grpc::ServerContext* context, const v1::GetPolicyRequest*,
                         v1::GetPolicyResponse* response) override {
    const auto found = context->client_metadata().find("authorization");
    const std::string bearer(found->second.data(), found->second.size());
    *response = server_.Policy(bearer.substr(std::string("Bearer ").size()));
    return grpc::Status::OK;
  }

 private:
  Server& server_;
};

// 500 contacts and 500 others: the server cannot tell which.
TEST_F(PrivateMatchTest, WhatTheServerSeesDoesNotDependOnTheContacts) {
  std::vector<std::string> some;
  std::vector<std::string> others;
  for (int i = 0; i < 500; ++i) {
    some.push_back(absl::StrCat("+49 30 231", 25'000 + i));
    others.push_back(absl::StrCat("+49 89 7654", 1'000 + i));
  }
  // Some of the one book are subscribers, none of the other.
  for (int i = 0; i < 500; i += 25)
    Upsert("acme", absl::StrCat(1'000 + i), {absl::StrCat("tel:+4930231", 25'000 + i)});
  MatchPrivately(Book({"+49 30 1234567"}, "warm-up.vcf"), "warm-up");

  const auto run = [&](const std::vector<std::string>& numbers, const std::string& name,
                       Recorder& recorder) {
    PolicyForwarder policy(*this);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&recorder);
    builder.RegisterService(&policy);
    const std::unique_ptr<grpc::Server> proxy = builder.BuildAndStart();
    const std::string direct = std::exchange(app_address_, absl::StrCat("127.0.0.1:", port));
    const Finished finished = Phone({"match", Book(numbers, name + ".vcf"), "--private",
                                     "--state-file", directory_ / name, "--output", "json"},
                                    token_);
    app_address_ = direct;
    proxy->Shutdown();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.exit_code == 0 ? json::parse(finished.out) : json();
  };
  Recorder first(app_);
  Recorder second(app_);
  EXPECT_EQ(run(some, "some", first)["matches"].size(), 20U);
  EXPECT_EQ(run(others, "others", second)["matches"].size(), 0U);
  EXPECT_EQ(first.transcript_, second.transcript_);
  EXPECT_EQ(first.element_count_, 500U);
  EXPECT_EQ(first.elements_.size(), 500U) << "each blind is used once";

  Recorder again(app_);
  run(some, "again", again);
  EXPECT_EQ(again.element_count_, 500U);
  std::vector<std::string> common;
  std::set_intersection(first.elements_.begin(), first.elements_.end(), again.elements_.begin(),
                        again.elements_.end(), std::back_inserter(common));
  EXPECT_THAT(common, IsEmpty()) << "the same contacts look like others";
}

}  // namespace
}  // namespace smartcontacts::integration
