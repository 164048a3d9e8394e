// The operator's API where the programs do not reach.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;

class AdminApiTest : public ServerTest {
 protected:
  AdminApiTest() {
    StartServer({"--subscribers-max", "20"});
    CreateTenant("acme");
    for (int i = 0; i < 10; ++i) Upsert("acme", absl::StrCat(i), {});
  }

  // Sends the steps and answers how the import ended.
  grpc::Status Import(const std::vector<admin::v1::ImportDirectoryRequest>& steps) {
    admin::v1::ImportDirectoryResponse response;
    const auto context = CallWith(admin_token_);
    const auto stub = admin::v1::DirectoryService::NewStub(admin_);
    const auto writer = stub->ImportDirectory(context.get(), &response);
    for (const auto& step : steps) {
      if (!writer->Write(step)) break;
    }
    writer->WritesDone();
    return writer->Finish();
  }
  static admin::v1::ImportDirectoryRequest Start() {
    admin::v1::ImportDirectoryRequest request;
    request.mutable_start()->set_tenant_id("acme");
    return request;
  }
  static admin::v1::ImportDirectoryRequest Batch(int first, int count) {
    admin::v1::ImportDirectoryRequest request;
    request.mutable_batch();
    for (int i = first; i < first + count; ++i) {
      admin::v1::Subscriber& subscriber = *request.mutable_batch()->add_subscribers();
      subscriber.set_aor(absl::StrCat("sip:", i, "@acme.example"));
      subscriber.set_enabled(true);
      subscriber.set_discoverable(true);
    }
    return request;
  }
  static admin::v1::ImportDirectoryRequest Commit(int count) {
    admin::v1::ImportDirectoryRequest request;
    request.mutable_commit()->set_subscriber_count(count);
    return request;
  }
};

TEST_F(AdminApiTest, AnImportThatIsCutOffChangesNothing) {
  EXPECT_TRUE(Fails(Import({}), StatusCode::FAILED_PRECONDITION, "IMPORT_INCOMPLETE"));
  EXPECT_TRUE(
      Fails(Import({Start(), Batch(0, 9)}), StatusCode::FAILED_PRECONDITION, "IMPORT_INCOMPLETE"));
  EXPECT_TRUE(Fails(Import({Start(), Batch(0, 9), Commit(10)}), StatusCode::FAILED_PRECONDITION,
                    "IMPORT_INCOMPLETE"));
  EXPECT_EQ(Revision("acme"), 10);
  EXPECT_TRUE(Import({Start(), Batch(0, 9), Commit(9)}).ok());
  EXPECT_EQ(Revision("acme"), 11);
}

TEST_F(AdminApiTest, AnImportsStepsComeInTheirOrder) {
  EXPECT_TRUE(Fails(Import({Batch(0, 9)}), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(Fails(Import({Commit(0)}), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(Fails(Import({Start(), Start()}), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(Fails(Import({admin::v1::ImportDirectoryRequest()}), StatusCode::INVALID_ARGUMENT,
                    "FIELD_INVALID"));
  EXPECT_EQ(Revision("acme"), 10);
}

TEST_F(AdminApiTest, AnImportNamesASubscriberThatIsThereTwice) {
  const grpc::Status status = Import({Start(), Batch(0, 9), Batch(8, 1), Commit(10)});
  EXPECT_TRUE(Fails(status, StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_THAT(status.error_message(), testing::HasSubstr("subscriber 9"));
  EXPECT_EQ(Revision("acme"), 10);
}

TEST_F(AdminApiTest, ALargeRemovalIsRefusedAndSaysHowLarge) {
  const grpc::Status status = Import({Start(), Batch(0, 7), Commit(7)});
  EXPECT_TRUE(Fails(status, StatusCode::FAILED_PRECONDITION, "LARGE_REMOVAL"));
  EXPECT_EQ(DetailsOf(status).metadata["removed"], "3");
  EXPECT_EQ(DetailsOf(status).metadata["subscribers"], "10");
  EXPECT_EQ(Revision("acme"), 10);
}

TEST_F(AdminApiTest, ADirectoryHasALimit) {
  EXPECT_TRUE(Fails(Import({Start(), Batch(0, 21), Commit(21)}), StatusCode::RESOURCE_EXHAUSTED,
                    "DIRECTORY_TOO_LARGE"));
  EXPECT_EQ(Revision("acme"), 10);
}

TEST_F(AdminApiTest, AnAbandonedImportDoesNotStandInTheWay) {
  auto context = CallWith(admin_token_);
  admin::v1::ImportDirectoryResponse response;
  const auto stub = admin::v1::DirectoryService::NewStub(admin_);
  const auto writer = stub->ImportDirectory(context.get(), &response);
  ASSERT_TRUE(writer->Write(Start()) && writer->Write(Batch(0, 5)));
  Upsert("acme", "11", {});
  context->TryCancel();
  writer->Finish();
  EXPECT_TRUE(Import({Start(), Batch(0, 10), Commit(10)}).ok());
}

TEST_F(AdminApiTest, WhatDoesNotExistIsNotFound) {
  admin::v1::GetTenantRequest request;
  request.set_tenant_id("nobody");
  admin::v1::GetTenantResponse response;
  EXPECT_TRUE(Fails(admin::v1::TenantService::NewStub(admin_)->GetTenant(
                        CallWith(admin_token_).get(), request, &response),
                    StatusCode::NOT_FOUND, "NOT_FOUND"));
  request.set_tenant_id("No Name");
  EXPECT_TRUE(Fails(admin::v1::TenantService::NewStub(admin_)->GetTenant(
                        CallWith(admin_token_).get(), request, &response),
                    StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

}  // namespace
}  // namespace smartcontacts::integration
