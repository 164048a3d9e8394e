#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/token.h"

namespace smartcontacts::crypto {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string Base64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

// The key of RFC 7515, appendix A.3.
json EcKey() {
  return {{"kty", "EC"},
          {"crv", "P-256"},
          {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
          {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
}

// A number of this shape has factors, but reading a public key cannot know.
json RsaKey(std::size_t bytes = 256, char first = '\xff',
            absl::string_view exponent = {"\1\0\1", 3}) {
  std::string modulus(bytes, '\xff');
  modulus.front() = first;
  return {{"kty", "RSA"}, {"n", Base64Url(modulus)}, {"e", Base64Url(exponent)}};
}

json With(json key, const std::string& member, const json& value) {
  key[member] = value;
  return key;
}

absl::StatusOr<JwkSet> Parse(const std::vector<json>& keys) {
  return JwkSet::Parse(json{{"keys", keys}}.dump());
}

void ExpectRefused(const absl::StatusOr<JwkSet>& set, const std::string& why) {
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument) << set.status();
  EXPECT_THAT(std::string(set.status().message()), HasSubstr(why));
}

TEST(JwkSetTest, HasItsUsableKeysAndPassesOverTheOthers) {
  const std::vector<json> keys = {EcKey(),
                                  RsaKey(),
                                  With(EcKey(), "use", "sig"),
                                  With(EcKey(), "key_ops", {"sign", "verify"}),
                                  With(RsaKey(), "alg", "RS256"),
                                  With(EcKey(), "use", "enc"),
                                  With(EcKey(), "key_ops", {"deriveKey"}),
                                  With(EcKey(), "key_ops", nullptr),
                                  With(EcKey(), "alg", "ECDH-ES"),
                                  With(RsaKey(), "alg", "PS256"),
                                  With(EcKey(), "crv", "P-384"),
                                  {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AA"}},
                                  {{"kty", "unheard-of"}},
                                  json::object()};
  const absl::StatusOr<JwkSet> set = Parse(keys);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size(), 5);
}

TEST(JwkSetTest, ASetWithoutAUsableKeyIsRefused) {
  ExpectRefused(Parse({}), "no key for");
  ExpectRefused(Parse({With(EcKey(), "use", "enc")}), "no key for");
}

TEST(JwkSetTest, APrivateOrSymmetricKeyIsRefusedWhateverItIsFor) {
  constexpr char kWhy[] = "key 2: a private or symmetric key";
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    ExpectRefused(Parse({EcKey(), With(RsaKey(), member, "AQAB")}), kWhy);
    ExpectRefused(Parse({EcKey(), With({{"use", "enc"}}, member, 5)}), kWhy);
  }
  ExpectRefused(Parse({EcKey(), {{"kty", "oct"}}}), kWhy);
  ExpectRefused(
      Parse({EcKey(), json::parse(*GenerateSigningKey(SigningAlgorithm::kEs256, "private"))}),
      kWhy);
}

TEST(JwkSetTest, AnRsaKeyHasFrom2048To8192Bits) {
  EXPECT_TRUE(Parse({RsaKey(256, '\x80')}).ok());
  EXPECT_TRUE(Parse({RsaKey(1024)}).ok());
  ExpectRefused(Parse({EcKey(), RsaKey(256, '\x7f')}), "key 2: an RSA key needs at least 2048");
  ExpectRefused(Parse({RsaKey(128)}), "key 1: an RSA key needs at least 2048");
  ExpectRefused(Parse({RsaKey(1025, '\1')}), "key 1: an RSA key may have at most 8192");
  // Leading zeros are no bits.
  const std::string padded = std::string(128, '\0') + std::string(128, '\xff');
  ExpectRefused(Parse({With(RsaKey(), "n", Base64Url(padded))}), "at least 2048");
}

TEST(JwkSetTest, AnExponentUnderWhichAnybodyCanSignIsRefused) {
  EXPECT_TRUE(Parse({RsaKey(256, '\xff', "\3")}).ok());
  for (const absl::string_view exponent :
       {absl::string_view("\1"), absl::string_view("\0\1", 2), absl::string_view("\0", 1),
        absl::string_view("\2"), absl::string_view("\1\0", 2), absl::string_view("")}) {
    ExpectRefused(Parse({RsaKey(256, '\xff', exponent)}), "key 1: not a valid public key");
  }
}

TEST(JwkSetTest, NumbersThatAreNoKeyAreRefused) {
  constexpr char kWhy[] = "key 1: not a valid public key";
  ExpectRefused(Parse({With(EcKey(), "y", EcKey()["x"])}), kWhy);  // not on the curve
  ExpectRefused(Parse({With(EcKey(), "y", Base64Url(std::string(32, '\0')))}), kWhy);
  ExpectRefused(Parse({With(EcKey(), "x", 5)}), kWhy);
  ExpectRefused(Parse({With(EcKey(), "x", "AA")}), kWhy);
  ExpectRefused(Parse({With(RsaKey(), "n", 5)}), kWhy);
  ExpectRefused(Parse({With(RsaKey(), "n", "+/+/")}), kWhy);
  ExpectRefused(Parse({With(RsaKey(), "e", "AQAB==")}), kWhy);
  ExpectRefused(Parse({{{"kty", "EC"}, {"crv", "P-256"}}}), kWhy);
  ExpectRefused(Parse({json("text")}), "key 1: no JSON object");
}

TEST(JwkSetTest, AKidThatIsThereTwiceIsRefused) {
  const auto named = [](json key, const char* kid) { return With(std::move(key), "kid", kid); };
  EXPECT_EQ(Parse({named(EcKey(), "a"), named(RsaKey(), "b"), EcKey(), EcKey()})->size(), 4);
  ExpectRefused(Parse({named(EcKey(), "a"), named(RsaKey(), "a")}), "key 2: its \"kid\"");
}

TEST(JwkSetTest, TextThatIsNoSetIsRefused) {
  const std::string key = EcKey().dump();
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"), key,
        absl::StrCat("[", key, "]"), absl::StrCat("{\"keys\":[", key),
        absl::StrCat("{\"keys\":[", key, "],\"keys\":[", key, "]}"),
        absl::StrCat("{\"keys\":[", key, "]}x"), std::string("\xff\xfe")}) {
    ExpectRefused(JwkSet::Parse(text), "expected a JSON object with an array");
  }
}

TEST(JwkSetTest, ItsSizeIsLimited) {
  const std::vector<json> keys(JwkSet::kKeysMax, EcKey());
  EXPECT_EQ(Parse(keys)->size(), JwkSet::kKeysMax);
  ExpectRefused(Parse(std::vector<json>(JwkSet::kKeysMax + 1, EcKey())), "more than 64 keys");
  std::string text = json{{"keys", {EcKey()}}}.dump();
  text.resize(JwkSet::kTextSizeMax, ' ');
  EXPECT_TRUE(JwkSet::Parse(text).ok());
  ExpectRefused(JwkSet::Parse(text + " "), "larger than 1 MiB");
}

}  // namespace
}  // namespace smartcontacts::crypto
