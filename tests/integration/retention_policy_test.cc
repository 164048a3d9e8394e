// How long contacts may be retained: the policy's period under the server's ceiling.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;

constexpr std::int64_t kDay = 24 * 3600;

class RetentionPolicyTest : public ServerTest {
 protected:
  static admin::v1::Tenant Retaining(std::int64_t days) {
    admin::v1::Tenant tenant;
    tenant.set_tenant_id("acme");
    tenant.add_sip_domains("acme.example");
    admin::v1::TenantPolicy& policy = *tenant.mutable_policy();
    policy.set_privacy_policy_version("1");
    policy.set_privacy_policy_uri("https://acme.example/privacy");
    policy.mutable_dial_plan()->set_default_region("DE");
    policy.mutable_retention()->set_offered(true);
    policy.mutable_retention()->mutable_period()->set_seconds(days * kDay);
    return tenant;
  }
  grpc::Status Create(const admin::v1::Tenant& tenant) {
    admin::v1::CreateTenantRequest request;
    *request.mutable_tenant() = tenant;
    admin::v1::CreateTenantResponse response;
    return admin::v1::TenantService::NewStub(admin_)->CreateTenant(CallWith(admin_token_).get(),
                                                                   request, &response);
  }
  grpc::Status Update(const admin::v1::Tenant& tenant, const std::string& path) {
    admin::v1::UpdateTenantRequest request;
    *request.mutable_tenant() = tenant;
    request.mutable_update_mask()->add_paths(path);
    admin::v1::UpdateTenantResponse response;
    return admin::v1::TenantService::NewStub(admin_)->UpdateTenant(CallWith(admin_token_).get(),
                                                                   request, &response);
  }
};

TEST_F(RetentionPolicyTest, APeriodBeyondTheCeilingIsRefused) {
  StartServer({"--retention-max-days", "7"});
  const grpc::Status created = Create(Retaining(8));
  EXPECT_TRUE(Fails(created, StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_EQ(DetailsOf(created).field, "tenant.policy.retention.period");
  ASSERT_TRUE(Create(Retaining(7)).ok());
  const grpc::Status updated = Update(Retaining(8), "policy.retention");
  EXPECT_TRUE(Fails(updated, StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_EQ(DetailsOf(updated).field, "tenant.policy.retention.period");
  EXPECT_TRUE(Update(Retaining(6), "policy.retention").ok());
}

TEST_F(RetentionPolicyTest, WithoutAnOfferThePeriodDoesNotMatter) {
  StartServer({"--retention-max-days", "7"});
  CreateTenant("acme");
}

TEST_F(RetentionPolicyTest, ACeilingThatIsLoweredBindsTheTenantsThatAreThere) {
  StartServer();
  ASSERT_TRUE(Create(Retaining(30)).ok());
  EXPECT_EQ(Policy(Token("acme", "101")).retention().period().seconds(), 30 * kDay);
  StopServer();
  StartServer({"--retention-max-days", "7"});
  EXPECT_EQ(Policy(Token("acme", "101")).retention().period().seconds(), 7 * kDay);
  admin::v1::Tenant suspended = Retaining(30);
  suspended.set_state(admin::v1::TENANT_STATE_SUSPENDED);
  EXPECT_TRUE(Update(suspended, "state").ok()) << "the rest can be changed nevertheless";
}

}  // namespace
}  // namespace smartcontacts::integration
