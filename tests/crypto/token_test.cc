#include "crypto/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace smartcontacts::crypto {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What the refusals say; a test that only looked at the code could pass for another reason.
constexpr char kNoToken[] = "no signed JSON Web Token";
constexpr char kOtherKey[] = "not signed by a key";
constexpr char kOtherAlgorithm[] = "that of no key";
constexpr char kOtherAudience[] = "another audience";
constexpr char kOtherIssuer[] = "another issuer";
constexpr char kNotYet[] = "not valid yet";

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Base64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

json Claims() {
  return {{"iss", "pbx"},
          {"aud", "smart-contacts"},
          {"sub", "sip:101@acme.example"},
          {"tenant", "acme"},
          {"level", 3},
          {"iat", absl::ToUnixSeconds(kNow) - 10},
          {"exp", absl::ToUnixSeconds(kNow) + 3600}};
}

json With(const std::string& name, const json& value) {
  json claims = Claims();
  claims[name] = value;
  return claims;
}

json Without(const std::string& name) {
  json claims = Claims();
  claims.erase(name);
  return claims;
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// Signs with OpenSSL alone, whatever the header and the claims say: an attacker who has a key, and
// a second opinion on the signatures of the library under test.
class ForeignSigner {
 public:
  explicit ForeignSigner(SigningAlgorithm algorithm)
      : algorithm_(algorithm),
        key_(algorithm == SigningAlgorithm::kEs256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048)) {}

  json PublicJwk() const {
    if (algorithm_ == SigningAlgorithm::kEs256) {
      return {{"kty", "EC"},
              {"crv", "P-256"},
              {"x", Base64Url(Number(OSSL_PKEY_PARAM_EC_PUB_X, 32))},
              {"y", Base64Url(Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32))}};
    }
    return {{"kty", "RSA"},
            {"n", Base64Url(Number(OSSL_PKEY_PARAM_RSA_N, 256))},
            {"e", Base64Url(Number(OSSL_PKEY_PARAM_RSA_E, 3))}};
  }

  std::string Signature(const std::string& input) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EXPECT_EQ(EVP_DigestSign(context.get(), Bytes(signature), &size,
                             reinterpret_cast<const unsigned char*>(input.data()), input.size()),
              1);
    signature.resize(size);
    return algorithm_ == SigningAlgorithm::kEs256 ? FromDer(signature) : signature;
  }

  std::string Sign(const std::string& header, const std::string& claims) const {
    const std::string input = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
    return absl::StrCat(input, ".", Base64Url(Signature(input)));
  }

 private:
  static unsigned char* Bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  }

  std::string Number(const char* name, int size) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &number);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    EXPECT_EQ(BN_bn2binpad(number, Bytes(bytes), size), size);
    BN_free(number);
    return bytes;
  }

  // r and s of 32 bytes each (RFC 7518, section 3.4).
  static std::string FromDer(const std::string& der) {
    const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())), ECDSA_SIG_free);
    std::string bytes(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), Bytes(bytes), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), Bytes(bytes) + 32, 32);
    return bytes;
  }

  SigningAlgorithm algorithm_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
};

std::string Set(const std::vector<json>& keys) { return json{{"keys", keys}}.dump(); }

class TokenTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    es256_ = new std::string(*GenerateSigningKey(SigningAlgorithm::kEs256, "ec-1"));
    rs256_ = new std::string(*GenerateSigningKey(SigningAlgorithm::kRs256, "rsa-1"));
  }
  static void TearDownTestSuite() {
    delete es256_;
    delete rs256_;
  }

  static JwkSet BothKeys() {
    json keys = json::parse(*PublicJwkSet(*es256_))["keys"];
    keys.push_back(json::parse(*PublicJwkSet(*rs256_))["keys"][0]);
    return *JwkSet::Parse(json{{"keys", keys}}.dump());
  }

  static absl::StatusOr<TokenClaims> Verify(const std::string& token,
                                            const TokenRules& rules = {"smart-contacts", {}}) {
    return VerifyToken(BothKeys(), token, rules, kNow);
  }
  static absl::StatusOr<TokenClaims> VerifyClaims(const json& claims, const TokenRules& rules = {
                                                                          "smart-contacts", {}}) {
    return Verify(*SignToken(*es256_, claims.dump()), rules);
  }

  static void ExpectRefused(const absl::StatusOr<TokenClaims>& claims, const std::string& why) {
    EXPECT_EQ(claims.status().code(), absl::StatusCode::kUnauthenticated) << claims.status();
    EXPECT_THAT(std::string(claims.status().message()), HasSubstr(why));
  }

  static std::string* es256_;
  static std::string* rs256_;
};

std::string* TokenTest::es256_ = nullptr;
std::string* TokenTest::rs256_ = nullptr;

TEST_F(TokenTest, AcceptsWhatItsOwnKeysSignedAndReturnsTheTextClaims) {
  for (const std::string* key : {es256_, rs256_}) {
    const absl::StatusOr<TokenClaims> claims = Verify(*SignToken(*key, Claims().dump()));
    ASSERT_TRUE(claims.ok()) << claims.status();
    EXPECT_EQ(*claims, (TokenClaims{{"aud", "smart-contacts"},
                                    {"iss", "pbx"},
                                    {"sub", "sip:101@acme.example"},
                                    {"tenant", "acme"}}));
  }
}

TEST_F(TokenTest, AcceptsWhatAnotherLibrarySigned) {
  for (const auto& [algorithm, name] : {std::pair(SigningAlgorithm::kEs256, "ES256"),
                                        std::pair(SigningAlgorithm::kRs256, "RS256")}) {
    const ForeignSigner signer(algorithm);
    const JwkSet keys = *JwkSet::Parse(Set({signer.PublicJwk()}));
    const std::string token = signer.Sign(json{{"alg", name}}.dump(), Claims().dump());
    EXPECT_TRUE(VerifyToken(keys, token, {"smart-contacts", {}}, kNow).ok()) << name;
  }
}

// RFC 7515, appendices A.2 and A.3. Their claims have no audience, which is checked after the
// signature: so the refusal says whether the signature held.
TEST_F(TokenTest, TheExamplesOfRfc7515Verify) {
  const std::string claims =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const json rsa_key = {
      {"kty", "RSA"},
      {"n",
       "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
       "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5"
       "z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7"
       "aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
      {"e", "AQAB"}};
  const std::string rsa_signature =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
      "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
      "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
      "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
  const json ec_key = {{"kty", "EC"},
                       {"crv", "P-256"},
                       {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                       {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
  const std::string ec_signature =
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  const JwkSet keys = *JwkSet::Parse(Set({rsa_key, ec_key}));
  const absl::Time then = absl::FromUnixSeconds(1'300'819'000);
  const auto verify = [&](absl::string_view header, absl::string_view signature) {
    return VerifyToken(keys, absl::StrCat(header, ".", claims, ".", signature), {"x", {}}, then);
  };
  ExpectRefused(verify("eyJhbGciOiJSUzI1NiJ9", rsa_signature), kOtherAudience);
  ExpectRefused(verify("eyJhbGciOiJFUzI1NiJ9", ec_signature), kOtherAudience);
  ExpectRefused(verify("eyJhbGciOiJSUzI1NiJ9", ec_signature), kOtherKey);
  ExpectRefused(verify("eyJhbGciOiJFUzI1NiJ9", rsa_signature), kOtherKey);
}

TEST_F(TokenTest, ExpiryIsRequiredAndHasALeeway) {
  const std::int64_t now = absl::ToUnixSeconds(kNow);
  EXPECT_TRUE(VerifyClaims(With("exp", now - 59)).ok());
  for (const std::int64_t expiry : {now - 60, now - 3600, std::int64_t{0}, std::int64_t{-1}}) {
    EXPECT_EQ(VerifyClaims(With("exp", expiry)).status().code(),
              absl::StatusCode::kDeadlineExceeded);
  }
  ExpectRefused(VerifyClaims(Without("exp")), "no \"exp\"");
  TokenRules exact{"smart-contacts", {}};
  exact.leeway = absl::ZeroDuration();
  EXPECT_EQ(VerifyClaims(With("exp", now), exact).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(VerifyClaims(With("exp", now + 1), exact).ok());
}

TEST_F(TokenTest, ATokenOfTheFutureIsRefused) {
  const std::int64_t now = absl::ToUnixSeconds(kNow);
  for (const char* claim : {"nbf", "iat"}) {
    EXPECT_TRUE(VerifyClaims(With(claim, now + 60)).ok()) << claim;
    ExpectRefused(VerifyClaims(With(claim, now + 61)), kNotYet);
  }
  EXPECT_TRUE(VerifyClaims(Without("iat")).ok());
}

TEST_F(TokenTest, ATimeThatIsNoNumberOfSecondsIsRefused) {
  for (const char* claim : {"exp", "nbf", "iat"}) {
    for (const json& value : {json("1900000000"), json(nullptr), json(true), json(1e300),
                              json(json::array({1'900'000'000}))}) {
      ExpectRefused(VerifyClaims(With(claim, value)), "no number of seconds");
    }
  }
  EXPECT_TRUE(VerifyClaims(With("exp", absl::ToUnixSeconds(kNow) + 0.5)).ok());
}

TEST_F(TokenTest, TheAudienceMustBeThisService) {
  EXPECT_TRUE(VerifyClaims(With("aud", json::array({"other", "smart-contacts"}))).ok());
  for (const json& audience :
       {json("other"), json("smart-contacts2"), json(""), json::array(), json::array({"other"}),
        json(nullptr), json(1), json::object({{"smart-contacts", "smart-contacts"}}),
        json::array({json::array({"smart-contacts"})})}) {
    ExpectRefused(VerifyClaims(With("aud", audience)), kOtherAudience);
  }
  ExpectRefused(VerifyClaims(Without("aud")), kOtherAudience);
}

TEST_F(TokenTest, TheIssuerMustBeTheOneAskedForIfOneIs) {
  const TokenRules rules{"smart-contacts", "pbx"};
  EXPECT_TRUE(VerifyClaims(Claims(), rules).ok());
  EXPECT_TRUE(VerifyClaims(Without("iss")).ok());
  for (const json& issuer : {json("PBX"), json(""), json(nullptr), json::array({"pbx"})}) {
    ExpectRefused(VerifyClaims(With("iss", issuer), rules), kOtherIssuer);
  }
  ExpectRefused(VerifyClaims(Without("iss"), rules), kOtherIssuer);
}

TEST_F(TokenTest, ATokenForAnotherAudienceIsNotCalledExpired) {
  json claims = With("exp", 1);
  claims["aud"] = "other";
  ExpectRefused(VerifyClaims(claims), kOtherAudience);
}

TEST_F(TokenTest, AlgorithmNoneIsRefused) {
  for (const char* algorithm : {"none", "None", "NONE"}) {
    const std::string input =
        absl::StrCat(Base64Url(json{{"alg", algorithm}}.dump()), ".", Base64Url(Claims().dump()));
    ExpectRefused(Verify(input + "."), kOtherAlgorithm);
    ExpectRefused(Verify(input + ".AAAA"), kOtherAlgorithm);
    ExpectRefused(Verify(input), kNoToken);
  }
}

TEST_F(TokenTest, APublicKeyIsNoSharedSecret) {
  const std::string key = json::parse(*PublicJwkSet(*rs256_))["keys"][0].dump();
  const std::string input =
      absl::StrCat(Base64Url(R"({"alg":"HS256"})"), ".", Base64Url(Claims().dump()));
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(),
       reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  ExpectRefused(Verify(absl::StrCat(input, ".", Base64Url(mac))), kOtherAlgorithm);
}

TEST_F(TokenTest, AnAlgorithmOtherThanTheKeysIsRefused) {
  const ForeignSigner ec(SigningAlgorithm::kEs256);
  const ForeignSigner rsa(SigningAlgorithm::kRs256);
  const auto verify = [&](const ForeignSigner& signer, const json& header) {
    return VerifyToken(*JwkSet::Parse(Set({ec.PublicJwk(), rsa.PublicJwk()})),
                       signer.Sign(header.dump(), Claims().dump()), {"smart-contacts", {}}, kNow);
  };
  ASSERT_TRUE(verify(ec, {{"alg", "ES256"}}).ok());
  ExpectRefused(verify(ec, {{"alg", "RS256"}}), kOtherKey);
  ExpectRefused(verify(rsa, {{"alg", "ES256"}}), kOtherKey);
  for (const json& algorithm : {json("PS256"), json("RS512"), json("ES384"), json("es256"),
                                json(nullptr), json::array({"ES256"})}) {
    ExpectRefused(verify(rsa, {{"alg", algorithm}}), kOtherAlgorithm);
    ExpectRefused(verify(ec, {{"alg", algorithm}}), kOtherAlgorithm);
  }
  ExpectRefused(verify(ec, json::object()), "no algorithm");
}

TEST_F(TokenTest, AnotherKeyIsRefusedEvenUnderAKnownKid) {
  for (const auto algorithm : {SigningAlgorithm::kEs256, SigningAlgorithm::kRs256}) {
    const char* kid = algorithm == SigningAlgorithm::kEs256 ? "ec-1" : "rsa-1";
    const std::string other = *GenerateSigningKey(algorithm, kid);
    ExpectRefused(Verify(*SignToken(other, Claims().dump())), kOtherKey);
  }
}

TEST_F(TokenTest, AnAttackersKeyInTheHeaderIsNotLookedAt) {
  const ForeignSigner signer(SigningAlgorithm::kEs256);
  const json header = {{"alg", "ES256"}, {"jwk", signer.PublicJwk()}};
  ExpectRefused(Verify(signer.Sign(header.dump(), Claims().dump())), kOtherKey);
}

TEST_F(TokenTest, TheKidChoosesTheKey) {
  const ForeignSigner signer(SigningAlgorithm::kEs256);
  json named = signer.PublicJwk();
  named["kid"] = "k1";
  const auto verify = [&](const json& key, const json& header) {
    return VerifyToken(*JwkSet::Parse(Set({key})), signer.Sign(header.dump(), Claims().dump()),
                       {"smart-contacts", {}}, kNow);
  };
  EXPECT_TRUE(verify(named, {{"alg", "ES256"}, {"kid", "k1"}}).ok());
  EXPECT_TRUE(verify(named, {{"alg", "ES256"}}).ok());
  EXPECT_TRUE(verify(signer.PublicJwk(), {{"alg", "ES256"}, {"kid", "k2"}}).ok());
  ExpectRefused(verify(named, {{"alg", "ES256"}, {"kid", "k2"}}), kOtherKey);
  ExpectRefused(verify(named, {{"alg", "ES256"}, {"kid", ""}}), kOtherKey);
  ExpectRefused(verify(signer.PublicJwk(), {{"alg", "ES256"}, {"kid", 7}}), "\"kid\" is no text");
}

TEST_F(TokenTest, ACriticalHeaderIsRefused) {
  const ForeignSigner signer(SigningAlgorithm::kEs256);
  const JwkSet keys = *JwkSet::Parse(Set({signer.PublicJwk()}));
  for (const json& critical : {json::array({"exp"}), json::array(), json(nullptr)}) {
    const json header = {{"alg", "ES256"}, {"crit", critical}};
    const std::string token = signer.Sign(header.dump(), Claims().dump());
    ExpectRefused(VerifyToken(keys, token, {"smart-contacts", {}}, kNow), "critical header");
  }
}

TEST_F(TokenTest, WhatIsThereTwiceOrIsNoObjectIsRefused) {
  const ForeignSigner signer(SigningAlgorithm::kEs256);
  const JwkSet keys = *JwkSet::Parse(Set({signer.PublicJwk()}));
  const auto verify = [&](const std::string& header, const std::string& claims) {
    return VerifyToken(keys, signer.Sign(header, claims), {"smart-contacts", {}}, kNow);
  };
  const std::string header = R"({"alg":"ES256"})";
  const std::string claims = Claims().dump();
  const std::string open = claims.substr(0, claims.size() - 1);
  ASSERT_TRUE(verify(header, open + R"(,"x":{"sub":1}})").ok());
  ExpectRefused(verify(header, open + R"(,"sub":"sip:102@acme.example"})"), kNoToken);
  ExpectRefused(verify(header, open + R"(,"s\u0075b":"sip:102@acme.example"})"), kNoToken);
  ExpectRefused(verify(header, open + R"(,"x":{"y":1,"y":1}})"), kNoToken);
  ExpectRefused(verify(R"({"alg":"none","alg":"ES256"})", claims), kNoToken);
  ExpectRefused(verify(header, open), kNoToken);
  ExpectRefused(verify(header, claims + " x"), kNoToken);
  ExpectRefused(verify(header, ""), kNoToken);
  ExpectRefused(verify(header, "[" + claims + "]"), kNoToken);
  ExpectRefused(verify(header, open + ",\"x\":\"\xff\"}"), kNoToken);
  ExpectRefused(verify("\"ES256\"", claims), kNoToken);
  const auto nested = [&](int depth) {
    return open + ",\"x\":" + std::string(depth, '[') + "1" + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(verify(header, nested(7)).ok());
  ExpectRefused(verify(header, nested(8)), kNoToken);
  ExpectRefused(verify(header, nested(1000)), kNoToken);
}

TEST_F(TokenTest, AnOversizeTokenIsRefusedUnread) {
  const std::size_t size = SignToken(*es256_, With("pad", "").dump())->size();
  // Four characters of base64url hold three bytes; the claims' last group may grow by two more.
  const std::size_t fits = (kTokenSizeMax - size) / 4 * 3;
  EXPECT_TRUE(VerifyClaims(With("pad", std::string(fits, 'x'))).ok());
  ExpectRefused(VerifyClaims(With("pad", std::string(fits + 8, 'x'))), "larger than 8 KiB");
}

TEST_F(TokenTest, GarbageIsRefused) {
  const std::string token = *SignToken(*es256_, Claims().dump());
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (const std::string& garbage :
       {std::string(), std::string("."), std::string(".."), std::string("..."),
        std::string("a.b.c"), std::string(3, '\0'), token + ".", "." + token, token + " ",
        " " + token, token + "=", token + "\n", token + "." + parts[2], parts[0] + ".." + parts[2],
        "." + parts[1] + "." + parts[2], parts[0] + "=." + parts[1] + "." + parts[2],
        parts[0] + "." + parts[1] + ".\xff\xfe", std::string(8000, '.')}) {
    ExpectRefused(Verify(garbage), kNoToken);
  }
  ExpectRefused(Verify(parts[0] + "." + parts[1] + "."), kOtherKey);
}

TEST_F(TokenTest, ATokenCutOffAnywhereIsRefused) {
  for (const std::string* key : {es256_, rs256_}) {
    const std::string token = *SignToken(*key, Claims().dump());
    for (std::size_t size = 0; size < token.size(); ++size) {
      ExpectRefused(Verify(token.substr(0, size)), "");
    }
  }
}

TEST_F(TokenTest, EveryAlteredCharacterIsFound) {
  constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const std::string* key : {es256_, rs256_}) {
    const JwkSet keys = BothKeys();
    const std::string token = *SignToken(*key, Claims().dump());
    const auto expect_refused = [&](std::size_t position, char replacement) {
      if (token[position] == replacement) return;
      std::string altered = token;
      altered[position] = replacement;
      EXPECT_EQ(VerifyToken(keys, altered, {"smart-contacts", {}}, kNow).status().code(),
                absl::StatusCode::kUnauthenticated)
          << position;
    };
    for (std::size_t i = 0; i < token.size(); ++i) {
      expect_refused(i, static_cast<char>(token[i] ^ 1));
      expect_refused(i, static_cast<char>(token[i] ^ 0x80));
    }
    // The last character has bits that stand for nothing: they must be zero.
    for (const char c : kAlphabet) expect_refused(token.size() - 1, c);
  }
}

TEST_F(TokenTest, AnEs256SignatureHasSixtyFourBytes) {
  const ForeignSigner signer(SigningAlgorithm::kEs256);
  const JwkSet keys = *JwkSet::Parse(Set({signer.PublicJwk()}));
  const std::string input =
      absl::StrCat(Base64Url(R"({"alg":"ES256"})"), ".", Base64Url(Claims().dump()));
  const std::string signature = signer.Signature(input);
  const auto verify = [&](const std::string& bytes) {
    return VerifyToken(keys, absl::StrCat(input, ".", Base64Url(bytes)), {"smart-contacts", {}},
                       kNow);
  };
  const std::string zero(1, '\0');
  ASSERT_TRUE(verify(signature).ok());
  ExpectRefused(verify(signature + zero), kOtherKey);
  ExpectRefused(verify(zero + signature.substr(0, 32) + zero + signature.substr(32)), kOtherKey);
  ExpectRefused(verify(std::string(64, '\0')), kOtherKey);
}

TEST_F(TokenTest, ErrorsRepeatNoClaim) {
  for (const json& claims : {With("aud", "canary"), With("iss", "canary"), With("exp", "canary")}) {
    const absl::Status status = VerifyClaims(claims, {"smart-contacts", "pbx"}).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("canary")));
  }
}

TEST_F(TokenTest, SeveralThreadsMayVerifyWithOneSet) {
  const JwkSet keys = BothKeys();
  const std::vector<std::string> tokens = {*SignToken(*es256_, Claims().dump()),
                                           *SignToken(*rs256_, Claims().dump())};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&keys, token = tokens[i % 2]] {
      for (int n = 0; n < 20; ++n) {
        EXPECT_TRUE(VerifyToken(keys, token, {"smart-contacts", {}}, kNow).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TokenTest, AKeyIdIsShortPrintableText) {
  const std::string longest(128, 'k');
  EXPECT_EQ(json::parse(*GenerateSigningKey(SigningAlgorithm::kEs256, longest))["kid"], longest);
  for (const std::string& kid : {std::string(), std::string(129, 'k'), std::string("\xff"),
                                 std::string("a\nb"), std::string("ü")}) {
    EXPECT_EQ(GenerateSigningKey(SigningAlgorithm::kEs256, kid).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(TokenTest, OnlyAPrivateKeySigns) {
  const auto public_key = [](const std::string& key) {
    return json::parse(*PublicJwkSet(key))["keys"][0].dump();
  };
  for (const std::string& key :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"kty":5,"d":"x"})"),
        std::string(R"({"kty":"EC","crv":7,"d":"x"})"), std::string(R"({"kty":"RSA","d":8})"),
        std::string(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"})"),
        std::string(R"({"kty":"oct","k":"c2VjcmV0","d":"x"})"), public_key(*es256_),
        public_key(*rs256_)}) {
    EXPECT_EQ(SignToken(key, "{}").status().code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(PublicJwkSet(key).status().code(), absl::StatusCode::kInvalidArgument) << key;
  }
  EXPECT_EQ(SignToken(*es256_, "no object").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TokenTest, ThePublicSetHasNothingOfThePrivateKey) {
  for (const std::string* key : {es256_, rs256_}) {
    const json published = json::parse(*PublicJwkSet(*key))["keys"][0];
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi"}) {
      EXPECT_FALSE(published.contains(member)) << member;
    }
    EXPECT_EQ(published["kid"], json::parse(*key)["kid"]);
  }
}

}  // namespace
}  // namespace smartcontacts::crypto
