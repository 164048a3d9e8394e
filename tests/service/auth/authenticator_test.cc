#include "service/auth/authenticator.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "service/error.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::service {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    crypto::InitializeOrDie();
    key_ = NewKey("key-1");
    WriteFile(jwks_file_, *crypto::PublicJwkSet(key_));
    options_.jwks_file = jwks_file_;
  }

  static std::string NewKey(const std::string& kid,
                            crypto::SigningAlgorithm algorithm = crypto::SigningAlgorithm::kEs256) {
    return *crypto::GenerateSigningKey(algorithm, kid);
  }
  void Start() {
    auto authenticator = Authenticator::Create(
        options_, [this] { return now_; }, log_);
    ASSERT_TRUE(authenticator.ok()) << authenticator.status();
    authenticator_ = *std::move(authenticator);
  }
  json Claims() const {
    return {{"aud", "smart-contacts"},
            {"tenant", "acme"},
            {"sub", "sip:101@acme.example"},
            {"exp", absl::ToUnixSeconds(now_ + absl::Hours(1))}};
  }
  std::string Header(const json& claims) const {
    return "Bearer " + *crypto::SignToken(key_, claims.dump());
  }
  Reason Refusal(const std::string& header) const {
    const auto account = authenticator_->Authenticate(header);
    const auto error = GetError(account.status());
    EXPECT_TRUE(error.has_value()) << account.status();
    // Whatever is wrong, the token is not repeated.
    if (header.size() > 20) {
      EXPECT_THAT(std::string(account.status().message()), Not(HasSubstr(header.substr(10, 20))));
    }
    return error.has_value() ? error->reason : Reason::kInternal;
  }

  const TemporaryDirectory directory_;
  const std::string jwks_file_ = directory_ / "jwks.json";
  const Log log_ = *Log::Create("error");
  absl::Time now_ = absl::FromUnixSeconds(1'790'000'000);
  AuthenticatorOptions options_;
  std::string key_;
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(AuthenticatorTest, AGoodTokenNamesTheAccount) {
  Start();
  const auto account = authenticator_->Authenticate(Header(Claims()));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->tenant.value(), "acme");
  EXPECT_EQ(account->aor.value(), "sip:101@acme.example");
}

TEST_F(AuthenticatorTest, TheSchemeIsReadInAnyCase) {
  Start();
  EXPECT_TRUE(authenticator_->Authenticate("bearer " + Header(Claims()).substr(7)).ok());
}

TEST_F(AuthenticatorTest, Rs256IsAcceptedToo) {
  key_ = NewKey("rsa", crypto::SigningAlgorithm::kRs256);
  WriteFile(jwks_file_, *crypto::PublicJwkSet(key_));
  Start();
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
}

TEST_F(AuthenticatorTest, WithoutACredentialItIsMissing) {
  Start();
  EXPECT_EQ(Refusal(""), Reason::kCredentialMissing);
}

TEST_F(AuthenticatorTest, OtherFormsAreInvalid) {
  Start();
  const std::string good = Header(Claims());
  for (const std::string& header :
       {std::string("Basic dXNlcjpwYXNz"), std::string("Bearer"), std::string("Bearer "),
        std::string("Bearer x"), std::string("Bearer a.b.c"), std::string("Bearer ..."),
        good + ".x", good.substr(0, good.size() / 2), good + "=",
        "Bearer " + std::string(9000, 'a'), good.substr(7)}) {
    EXPECT_EQ(Refusal(header), Reason::kCredentialInvalid) << header.substr(0, 20);
  }
}

TEST_F(AuthenticatorTest, AnExpiredTokenSaysSo) {
  Start();
  json claims = Claims();
  claims["exp"] = absl::ToUnixSeconds(now_ - absl::Seconds(61));
  EXPECT_EQ(Refusal(Header(claims)), Reason::kCredentialExpired);
  claims["exp"] = absl::ToUnixSeconds(now_ - absl::Seconds(59));
  EXPECT_TRUE(authenticator_->Authenticate(Header(claims)).ok()) << "clocks differ";
}

TEST_F(AuthenticatorTest, ClaimsThatAreWrongOrMissingAreInvalid) {
  Start();
  const auto with = [this](const char* name, const json& value) {
    json claims = Claims();
    claims[name] = value;
    return Header(claims);
  };
  const auto without = [this](const char* name) {
    json claims = Claims();
    claims.erase(name);
    return Header(claims);
  };
  EXPECT_EQ(Refusal(with("nbf", absl::ToUnixSeconds(now_ + absl::Seconds(61)))),
            Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(with("iat", absl::ToUnixSeconds(now_ + absl::Hours(1)))),
            Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(with("exp", "tomorrow")), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(with("aud", "another-service")), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(with("tenant", "No Tenant")), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(with("tenant", 7)), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(with("sub", "not an address")), Reason::kCredentialInvalid);
  for (const char* name : {"exp", "aud", "tenant", "sub"}) {
    EXPECT_EQ(Refusal(without(name)), Reason::kCredentialInvalid) << name;
  }
  EXPECT_TRUE(authenticator_->Authenticate(with("aud", json::array({"x", "smart-contacts"}))).ok());
}

TEST_F(AuthenticatorTest, AnExpectedIssuerMustBeTheIssuer) {
  options_.issuer = "https://pbx.example";
  Start();
  json claims = Claims();
  EXPECT_EQ(Refusal(Header(claims)), Reason::kCredentialInvalid);
  claims["iss"] = "https://other.example";
  EXPECT_EQ(Refusal(Header(claims)), Reason::kCredentialInvalid);
  claims["iss"] = "https://pbx.example";
  EXPECT_TRUE(authenticator_->Authenticate(Header(claims)).ok());
}

TEST_F(AuthenticatorTest, TheClaimsNamesAreConfigurable) {
  options_.tenant_claim = "pbx";
  options_.aor_claim = "account";
  options_.audience = "contacts";
  Start();
  const json claims = {{"aud", "contacts"},
                       {"pbx", "globex"},
                       {"account", "alice@globex.example"},
                       {"exp", absl::ToUnixSeconds(now_ + absl::Hours(1))}};
  const auto account = authenticator_->Authenticate(Header(claims));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->tenant.value(), "globex");
  EXPECT_EQ(account->aor.value(), "sip:alice@globex.example");
}

TEST_F(AuthenticatorTest, AnotherKeysSignatureIsInvalid) {
  Start();
  key_ = NewKey("key-1");  // the same name
  EXPECT_EQ(Refusal(Header(Claims())), Reason::kCredentialInvalid);
}

std::string Part(const std::string& text) { return absl::WebSafeBase64Escape(text); }

TEST_F(AuthenticatorTest, NoAlgorithmAndASwappedOneAreInvalid) {
  Start();
  const std::string good = Header(Claims());
  const std::string claims = Part(Claims().dump());
  const std::string signature = good.substr(good.rfind('.') + 1);
  EXPECT_EQ(Refusal(absl::StrCat("Bearer ", Part(R"({"alg":"none"})"), ".", claims, ".")),
            Reason::kCredentialInvalid);
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS256"})",
                             R"({"alg":"RS256","kid":"key-1"})", R"({"kid":"key-1"})",
                             R"({"alg":"ES256","crit":["exp"]})", R"({"alg":["ES256"]})",
                             R"({"alg":"ES256","alg":"ES256"})"}) {
    EXPECT_EQ(Refusal(absl::StrCat("Bearer ", Part(header), ".", claims, ".", signature)),
              Reason::kCredentialInvalid)
        << header;
  }
}

TEST_F(AuthenticatorTest, NoByteOfATokenCanBeChanged) {
  Start();
  const std::string good = Header(Claims());
  const std::size_t begin = std::string("Bearer ").size();
  for (std::size_t i = begin; i < good.size(); ++i) {
    std::string bad = good;
    // The last character of a part holds bits that mean nothing; take another there.
    bad[i] = good[i] == 'A' ? 'Q' : 'A';
    if (i + 1 == good.size() || good[i + 1] == '.') continue;
    EXPECT_EQ(Refusal(bad), Reason::kCredentialInvalid) << "byte " << i;
  }
}

TEST_F(AuthenticatorTest, ANewKeyFileIsTakenUp) {
  Start();
  const std::string old_header = Header(Claims());
  key_ = NewKey("key-2");
  WriteFile(directory_ / "new.json", *crypto::PublicJwkSet(key_));
  std::filesystem::rename(directory_ / "new.json", jwks_file_);
  now_ += WatchedFile::kInterval;
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
  EXPECT_EQ(Refusal(old_header), Reason::kCredentialInvalid);
}

TEST_F(AuthenticatorTest, AKeyFileBehindALinkIsTakenUpWhenTheLinkMoves) {
  std::filesystem::create_directory(directory_ / "v1");
  std::filesystem::create_directory(directory_ / "v2");
  WriteFile(directory_ / "v1/jwks.json", *crypto::PublicJwkSet(key_));
  std::filesystem::create_symlink("v1", directory_ / "data");
  options_.jwks_file = directory_ / "data/jwks.json";
  Start();
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
  key_ = NewKey("key-2");
  WriteFile(directory_ / "v2/jwks.json", *crypto::PublicJwkSet(key_));
  std::filesystem::create_symlink("v2", directory_ / "tmp");
  std::filesystem::rename(directory_ / "tmp", directory_ / "data");
  now_ += WatchedFile::kInterval;
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
}

TEST_F(AuthenticatorTest, ABrokenKeyFileLeavesTheKeysAsTheyWere) {
  Start();
  const std::string public_set = *crypto::PublicJwkSet(key_);
  for (const std::string& content :
       {std::string(), std::string("{"), std::string("{\"keys\":[]}"),
        json{{"keys", {json::parse(key_)}}}.dump(),
        std::string(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})"), std::string(2'000'000, ' ')}) {
    WriteFile(jwks_file_, content);
    now_ += WatchedFile::kInterval;
    EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
    const auto fresh = Authenticator::Create(
        options_, [this] { return now_; }, log_);
    EXPECT_TRUE(absl::IsInvalidArgument(fresh.status())) << fresh.status();
    EXPECT_THAT(std::string(fresh.status().message()), HasSubstr(jwks_file_));
  }
  std::filesystem::remove(jwks_file_);
  now_ += WatchedFile::kInterval;
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
  WriteFile(jwks_file_, public_set);
  now_ += WatchedFile::kInterval;
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
}

TEST_F(AuthenticatorTest, AKeySetWithSeveralKeysIsSearched) {
  const std::string other = NewKey("key-2");
  json set = json::parse(*crypto::PublicJwkSet(key_));
  set["keys"].push_back(json::parse(*crypto::PublicJwkSet(other))["keys"][0]);
  WriteFile(jwks_file_, set.dump());
  Start();
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
  key_ = other;
  EXPECT_TRUE(authenticator_->Authenticate(Header(Claims())).ok());
}

}  // namespace
}  // namespace smartcontacts::service
