// What is at rest: sealed values and keyed tags, under a tenant's data key.

#ifndef SMART_CONTACTS_CRYPTO_SEALING_H_
#define SMART_CONTACTS_CRYPTO_SEALING_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

// A keyed tag: equal values have equal tags, and without the key a tag tells nothing.
struct Tag {
  static constexpr std::size_t kSize = 16;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const Tag&, const Tag&) = default;
  friend auto operator<=>(const Tag&, const Tag&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Tag& tag) {
    return H::combine(std::move(state), tag.bytes);
  }
};

// Seals with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha, as libsodium has it).
//
//   sealed = nonce (24 bytes, random) || ciphertext (the plaintext's size) || authenticator (16
//   bytes)
//
// `context` is authenticated but not stored: it says which row and column the value belongs to, so
// that a sealed value moved to another place does not open. Safe for concurrent use.
class Sealer {
 public:
  static constexpr std::size_t kOverhead = 24 + 16;

  explicit Sealer(SecretKey key) : key_(std::move(key)) {}

  std::string Seal(absl::string_view plaintext, absl::string_view context) const;
  // DATA_LOSS if `sealed` was not made by Seal() with this key and context.
  absl::StatusOr<std::string> Open(absl::string_view sealed, absl::string_view context) const;

 private:
  SecretKey key_;
};

// Computes tags: BLAKE2b-128 keyed (RFC 7693). Safe for concurrent use. Cannot fail.
class Tagger {
 public:
  explicit Tagger(SecretKey key) : key_(std::move(key)) {}

  Tag operator()(absl::string_view value) const;

 private:
  SecretKey key_;
};

// Authenticates text that anybody may read: BLAKE2b-256 keyed (RFC 7693). Safe for concurrent use.
// Cannot fail.
class KeyedHash {
 public:
  static constexpr std::size_t kSize = 32;

  explicit KeyedHash(SecretKey key) : key_(std::move(key)) {}

  std::array<std::uint8_t, kSize> operator()(absl::string_view text) const;

 private:
  SecretKey key_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SEALING_H_
