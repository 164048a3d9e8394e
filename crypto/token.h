// Bearer tokens: JSON Web Tokens (RFC 7519) signed with ES256 or RS256 (RFC 7515, RFC 7518). The
// JOSE work is cjose's; this file decides what is accepted. No function repeats a token or a claim
// in an error.

#ifndef SMART_CONTACTS_CRYPTO_TOKEN_H_
#define SMART_CONTACTS_CRYPTO_TOKEN_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smartcontacts::crypto {

enum class SigningAlgorithm { kEs256, kRs256 };

// The public keys tokens are verified with (RFC 7517). Immutable; copies share the keys; safe for
// concurrent use.
class JwkSet {
 public:
  static constexpr std::size_t kKeysMax = 64;
  static constexpr std::size_t kTextSizeMax = 1 << 20;

  // Reads a JWK set. Keys that cannot sign ES256 or RS256, or are not for signatures, are passed
  // over. INVALID_ARGUMENT, naming the key by its position, for a symmetric or private key (which
  // has no place in this file), an RSA key of less than 2048 or more than 8192 bits, a `kid` that
  // is there twice, or no usable key.
  static absl::StatusOr<JwkSet> Parse(absl::string_view json);

  std::size_t size() const;

  // Internal to crypto/.
  struct Key;
  const std::vector<Key>& keys() const { return *keys_; }

 private:
  explicit JwkSet(std::shared_ptr<const std::vector<Key>> keys) : keys_(std::move(keys)) {}
  std::shared_ptr<const std::vector<Key>> keys_;
};

// What a token must satisfy beside its signature.
struct TokenRules {
  std::string audience;                       // must be (among) `aud`
  std::optional<std::string> issuer;          // if set: must be `iss`
  absl::Duration leeway = absl::Seconds(60);  // for clocks that differ
};

// The claims of a verified token that are strings.
using TokenClaims = std::map<std::string, std::string>;

inline constexpr std::size_t kTokenSizeMax = 8 * 1024;

// Verifies a compact JWS and its claims. `exp` is required; `nbf` and `iat` must not lie in the
// future; a `crit` header and any algorithm but the key's own are refused. A token without `kid` is
// tried with every key of its algorithm; a key without `kid` is tried for every token. Errors:
//   DEADLINE_EXCEEDED  the token was valid once
//   UNAUTHENTICATED    anything else
absl::StatusOr<TokenClaims> VerifyToken(const JwkSet& keys, absl::string_view token,
                                        const TokenRules& rules, absl::Time now);

// A new private key as a JWK (RFC 7517) with `kid`. RSA keys have 2048 bits. INVALID_ARGUMENT if
// `kid` is not 1 to 128 printable ASCII characters.
absl::StatusOr<std::string> GenerateSigningKey(SigningAlgorithm algorithm, const std::string& kid);

// The JWK set with the public half of a private JWK. INVALID_ARGUMENT if it is no such key.
absl::StatusOr<std::string> PublicJwkSet(absl::string_view private_jwk);

// Signs `claims` (a JSON object) with a private JWK. INVALID_ARGUMENT if it is no such key.
absl::StatusOr<std::string> SignToken(absl::string_view private_jwk, absl::string_view claims);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_TOKEN_H_
