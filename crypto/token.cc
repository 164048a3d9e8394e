#include "crypto/token.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_split.h"
#include "crypto/jose.h"
#include "crypto/jwk_set_key.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

constexpr std::size_t kEs256SignatureSize = 64;  // RFC 7518, section 3.4

absl::Status Refuse(absl::string_view why) { return absl::UnauthenticatedError(why); }

const char* Name(SigningAlgorithm algorithm) {
  return algorithm == SigningAlgorithm::kEs256 ? CJOSE_HDR_ALG_ES256 : CJOSE_HDR_ALG_RS256;
}

// A JSON object in base64url.
absl::StatusOr<nlohmann::json> DecodePart(absl::string_view part) {
  const std::optional<std::string> text = DecodeBase64Url(part);
  if (!text.has_value()) return absl::InvalidArgumentError("no base64url");
  return ParseObject(*text);
}

// A NumericDate (RFC 7519, section 2); nothing if the claim is there but is none.
absl::StatusOr<std::optional<absl::Time>> TimeClaim(const nlohmann::json& claims,
                                                    const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::optional<absl::Time>();
  if (!found->is_number() || !std::isfinite(found->get<double>()) ||
      std::abs(found->get<double>()) > 1e12) {
    return Refuse("a time claim of the token is no number of seconds");
  }
  return std::optional(absl::UnixEpoch() + absl::Seconds(found->get<double>()));
}

absl::Status CheckTimes(const nlohmann::json& claims, absl::Duration leeway, absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> expires, TimeClaim(claims, "exp"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> not_before, TimeClaim(claims, "nbf"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> issued, TimeClaim(claims, "iat"));
  if (!expires.has_value()) return Refuse("the token has no \"exp\" claim");
  if (now >= *expires + leeway) return absl::DeadlineExceededError("the token has expired");
  if ((not_before.has_value() && now + leeway < *not_before) ||
      (issued.has_value() && now + leeway < *issued)) {
    return Refuse("the token is not valid yet");
  }
  return absl::OkStatus();
}

absl::Status CheckAudience(const nlohmann::json& claims, const TokenRules& rules) {
  const auto audience = claims.find("aud");
  const bool meant_for_us =
      audience != claims.end() &&
      (*audience == rules.audience ||
       (audience->is_array() &&
        std::find(audience->begin(), audience->end(), rules.audience) != audience->end()));
  if (!meant_for_us) return Refuse("the token is for another audience");
  if (rules.issuer.has_value() && (!claims.contains("iss") || claims["iss"] != *rules.issuer)) {
    return Refuse("the token is from another issuer");
  }
  return absl::OkStatus();
}

bool Verifies(const JwkSet::Key& key, absl::string_view token) {
  const Jws jws(cjose_jws_import(token.data(), token.size(), nullptr));
  // Verification only reads the key.
  return jws != nullptr &&
         cjose_jws_verify(jws.get(), const_cast<cjose_jwk_t*>(key.jwk.get()), nullptr);
}

// Finds the keys that the header asks for, and checks the signature with them.
absl::Status CheckSignature(const std::vector<JwkSet::Key>& keys, const nlohmann::json& header,
                            absl::string_view token, std::size_t signature_size) {
  if (header.contains("crit")) {
    return Refuse("the token has a critical header that is not understood");
  }
  const auto algorithm = header.find("alg");
  const auto key_id = header.find("kid");
  if (algorithm == header.end()) return Refuse("the token names no algorithm");
  if (key_id != header.end() && !key_id->is_string())
    return Refuse("the token's \"kid\" is no text");
  bool algorithm_known = false;
  for (const JwkSet::Key& key : keys) {
    if (*algorithm != Name(key.algorithm)) continue;
    algorithm_known = true;
    if (key_id != header.end() && !key.key_id.empty() && *key_id != key.key_id) continue;
    // cjose splits whatever there is into halves and does not see a byte behind them.
    if (key.algorithm == SigningAlgorithm::kEs256 && signature_size != kEs256SignatureSize)
      continue;
    if (Verifies(key, token)) return absl::OkStatus();
  }
  return Refuse(algorithm_known
                    ? "the token is not signed by a key of this service's JWK set"
                    : "the token's algorithm is that of no key in this service's JWK set");
}

}  // namespace

absl::StatusOr<TokenClaims> VerifyToken(const JwkSet& keys, absl::string_view token,
                                        const TokenRules& rules, absl::Time now) {
  if (token.size() > kTokenSizeMax) return Refuse("the token is larger than 8 KiB");
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return Refuse("the credential is no signed JSON Web Token");
  const absl::StatusOr<nlohmann::json> header = DecodePart(parts[0]);
  const absl::StatusOr<nlohmann::json> claims = DecodePart(parts[1]);
  const std::optional<std::string> signature = DecodeBase64Url(parts[2]);
  if (!header.ok() || !claims.ok() || !signature.has_value()) {
    return Refuse("the credential is no signed JSON Web Token");
  }
  RETURN_IF_ERROR(CheckSignature(keys.keys(), *header, token, signature->size()));
  RETURN_IF_ERROR(CheckAudience(*claims, rules));
  RETURN_IF_ERROR(CheckTimes(*claims, rules.leeway, now));
  TokenClaims strings;
  for (const auto& [name, value] : claims->items()) {
    if (value.is_string()) strings[name] = value.get<std::string>();
  }
  return strings;
}

}  // namespace smartcontacts::crypto
