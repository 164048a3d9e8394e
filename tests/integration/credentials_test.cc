// Who is let in.

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;

class CredentialsTest : public ServerTest {
 protected:
  CredentialsTest() {
    StartServer();
    CreateTenant("acme");
    Upsert("acme", "alice", {"tel:+493023125001"});
    request_ = Request(Token("acme", "caller"), {"tel:+493023125001"});
  }

  grpc::Status MatchWith(const std::string& token) { return Match(token, request_); }
  static std::string In(int seconds) {
    return absl::StrCat(absl::ToUnixSeconds(absl::Now()) + seconds);
  }

  v1::MatchContactsRequest request_;
};

TEST_F(CredentialsTest, WithoutACredentialNothingIsAnswered) {
  EXPECT_TRUE(Fails(MatchWith(""), StatusCode::UNAUTHENTICATED, "CREDENTIAL_MISSING"));
  v1::GetPolicyResponse policy;
  EXPECT_TRUE(Fails(v1::PolicyService::NewStub(app_)->GetPolicy(CallWith("").get(), {}, &policy),
                    StatusCode::UNAUTHENTICATED, "CREDENTIAL_MISSING"));
  const auto context = CallWith("");
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  EXPECT_TRUE(Fails(stream->Finish(), StatusCode::UNAUTHENTICATED, "CREDENTIAL_MISSING"));
}

TEST_F(CredentialsTest, TokensThatAreNotRightAreRefused) {
  const std::string good = Token("acme", "caller");
  const std::string other_key = directory_ / "other.jwk";
  ASSERT_EQ(RunProgram(kAdminProgram, {"token", "new-key", "--key-file", other_key, "--jwks-file",
                                       directory_ / "other.json", "--key-id", "dev"})
                .exit_code,
            0);
  const std::string none =
      absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"none"})"),
                   good.substr(good.find('.'), good.rfind('.') - good.find('.') + 1));
  const std::string swapped = absl::StrCat(
      absl::WebSafeBase64Escape(R"({"alg":"RS256","kid":"dev"})"), good.substr(good.find('.')));
  for (const std::string& token :
       {std::string("garbage"), good + "x", none, swapped, Token("acme", "caller", "{}", other_key),
        Token("acme", "caller", absl::StrCat(R"({"nbf":)", In(3600), "}")),
        Token("acme", "caller", R"({"aud":"other"})"), Token("acme", "caller", R"({"exp":null})"),
        Token("acme", "caller", R"({"sub":"sip:caller@globex.example"})")}) {
    EXPECT_TRUE(Fails(MatchWith(token), StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"))
        << token.substr(0, 40);
  }
  EXPECT_TRUE(Fails(MatchWith(Token("acme", "caller", absl::StrCat(R"({"exp":)", In(-3600), "}"))),
                    StatusCode::UNAUTHENTICATED, "CREDENTIAL_EXPIRED"));
  EXPECT_TRUE(MatchWith(good).ok());
  EXPECT_EQ(Revision("acme"), 1);
}

TEST_F(CredentialsTest, AnUnknownTenantIsRefused) {
  EXPECT_TRUE(
      Fails(MatchWith(Token("nobody", "caller")), StatusCode::PERMISSION_DENIED, "TENANT_UNKNOWN"));
}

TEST_F(CredentialsTest, ASuspendedTenantIsRefusedUntilItIsResumed) {
  ASSERT_EQ(Admin({"tenant", "suspend", "acme"}).exit_code, 0);
  EXPECT_TRUE(
      Fails(MatchWith(Token("acme", "caller")), StatusCode::PERMISSION_DENIED, "TENANT_SUSPENDED"));
  ASSERT_EQ(Admin({"tenant", "resume", "acme"}).exit_code, 0);
  EXPECT_TRUE(MatchWith(Token("acme", "caller")).ok());
}

TEST_F(CredentialsTest, ThePolicySwitchesTheFeatureAndASubscribersSettingOverridesIt) {
  using admin::v1::MATCHING_ACCESS_ALLOWED;
  using admin::v1::MATCHING_ACCESS_DENIED;
  Upsert("acme", "allowed", {}, true, true, MATCHING_ACCESS_ALLOWED);
  Upsert("acme", "denied", {}, true, true, MATCHING_ACCESS_DENIED);
  Upsert("acme", "disabled", {}, /*enabled=*/false, true, MATCHING_ACCESS_ALLOWED);
  const auto refused = [this](const char* user) {
    return Fails(MatchWith(Token("acme", user)), StatusCode::PERMISSION_DENIED, "FEATURE_DISABLED");
  };
  EXPECT_TRUE(MatchWith(Token("acme", "alice")).ok());
  EXPECT_TRUE(refused("denied"));
  EXPECT_TRUE(refused("disabled"));
  EXPECT_FALSE(Policy(Token("acme", "denied")).matching_allowed());

  ASSERT_EQ(Admin({"tenant", "update", "acme", "--matching-enabled", "false"}).exit_code, 0);
  EXPECT_TRUE(refused("alice"));
  EXPECT_TRUE(refused("stranger"));
  EXPECT_TRUE(refused("disabled"));
  EXPECT_TRUE(MatchWith(Token("acme", "allowed")).ok());
  EXPECT_TRUE(Policy(Token("acme", "allowed")).matching_allowed());
}

TEST_F(CredentialsTest, ATenantThatRequiresPrivateModeAnswersNothingElse) {
  ASSERT_EQ(Admin({"tenant", "update", "acme", "--private-mode", "required"}).exit_code, 0);
  EXPECT_TRUE(Fails(MatchWith(Token("acme", "caller")), StatusCode::FAILED_PRECONDITION,
                    "PRIVATE_MODE_REQUIRED"));
}

TEST_F(CredentialsTest, AnAppsTokenDoesNotAdminister) {
  admin::v1::ListTenantsResponse response;
  for (const std::string& token : {std::string(), Token("acme", "caller"), std::string(64, 'x')}) {
    EXPECT_TRUE(Fails(admin::v1::TenantService::NewStub(admin_)->ListTenants(CallWith(token).get(),
                                                                             {}, &response),
                      StatusCode::UNAUTHENTICATED, "ADMIN_CREDENTIAL_INVALID"));
  }
}

TEST_F(CredentialsTest, TheOperatorsMethodsAreNotOnTheAppsPort) {
  admin::v1::ListTenantsResponse response;
  EXPECT_EQ(admin::v1::TenantService::NewStub(app_)
                ->ListTenants(CallWith(admin_token_).get(), {}, &response)
                .error_code(),
            StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace smartcontacts::integration
