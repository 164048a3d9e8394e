// The audit log, who is in it, and the rotation of the master key, which is the largest act of all.

#include <gmock/gmock.h>

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "smartcontacts/admin/v1/audit_service.grpc.pb.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AuditTest : public ServerTest {
 protected:
  grpc::Status List(const admin::v1::ListAuditEntriesRequest& request,
                    admin::v1::ListAuditEntriesResponse* response) {
    return admin::v1::AuditService::NewStub(admin_)->ListAuditEntries(CallWith(admin_token_).get(),
                                                                      request, response);
  }
  // "SEQUENCE ACTOR ACTION" of each entry, read in pages.
  std::vector<std::string> Audit(const std::string& tenant, int page_size = 100) {
    admin::v1::ListAuditEntriesRequest request;
    request.set_tenant_id(tenant);
    request.set_page_size(page_size);
    std::vector<std::string> lines;
    do {
      admin::v1::ListAuditEntriesResponse response;
      const grpc::Status status = List(request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_LE(response.entries_size(), page_size);
      for (const admin::v1::AuditEntry& entry : response.entries()) {
        EXPECT_EQ(entry.hash().size(), 32U);
        EXPECT_TRUE(entry.has_time());
        lines.push_back(absl::StrCat(entry.sequence(), " ", entry.actor(), " ", entry.action()));
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  admin::v1::VerifyAuditChainResponse Verify(const std::string& tenant) {
    admin::v1::VerifyAuditChainRequest request;
    request.set_tenant_id(tenant);
    admin::v1::VerifyAuditChainResponse response;
    const grpc::Status status = admin::v1::AuditService::NewStub(admin_)->VerifyAuditChain(
        CallWith(admin_token_).get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // The last message.
  admin::v1::RewrapKeysResponse Rewrap() {
    const auto context = CallWith(admin_token_);
    const auto stub = admin::v1::EpochService::NewStub(admin_);
    const auto reader = stub->RewrapKeys(context.get(), {});
    admin::v1::RewrapKeysResponse last;
    while (reader->Read(&last)) continue;
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return last;
  }
};

TEST_F(AuditTest, WhatAnOperatorDoesIsInTheLogInItsOrder) {
  StartServer();
  CreateTenant("acme");
  admin::v1::Tenant tenant;
  tenant.set_tenant_id("acme");
  tenant.set_state(admin::v1::TENANT_STATE_SUSPENDED);
  UpdateTenant(tenant, {"state"});
  Upsert("acme", "101", {"tel:+491"});
  admin::v1::RotateEpochRequest rotate;
  rotate.set_tenant_id("acme");
  admin::v1::RotateEpochResponse rotated;
  ASSERT_TRUE(admin::v1::EpochService::NewStub(admin_)
                  ->RotateEpoch(CallWith(admin_token_).get(), rotate, &rotated)
                  .ok());
  Remove("acme", "101");
  const std::vector<std::string> expected = {
      "1 operator:admin tenant.create", "2 operator:admin tenant.update",
      "3 operator:admin directory.change", "4 operator:admin epoch.rotate",
      "5 operator:admin directory.change"};
  EXPECT_EQ(Audit("acme"), expected);
  EXPECT_EQ(Audit("acme", /*page_size=*/2), expected);
  EXPECT_EQ(Audit("acme", /*page_size=*/5), expected);
  const admin::v1::VerifyAuditChainResponse verdict = Verify("acme");
  EXPECT_TRUE(verdict.valid());
  EXPECT_EQ(verdict.entry_count(), 5);
  EXPECT_EQ(verdict.first_invalid_sequence(), 0);
}

TEST_F(AuditTest, ATenantThatNeverWasHasNoLogAndAPageTokenIsLookedAt) {
  StartServer();
  CreateTenant("acme");
  admin::v1::ListAuditEntriesRequest request;
  request.set_tenant_id("nobody");
  admin::v1::ListAuditEntriesResponse response;
  EXPECT_TRUE(Fails(List(request, &response), StatusCode::NOT_FOUND, "NOT_FOUND"));
  request.set_tenant_id("acme");
  for (const char* token : {"x", "-1", "0", "99999999999999999999"}) {
    request.set_page_token(token);
    const grpc::Status status = List(request, &response);
    EXPECT_TRUE(Fails(status, StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
    EXPECT_EQ(DetailsOf(status).field, "page_token");
  }
}

TEST_F(AuditTest, EveryAdministratorActsUnderTheirOwnName) {
  const std::string alice(40, 'a');
  const std::string bob(40, 'b');
  const std::string file = directory_ / "administrators";
  WriteFile(file, absl::StrCat("# the team\nalice:", alice, "\nbob:", bob, "\n"));
  StartServer({"--admin-token-file", file});
  admin_token_ = alice;
  CreateTenant("acme");
  admin_token_ = bob;
  Upsert("acme", "101", {});
  EXPECT_THAT(Audit("acme"),
              ElementsAre("1 operator:alice tenant.create", "2 operator:bob directory.change"));

  admin::v1::PurgeRequest request;
  request.set_tenant_id("acme");
  const auto context = CallWith(admin_token_);
  const auto stub = admin::v1::PurgeService::NewStub(admin_);
  const auto reader = stub->Purge(context.get(), request);
  admin::v1::PurgeResponse last;
  while (reader->Read(&last)) continue;
  ASSERT_TRUE(reader->Finish().ok());
  v1::ReceiptStatement statement;
  ASSERT_TRUE(statement.ParseFromString(last.receipt().statement()));
  EXPECT_EQ(statement.requested_by(), "bob");
}

TEST_F(AuditTest, KeysAreWrappedAnewAndTheOldMasterKeyIsNotNeededAnyMore) {
  StartServer();
  for (const char* name : {"acme", "globex"}) CreateTenant(name);
  Upsert("acme", "101", {"tel:+491"});
  EXPECT_EQ(Rewrap().done_count(), 4) << "two of tenants, two of the service; nothing to do";
  EXPECT_THAT(Audit("globex"), ElementsAre("1 operator:admin tenant.create"));
  StopServer();

  const std::string master_key_file = data_ + "/dev-master.key";
  const std::string old_key = ReadFile(master_key_file);
  const std::string new_key = absl::StrCat("2:", absl::Base64Escape(std::string(32, 'k')), "\n");
  WriteFile(master_key_file, new_key);
  const Finished refused = Serve(DevArguments())->Wait();
  EXPECT_EQ(refused.exit_code, 1) << "before, the old one is needed";
  EXPECT_THAT(refused.err, HasSubstr("the master key is not the one this key store was made with"));

  WriteFile(master_key_file, absl::StrCat(old_key, "\n", new_key));
  StartServer();
  const admin::v1::RewrapKeysResponse last = Rewrap();
  EXPECT_EQ(last.done_count(), 4);
  EXPECT_EQ(last.total_count(), 4);
  EXPECT_THAT(Audit("globex"),
              ElementsAre("1 operator:admin tenant.create", "2 operator:admin keys.rewrap"));
  Rewrap();
  EXPECT_EQ(Audit("globex").size(), 2U) << "to repeat changes nothing";
  StopServer();

  WriteFile(master_key_file, new_key);
  StartServer();
  EXPECT_EQ(MatchesOf(Token("acme", "101"), {"tel:+491"}).size(), 1U);
  EXPECT_TRUE(Verify("acme").valid()) << "the service's own keys are the same as well";
}

}  // namespace
}  // namespace smartcontacts::integration
