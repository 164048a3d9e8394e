#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/jose.h"
#include "crypto/jwk_set_key.h"
#include "crypto/token.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

constexpr int kRsaBitsMin = 2048;

// What a key can sign with; nothing if it is of no use here.
std::optional<SigningAlgorithm> AlgorithmOf(const nlohmann::json& key) {
  const std::string use = StringMember(key, "use");
  const std::string algorithm = StringMember(key, "alg");
  if (!use.empty() && use != "sig") return std::nullopt;
  if (StringMember(key, "kty") == "EC" && StringMember(key, "crv") == "P-256" &&
      (algorithm.empty() || algorithm == "ES256")) {
    return SigningAlgorithm::kEs256;
  }
  if (StringMember(key, "kty") == "RSA" && (algorithm.empty() || algorithm == "RS256")) {
    return SigningAlgorithm::kRs256;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<JwkSet> JwkSet::Parse(absl::string_view json) {
  if (json.size() > kTextSizeMax) return absl::InvalidArgumentError("JWK set: larger than 1 MiB");
  const absl::StatusOr<nlohmann::json> set = ParseObject(json);
  if (!set.ok() || !set->contains("keys") || !(*set)["keys"].is_array()) {
    return absl::InvalidArgumentError("JWK set: expected a JSON object with an array \"keys\" (RFC 7517)");
  }
  auto keys = std::make_shared<std::vector<Key>>();
  std::set<std::string> key_ids;
  int position = 0;
  for (const nlohmann::json& member : (*set)["keys"]) {
    const auto fail = [position](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat("JWK set: key ", position, ": ", what));
    };
    ++position;
    if (!member.is_object()) return fail("no JSON object");
    if (StringMember(member, "kty") == "oct" || member.contains("d") || member.contains("k")) {
      return fail("a private or symmetric key has no place in this file; publish the public half");
    }
    const std::optional<SigningAlgorithm> algorithm = AlgorithmOf(member);
    if (!algorithm.has_value()) continue;
    Jwk jwk = ImportJwk(member);
    if (jwk == nullptr) return fail("not a valid public key");
    if (*algorithm == SigningAlgorithm::kRs256 && cjose_jwk_get_keysize(jwk.get(), nullptr) < kRsaBitsMin) {
      return fail("an RSA key needs at least 2048 bits");
    }
    const std::string key_id = StringMember(member, "kid");
    if (!key_id.empty() && !key_ids.insert(key_id).second) return fail("its \"kid\" is there twice");
    if (keys->size() == kKeysMax) return absl::InvalidArgumentError("JWK set: more than 64 keys");
    keys->push_back({std::shared_ptr<const cjose_jwk_t>(std::move(jwk)), *algorithm, key_id});
  }
  if (keys->empty()) {
    return absl::InvalidArgumentError("JWK set: no key for ES256 (EC, P-256) or RS256 (RSA)");
  }
  return JwkSet(std::move(keys));
}

std::size_t JwkSet::size() const { return keys_->size(); }

}  // namespace smartcontacts::crypto
