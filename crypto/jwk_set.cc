#include <algorithm>
#include <bit>
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

constexpr std::size_t kRsaBitsMin = 2048;
constexpr std::size_t kRsaBitsMax = 8192;
constexpr absl::string_view kInvalidKey = "not a valid public key";

// The members of RFC 7518, section 6, that only private and symmetric keys have.
bool IsSecret(const nlohmann::json& key) {
  constexpr const char* kSecretMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  return StringMember(key, "kty") == "oct" ||
         std::any_of(std::begin(kSecretMembers), std::end(kSecretMembers),
                     [&key](const char* member) { return key.contains(member); });
}

// Whether the key says that it is not for checking signatures (RFC 7517, sections 4.2 and 4.3).
bool IsForOtherUse(const nlohmann::json& key) {
  const std::string use = StringMember(key, "use");
  if (!use.empty() && use != "sig") return true;
  const auto operations = key.find("key_ops");
  return operations != key.end() &&
         std::find(operations->begin(), operations->end(), "verify") == operations->end();
}

// What a key can sign with; nothing if it is of no use here.
std::optional<SigningAlgorithm> AlgorithmOf(const nlohmann::json& key) {
  if (IsForOtherUse(key)) return std::nullopt;
  const std::string type = StringMember(key, "kty");
  const std::string algorithm = StringMember(key, "alg");
  if (type == "EC" && StringMember(key, "crv") == "P-256" &&
      (algorithm.empty() || algorithm == "ES256")) {
    return SigningAlgorithm::kEs256;
  }
  if (type == "RSA" && (algorithm.empty() || algorithm == "RS256")) {
    return SigningAlgorithm::kRs256;
  }
  return std::nullopt;
}

// What is wrong with an RSA key; empty if nothing. cjose takes any numbers, counts leading zeros as
// bits of the modulus, and under the exponent 1 anybody can sign.
absl::string_view RsaFault(const nlohmann::json& key) {
  const std::string modulus = DecodeBase64Url(StringMember(key, "n")).value_or("");
  const std::string exponent = DecodeBase64Url(StringMember(key, "e")).value_or("");
  if (modulus.empty() || exponent.empty()) return kInvalidKey;
  const auto leading_zeros = std::countl_zero(static_cast<std::uint8_t>(modulus.front()));
  const std::size_t bits = modulus.size() * 8 - static_cast<std::size_t>(leading_zeros);
  if (modulus.front() == 0 || bits < kRsaBitsMin) return "an RSA key needs at least 2048 bits";
  if (bits > kRsaBitsMax) return "an RSA key may have at most 8192 bits";
  const bool exponent_is_one =
      exponent.find_first_not_of('\0') == exponent.size() - 1 && exponent.back() == 1;
  if (exponent_is_one || exponent.back() % 2 == 0) return kInvalidKey;
  return "";
}

// Reads one member of "keys". INVALID_ARGUMENT with what is wrong with it; nothing if it is of no
// use here.
absl::StatusOr<std::optional<JwkSet::Key>> ReadKey(const nlohmann::json& json) {
  if (!json.is_object()) return absl::InvalidArgumentError("no JSON object");
  if (IsSecret(json)) {
    return absl::InvalidArgumentError(
        "a private or symmetric key has no place in this file; publish the public half");
  }
  const std::optional<SigningAlgorithm> algorithm = AlgorithmOf(json);
  if (!algorithm.has_value()) return std::nullopt;
  const absl::string_view fault = *algorithm == SigningAlgorithm::kRs256 ? RsaFault(json) : "";
  if (!fault.empty()) return absl::InvalidArgumentError(fault);
  Jwk jwk = ImportJwk(json);
  if (jwk == nullptr) return absl::InvalidArgumentError(kInvalidKey);
  return JwkSet::Key{std::shared_ptr<const cjose_jwk_t>(std::move(jwk)), *algorithm,
                     StringMember(json, "kid")};
}

}  // namespace

absl::StatusOr<JwkSet> JwkSet::Parse(absl::string_view json) {
  if (json.size() > kTextSizeMax) return absl::InvalidArgumentError("JWK set: larger than 1 MiB");
  const absl::StatusOr<nlohmann::json> set = ParseObject(json);
  if (!set.ok() || !set->contains("keys") || !(*set)["keys"].is_array()) {
    return absl::InvalidArgumentError(
        "JWK set: expected a JSON object with an array \"keys\" (RFC 7517)");
  }
  auto keys = std::make_shared<std::vector<Key>>();
  std::set<std::string> key_ids;
  int position = 0;
  for (const nlohmann::json& member : (*set)["keys"]) {
    ++position;
    const auto fail = [position](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat("JWK set: key ", position, ": ", what));
    };
    absl::StatusOr<std::optional<Key>> key = ReadKey(member);
    if (!key.ok()) return fail(key.status().message());
    if (!key->has_value()) continue;
    const std::string& key_id = (*key)->key_id;
    if (!key_id.empty() && !key_ids.insert(key_id).second)
      return fail("its \"kid\" is there twice");
    if (keys->size() == kKeysMax) return absl::InvalidArgumentError("JWK set: more than 64 keys");
    keys->push_back(**std::move(key));
  }
  if (keys->empty()) {
    return absl::InvalidArgumentError("JWK set: no key for ES256 (EC, P-256) or RS256 (RSA)");
  }
  return JwkSet(std::move(keys));
}

std::size_t JwkSet::size() const { return keys_->size(); }

}  // namespace smartcontacts::crypto
