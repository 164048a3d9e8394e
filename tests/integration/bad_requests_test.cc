// Requests that are not right: status, reason, and that nothing changed.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;

constexpr char kAlice[] = "tel:+493023125001";

class BadRequestsTest : public ServerTest {
 protected:
  BadRequestsTest() {
    StartServer();
    CreateTenant("acme");
    Upsert("acme", "alice", {kAlice});
    token_ = Token("acme", "caller");
    request_ = Request(token_, {kAlice});
  }
  ~BadRequestsTest() override {
    EXPECT_EQ(Revision("acme"), 1);
    EXPECT_THAT(MatchesOf(token_, {kAlice}), testing::ElementsAre("0 sip:alice@acme.example"));
  }

  testing::AssertionResult Refused(StatusCode code, const std::string& reason) {
    return Fails(Match(token_, request_), code, reason);
  }

  std::string token_;
  v1::MatchContactsRequest request_;
};

TEST_F(BadRequestsTest, ADigestFieldMustBeAMultipleOf16) {
  request_.mutable_digests()->pop_back();
  EXPECT_TRUE(Refused(StatusCode::INVALID_ARGUMENT, "DIGEST_LENGTH_INVALID"));
  EXPECT_EQ(DetailsOf(Match(token_, request_)).field, "digests");
}

TEST_F(BadRequestsTest, MoreDigestsThanTheLimitAreRefused) {
  request_.set_digests(std::string(10'001 * 16, 'x'));
  EXPECT_TRUE(Refused(StatusCode::INVALID_ARGUMENT, "BATCH_TOO_LARGE"));
  EXPECT_EQ(DetailsOf(Match(token_, request_)).metadata["limit"], "10000");
  request_.set_digests(std::string(10'000 * 16, 'x'));
  EXPECT_TRUE(Match(token_, request_).ok());
}

TEST_F(BadRequestsTest, AStreamHasALimitToo) {
  ASSERT_EQ(Policy(token_).limits().digests_per_stream_max(), 100'000);
  const auto context = CallWith(token_);
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  request.set_digests(std::string(10'000 * 16, 'x'));
  v1::MatchContactsStreamResponse response;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  request.set_digests(std::string(16, 'x'));
  stream->Write(request);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(Fails(stream->Finish(), StatusCode::INVALID_ARGUMENT, "BATCH_TOO_LARGE"));
  EXPECT_TRUE(Fails(Match(Token("acme", "caller"), Request(token_, {kAlice})),
                    StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED"))
      << "and that was the account's quota";
  token_ = Token("acme", "another");
}

TEST_F(BadRequestsTest, TheQuotaSaysHowLongToWait) {
  request_.set_digests(std::string(10'000 * 16, 'x'));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Match(token_, request_).ok());
  EXPECT_TRUE(Refused(StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED"));
  EXPECT_TRUE(DetailsOf(Match(token_, request_)).retry);
  token_ = Token("acme", "another");
}

TEST_F(BadRequestsTest, AnUnknownEpochNamesTheCurrentOne) {
  request_.set_epoch(2);
  EXPECT_TRUE(Refused(StatusCode::FAILED_PRECONDITION, "EPOCH_UNKNOWN"));
  EXPECT_EQ(DetailsOf(Match(token_, request_)).metadata["current_epoch"], "1");
  request_.set_epoch(0);
  EXPECT_TRUE(Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  request_.set_epoch(-1);
  EXPECT_TRUE(Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

TEST_F(BadRequestsTest, AnExpiredEpochNamesTheCurrentOne) {
  ASSERT_EQ(Admin({"epoch", "rotate", "acme", "--overlap-hours", "0"}).exit_code, 0);
  EXPECT_TRUE(Refused(StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED"));
  EXPECT_EQ(DetailsOf(Match(token_, request_)).metadata["current_epoch"], "2");
}

TEST_F(BadRequestsTest, KnownMatchesNameDigestsOfTheMessage) {
  v1::Match& match = *request_.add_known_matches();
  match.set_index(1);
  match.set_aor("sip:alice@acme.example");
  EXPECT_TRUE(Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_EQ(DetailsOf(Match(token_, request_)).field, "known_matches[0].index");
}

TEST_F(BadRequestsTest, ANegativeRevisionIsRefused) {
  request_.set_since_revision(-1);
  EXPECT_TRUE(Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

TEST_F(BadRequestsTest, AMessageOverTheLimitIsRefusedWithAReason) {
  for (int i = 0; i < 5000; ++i) request_.add_known_matches()->set_aor(std::string(255, 'x'));
  ASSERT_GT(request_.ByteSizeLong(), std::size_t{1} << 20);
  EXPECT_TRUE(Refused(StatusCode::RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE"));
  EXPECT_EQ(DetailsOf(Match(token_, request_)).metadata["limit"], "1048576");
}

TEST_F(BadRequestsTest, AMessageOverTheTransportsLimitIsRefusedByTheTransport) {
  request_.set_digests(std::string(std::size_t{17} << 20, 'x'));
  EXPECT_EQ(Match(token_, request_).error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

// Sends bytes as they are.
grpc::Status SendRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& bytes, const std::string& token) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto context = CallWith(token);
  const grpc::Slice slice(bytes);
  const auto call =
      stub.PrepareUnaryCall(context.get(), method, grpc::ByteBuffer(&slice, 1), &queue);
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

TEST_F(BadRequestsTest, BytesThatAreNoMessageOrNoUtf8AreRefused) {
  const std::string match = "/smartcontacts.v1.MatchService/MatchContacts";
  // known_matches (4) { aor (2): one byte that is no UTF-8 }
  const std::string no_utf8 = std::string("\x08\x01\x22\x03\x12\x01\xff", 7);
  for (const std::string& bytes : {no_utf8, std::string("\xff\xff\xff"), std::string("\x12\x7f")}) {
    EXPECT_TRUE(Fails(SendRaw(app_, match, bytes, token_), StatusCode::INVALID_ARGUMENT,
                      "REQUEST_MALFORMED"));
  }
  const std::string upsert = "/smartcontacts.admin.v1.DirectoryService/UpsertSubscribers";
  EXPECT_TRUE(Fails(SendRaw(admin_, upsert, std::string("\x0a\x01\xff", 3), admin_token_),
                    StatusCode::INVALID_ARGUMENT, "REQUEST_MALFORMED"));
}

TEST_F(BadRequestsTest, MethodsThatAreNotThereYetSaySo) {
  EXPECT_TRUE(Fails(
      SendRaw(admin_, "/smartcontacts.admin.v1.StatisticsService/GetStatistics", "", admin_token_),
      StatusCode::UNIMPLEMENTED, "METHOD_NOT_AVAILABLE"));
  EXPECT_TRUE(Fails(SendRaw(app_, "/no.such.Service/Method", "", token_), StatusCode::UNIMPLEMENTED,
                    "METHOD_NOT_AVAILABLE"));
}

TEST_F(BadRequestsTest, ErrorsRepeatNoContactData) {
  admin::v1::UpsertSubscribersRequest request;
  request.set_tenant_id("acme");
  admin::v1::Subscriber& subscriber = *request.add_subscribers();
  subscriber.set_aor("sip:canary@foreign.example");
  admin::v1::UpsertSubscribersResponse response;
  const auto send = [&] {
    return admin::v1::DirectoryService::NewStub(admin_)->UpsertSubscribers(
        CallWith(admin_token_).get(), request, &response);
  };
  EXPECT_TRUE(Fails(send(), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_THAT(DetailsOf(send()).field, HasSubstr("subscribers[0]"));
  EXPECT_THAT(send().error_message(), testing::Not(HasSubstr("canary")));
  subscriber.set_aor("sip:alice@acme.example");
  subscriber.add_identifiers("tel:+49 30 canary");
  EXPECT_TRUE(Fails(send(), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_EQ(DetailsOf(send()).field, "subscribers[0].identifiers[0]");
  EXPECT_THAT(send().error_message(), testing::Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace smartcontacts::integration
