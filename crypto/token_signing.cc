// Making keys and tokens: what an operator or a PBX does, never the service.

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "crypto/jose.h"
#include "crypto/token.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

struct FreeText {
  void operator()(char* text) const { cjose_get_dealloc()(text); }
};

absl::StatusOr<nlohmann::json> ToJson(const cjose_jwk_t* jwk, bool with_private_part) {
  const std::unique_ptr<char, FreeText> text(cjose_jwk_to_json(jwk, with_private_part, nullptr));
  if (text == nullptr) return absl::InternalError("a key could not be written as JSON");
  return ParseObject(text.get());
}

// A private key and what it signs with.
struct PrivateKey {
  Jwk jwk;
  std::string algorithm;
  std::string key_id;
};

absl::StatusOr<PrivateKey> ParsePrivateKey(absl::string_view private_jwk) {
  const absl::Status failure = absl::InvalidArgumentError(
      "not a private JWK for ES256 (EC, P-256) or RS256 (RSA); make one with `token new-key`");
  const absl::StatusOr<nlohmann::json> json = ParseObject(private_jwk);
  if (!json.ok() || StringMember(*json, "d").empty()) return failure;
  const std::string type = StringMember(*json, "kty");
  if (type != "RSA" && !(type == "EC" && StringMember(*json, "crv") == "P-256")) return failure;
  PrivateKey key{ImportJwk(*json), type == "RSA" ? CJOSE_HDR_ALG_RS256 : CJOSE_HDR_ALG_ES256,
                 StringMember(*json, "kid")};
  if (key.jwk == nullptr) return failure;
  return key;
}

}  // namespace

absl::StatusOr<std::string> GenerateSigningKey(SigningAlgorithm algorithm, const std::string& kid) {
  constexpr std::size_t kRsaBits = 2048;
  constexpr std::size_t kKidLengthMax = 128;
  if (kid.empty() || kid.size() > kKidLengthMax ||
      !std::all_of(kid.begin(), kid.end(), absl::ascii_isprint)) {
    return absl::InvalidArgumentError("a key id has 1 to 128 printable ASCII characters");
  }
  const std::uint8_t exponent[] = {1, 0, 1};
  const Jwk jwk(algorithm == SigningAlgorithm::kEs256
                    ? cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr)
                    : cjose_jwk_create_RSA_random(kRsaBits, exponent, sizeof(exponent), nullptr));
  if (jwk == nullptr) return absl::InternalError("a key could not be made");
  ASSIGN_OR_RETURN(nlohmann::json json, ToJson(jwk.get(), /*with_private_part=*/true));
  json["kid"] = kid;
  json["use"] = "sig";
  return json.dump();
}

absl::StatusOr<std::string> PublicJwkSet(absl::string_view private_jwk) {
  ASSIGN_OR_RETURN(const PrivateKey key, ParsePrivateKey(private_jwk));
  ASSIGN_OR_RETURN(nlohmann::json json, ToJson(key.jwk.get(), /*with_private_part=*/false));
  if (!key.key_id.empty()) json["kid"] = key.key_id;
  json["use"] = "sig";
  json["alg"] = key.algorithm;
  return nlohmann::json{{"keys", {json}}}.dump(2);
}

absl::StatusOr<std::string> SignToken(absl::string_view private_jwk, absl::string_view claims) {
  ASSIGN_OR_RETURN(const PrivateKey key, ParsePrivateKey(private_jwk));
  RETURN_IF_ERROR(ParseObject(claims).status());
  const Header header(cjose_header_new(nullptr));
  if (header == nullptr ||
      !cjose_header_set(header.get(), CJOSE_HDR_ALG, key.algorithm.c_str(), nullptr) ||
      !cjose_header_set(header.get(), "typ", "JWT", nullptr) ||
      (!key.key_id.empty() &&
       !cjose_header_set(header.get(), CJOSE_HDR_KID, key.key_id.c_str(), nullptr))) {
    return absl::InternalError("a token header could not be made");
  }
  const Jws jws(cjose_jws_sign(key.jwk.get(), header.get(),
                               reinterpret_cast<const std::uint8_t*>(claims.data()), claims.size(),
                               nullptr));
  const char* compact = nullptr;
  if (jws == nullptr || !cjose_jws_export(jws.get(), &compact, nullptr)) {
    return absl::InternalError("the token could not be signed");
  }
  return std::string(compact);
}

}  // namespace smartcontacts::crypto
