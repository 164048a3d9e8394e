// Removing a tenant, or what its accounts retain, for good.

#include <gmock/gmock.h>

#include <csignal>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "smartcontacts/admin/v1/audit_service.grpc.pb.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using admin::v1::PurgeRequest;
using admin::v1::PurgeResponse;
using grpc::StatusCode;
using testing::AllOf;
using testing::Contains;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Counts = std::map<std::string, std::int64_t>;

Counts CountsOf(const google::protobuf::RepeatedPtrField<v1::ReceiptCount>& messages) {
  Counts counts;
  for (const v1::ReceiptCount& message : messages) counts[message.kind()] = message.count();
  return counts;
}

class PurgeTest : public ServerTest {
 protected:
  // A purge from its beginning to its end.
  class Call {
   public:
    Call(const PurgeTest& test, const PurgeRequest& request)
        : context_(CallWith(test.admin_token_)),
          stub_(admin::v1::PurgeService::NewStub(test.admin_)),
          reader_(stub_->Purge(context_.get(), request)) {}
    bool Read() { return reader_->Read(&last_); }
    void Cancel() { context_->TryCancel(); }
    // Reads on to the end.
    grpc::Status Finish() {
      std::int32_t progress = 0;
      while (Read()) {
        EXPECT_GE(last_.progress(), progress);
        progress = last_.progress();
      }
      return reader_->Finish();
    }
    const PurgeResponse& last() const { return last_; }

   private:
    const std::unique_ptr<grpc::ClientContext> context_;
    const std::unique_ptr<admin::v1::PurgeService::Stub> stub_;
    const std::unique_ptr<grpc::ClientReader<PurgeResponse>> reader_;
    PurgeResponse last_;
  };

  PurgeTest() {
    StartServer();
    CreateTenant("acme");
    Upsert("acme", "101", {"tel:+491", "tel:+492"});
    Upsert("acme", "102", {"tel:+493"});
  }

  static PurgeRequest Everything(const std::string& tenant = "acme") {
    PurgeRequest request;
    request.set_tenant_id(tenant);
    request.set_everything(true);
    return request;
  }
  static PurgeRequest Retained() {
    PurgeRequest request;
    request.set_tenant_id("acme");
    return request;
  }
  grpc::Status Purge(const PurgeRequest& request, PurgeResponse* last = nullptr) {
    Call call(*this, request);
    grpc::Status status = call.Finish();
    if (last != nullptr) *last = call.last();
    return status;
  }
  bool Exists(const std::string& tenant) {
    admin::v1::GetTenantRequest request;
    request.set_tenant_id(tenant);
    admin::v1::GetTenantResponse response;
    return admin::v1::TenantService::NewStub(admin_)
        ->GetTenant(CallWith(admin_token_).get(), request, &response)
        .ok();
  }  // "ACTOR ACTION" of each entry.
  std::vector<std::string> Audit() {
    admin::v1::ListAuditEntriesRequest request;
    request.set_tenant_id("acme");
    admin::v1::ListAuditEntriesResponse response;
    const grpc::Status status = admin::v1::AuditService::NewStub(admin_)->ListAuditEntries(
        CallWith(admin_token_).get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> lines;
    for (const admin::v1::AuditEntry& entry : response.entries())
      lines.push_back(absl::StrCat(entry.actor(), " ", entry.action()));
    return lines;
  }
  bool AuditIsValid() {
    admin::v1::VerifyAuditChainRequest request;
    request.set_tenant_id("acme");
    admin::v1::VerifyAuditChainResponse response;
    const grpc::Status status = admin::v1::AuditService::NewStub(admin_)->VerifyAuditChain(
        CallWith(admin_token_).get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.valid();
  }
  // A tenant whose purge takes many batches.
  void CreateLargeTenant(const std::string& name, int subscribers) {
    CreateTenant(name);
    const auto stub = admin::v1::DirectoryService::NewStub(admin_);
    const auto context = CallWith(admin_token_);
    admin::v1::ImportDirectoryResponse response;
    const auto writer = stub->ImportDirectory(context.get(), &response);
    admin::v1::ImportDirectoryRequest start;
    start.mutable_start()->set_tenant_id(name);
    ASSERT_TRUE(writer->Write(start));
    for (int first = 0; first < subscribers; first += 1000) {
      admin::v1::ImportDirectoryRequest batch;
      for (int i = first; i < first + 1000; ++i) {
        admin::v1::Subscriber& subscriber = *batch.mutable_batch()->add_subscribers();
        subscriber.set_aor(absl::StrCat("sip:", i, "@", name, ".example"));
        subscriber.add_identifiers(absl::StrCat("tel:+49", 100000 + i));
        subscriber.set_enabled(true);
        subscriber.set_discoverable(true);
      }
      ASSERT_TRUE(writer->Write(batch));
    }
    admin::v1::ImportDirectoryRequest commit;
    commit.mutable_commit()->set_subscriber_count(subscribers);
    writer->Write(commit);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
};

TEST_F(PurgeTest, ADryRunCountsAndRemovesNothing) {
  PurgeRequest request = Everything();
  request.set_dry_run(true);
  PurgeResponse last;
  ASSERT_TRUE(Purge(request, &last).ok());
  EXPECT_FALSE(last.has_receipt());
  EXPECT_THAT(CountsOf(last.counts()),
              AllOf(Contains(Pair("keys", 1)), Contains(Pair("subscribers", 2)),
                    Contains(Pair("identifiers", 3))));
  request = Retained();
  request.set_dry_run(true);
  ASSERT_TRUE(Purge(request, &last).ok());
  EXPECT_FALSE(last.has_receipt());
  EXPECT_THAT(CountsOf(last.counts()),
              UnorderedElementsAre(Pair("consents", 0), Pair("retained_contacts", 0)));
  EXPECT_EQ(Revision("acme"), 2);
  EXPECT_THAT(Audit(), testing::Not(Contains(testing::HasSubstr("purge"))));
}

TEST_F(PurgeTest, OfATenantNothingIsLeftButItsAuditLogAndTheReceipt) {
  const std::string token = Token("acme", "101");
  EXPECT_EQ(MatchesOf(token, {"tel:+493"}).size(), 1U);
  PurgeResponse last;
  ASSERT_TRUE(Purge(Everything(), &last).ok());
  EXPECT_EQ(last.progress(), 10'000);

  EXPECT_FALSE(Exists("acme"));
  v1::GetPolicyResponse policy;
  EXPECT_TRUE(Fails(v1::PolicyService::NewStub(app_)->GetPolicy(CallWith(token).get(), {}, &policy),
                    StatusCode::PERMISSION_DENIED, "TENANT_UNKNOWN"));
  EXPECT_TRUE(Fails(Purge(Everything()), StatusCode::NOT_FOUND, "NOT_FOUND"));

  ASSERT_TRUE(Valid(last.receipt()));
  v1::ReceiptStatement statement;
  ASSERT_TRUE(statement.ParseFromString(last.receipt().statement()));
  EXPECT_EQ(statement.tenant_id(), "acme");
  EXPECT_EQ(statement.requested_by(), "admin");
  EXPECT_THAT(CountsOf(statement.counts()),
              AllOf(Contains(Pair("keys", 1)), Contains(Pair("subscribers", 2)),
                    Contains(Pair("identifiers", 3))));
  EXPECT_LT(absl::ToUnixSeconds(absl::Now()) - statement.finish_time().seconds(), 60);

  const std::vector<std::string> audit = Audit();
  ASSERT_GE(audit.size(), 2U);
  EXPECT_EQ(audit[audit.size() - 2], "operator:admin purge.begin");
  EXPECT_EQ(audit.back(), "operator:admin purge");
  EXPECT_TRUE(AuditIsValid());
}

TEST_F(PurgeTest, ANameIsFreeAgainAfterAPurgeAndItsLogGoesOn) {
  ASSERT_TRUE(Purge(Everything()).ok());
  CreateTenant("acme");
  EXPECT_EQ(Revision("acme"), 0);
  EXPECT_EQ(Upsert("acme", "103", {"tel:+491"}), 1);
  EXPECT_EQ(MatchesOf(Token("acme", "103"), {"tel:+491", "tel:+493"}).size(), 1U);
  EXPECT_THAT(Audit(),
              testing::IsSupersetOf({"operator:admin purge", "operator:admin tenant.create"}));
  EXPECT_TRUE(AuditIsValid());
}

TEST_F(PurgeTest, AContradictoryScopeIsRefusedWithTheFieldsName) {
  const auto refused_field = [this](const PurgeRequest& request) {
    const grpc::Status status = Purge(request);
    EXPECT_TRUE(Fails(status, StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
    return DetailsOf(status).field;
  };
  PurgeRequest request = Retained();
  request.set_device_id("phone");
  EXPECT_EQ(refused_field(request), "device_id") << "without its account";
  request.set_aor("sip:101@acme.example");
  request.set_device_id("no such/device");
  EXPECT_EQ(refused_field(request), "device_id");
  request.set_device_id("");
  request.set_everything(true);
  EXPECT_EQ(refused_field(request), "everything");
  request = Everything();
  request.mutable_older_than()->set_seconds(0);
  EXPECT_EQ(refused_field(request), "everything");
  request = Retained();
  request.mutable_older_than()->set_seconds(-1);
  EXPECT_EQ(refused_field(request), "older_than");
  request.mutable_older_than()->set_seconds(315'576'000'000);
  EXPECT_EQ(refused_field(request), "older_than");
  request = Retained();
  request.set_aor("101");
  EXPECT_EQ(refused_field(request), "aor");
  request = Everything("No Name");
  EXPECT_EQ(refused_field(request), "tenant_id");
  EXPECT_TRUE(Exists("acme"));
}

TEST_F(PurgeTest, WhatIsNotThereIsNotFound) {
  PurgeRequest request = Everything("nobody");
  EXPECT_TRUE(Fails(Purge(request), StatusCode::NOT_FOUND, "NOT_FOUND"));
  request.set_dry_run(true);
  EXPECT_TRUE(Fails(Purge(request), StatusCode::NOT_FOUND, "NOT_FOUND"));
  request.set_everything(false);
  EXPECT_TRUE(Fails(Purge(request), StatusCode::NOT_FOUND, "NOT_FOUND"));
  request.set_dry_run(false);
  EXPECT_TRUE(Fails(Purge(request), StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(PurgeTest, WithoutAnAdministratorsTokenNothingIsPurged) {
  admin_token_ = std::string(64, 'x');
  EXPECT_TRUE(Fails(Purge(Everything()), StatusCode::UNAUTHENTICATED, "ADMIN_CREDENTIAL_INVALID"));
}

TEST_F(PurgeTest, OfNothingRetainedTheReceiptSaysThatNothingWasRemoved) {
  PurgeRequest request = Retained();
  request.set_aor("sip:101@elsewhere.example");
  request.set_device_id("phone-1");
  PurgeResponse last;
  ASSERT_TRUE(Purge(request, &last).ok());
  ASSERT_TRUE(Valid(last.receipt()));
  v1::ReceiptStatement statement;
  ASSERT_TRUE(statement.ParseFromString(last.receipt().statement()));
  EXPECT_EQ(statement.aor(), "sip:101@elsewhere.example");
  EXPECT_EQ(statement.device_id(), "phone-1");
  EXPECT_THAT(CountsOf(statement.counts()),
              UnorderedElementsAre(Pair("consents", 0), Pair("retained_contacts", 0)));
  EXPECT_EQ(Revision("acme"), 2) << "the directory stays";
}

TEST_F(PurgeTest, AReceiptThatWasAlteredIsNotValid) {
  PurgeResponse last;
  ASSERT_TRUE(Purge(Retained(), &last).ok());
  v1::ReceiptStatement statement;
  ASSERT_TRUE(statement.ParseFromString(last.receipt().statement()));
  statement.mutable_counts(1)->set_count(1'000);
  v1::Receipt altered = last.receipt();
  altered.set_statement(statement.SerializeAsString());
  EXPECT_FALSE(Valid(altered));
  altered = last.receipt();
  altered.set_key_id(std::string(8, 'x'));
  EXPECT_FALSE(Valid(altered));
  EXPECT_FALSE(Valid(v1::Receipt()));
  EXPECT_TRUE(Valid(last.receipt()));
}

TEST_F(PurgeTest, OnePurgeOfATenantAtATimeAndAdministrationGoesOn) {
  CreateLargeTenant("globex", 40'000);
  Call first(*this, Everything("globex"));
  ASSERT_TRUE(first.Read());
  const grpc::Status status = Purge(Everything("globex"));
  EXPECT_TRUE(Fails(status, StatusCode::ABORTED, "CONFLICT"));
  EXPECT_TRUE(DetailsOf(status).retry);
  EXPECT_TRUE(Purge(Retained()).ok()) << "another tenant's";
  EXPECT_EQ(Revision("acme"), 2);
  EXPECT_FALSE(Exists("globex")) << "from the beginning";
  EXPECT_TRUE(first.Finish().ok());
  EXPECT_THAT(CountsOf(first.last().counts()),
              AllOf(Contains(Pair("keys", 1)), Contains(Pair("subscribers", 40'000)),
                    Contains(Pair("identifiers", 40'000))));
  EXPECT_TRUE(Valid(first.last().receipt()));
}

TEST_F(PurgeTest, APurgeWhoseCallerWentAwayStopsAndARepetitionFinishesIt) {
  CreateLargeTenant("globex", 40'000);
  {
    Call call(*this, Everything("globex"));
    ASSERT_TRUE(call.Read());
    call.Cancel();
    EXPECT_EQ(call.Finish().error_code(), StatusCode::CANCELLED);
  }
  EXPECT_FALSE(Exists("globex"));
  // The batch that ran when the caller went away still has the lease for a moment.
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  PurgeResponse last;
  grpc::Status status = Purge(Everything("globex"), &last);
  while (status.error_code() == StatusCode::ABORTED && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(50));
    status = Purge(Everything("globex"), &last);
  }
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(CountsOf(last.counts())["identifiers"], 0) << "the caller did stop it";
  EXPECT_TRUE(Fails(Purge(Everything("globex")), StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(PurgeTest, AServerThatIsKilledHalfWayLeavesNothingToUseAndARepetitionFinishesIt) {
  CreateLargeTenant("globex", 40'000);
  EXPECT_EQ(MatchesOf(Token("globex", "1"), {"tel:+49100002"}).size(), 1U);
  {
    Call call(*this, Everything("globex"));
    ASSERT_TRUE(call.Read());
    server_->Signal(SIGKILL);
    server_->Wait();
    EXPECT_FALSE(call.Finish().ok());
  }
  StartServer();
  EXPECT_FALSE(Exists("globex"));
  EXPECT_TRUE(Fails(Match(Token("globex", "1"), v1::MatchContactsRequest()),
                    StatusCode::PERMISSION_DENIED, "TENANT_UNKNOWN"));
  EXPECT_EQ(Revision("acme"), 2) << "another tenant's";
  // The server that is gone still has the lease for a while.
  const absl::Time deadline = absl::Now() + absl::Seconds(120);
  PurgeResponse last;
  grpc::Status status = Purge(Everything("globex"), &last);
  while (status.error_code() == StatusCode::ABORTED && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(200));
    status = Purge(Everything("globex"), &last);
  }
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(CountsOf(last.counts())["identifiers"], 0) << "it was killed half way";
  EXPECT_TRUE(Valid(last.receipt()));
  EXPECT_TRUE(Fails(Purge(Everything("globex")), StatusCode::NOT_FOUND, "NOT_FOUND"));
}

}  // namespace
}  // namespace smartcontacts::integration
