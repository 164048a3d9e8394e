// Signatures that others check: Ed25519 (RFC 8032) over the ASCII text of what the signature is
// for, a zero byte, and the message. So a signature of one purpose is none of another.

#ifndef SMART_CONTACTS_CRYPTO_SIGNING_H_
#define SMART_CONTACTS_CRYPTO_SIGNING_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

enum class SignaturePurpose {
  kReceipt,          // "smart-contacts receipt v1"
  kSealedDirectory,  // "smart-contacts sealed directory v1"
};

// Safe for concurrent use. Cannot fail.
class Signer {
 public:
  static constexpr std::size_t kSignatureSize = 64;
  static constexpr std::size_t kPublicKeySize = 32;
  static constexpr std::size_t kKeyIdSize = 8;
  using Signature = std::array<std::uint8_t, kSignatureSize>;
  using PublicKey = std::array<std::uint8_t, kPublicKeySize>;
  // Names the key: the first bytes of the public key's SHA-256.
  using KeyId = std::array<std::uint8_t, kKeyIdSize>;

  Signer(SecretKey seed, SignaturePurpose purpose);

  Signature Sign(absl::string_view message) const;
  const PublicKey& public_key() const { return public_key_; }
  const KeyId& key_id() const { return key_id_; }

  // Whether `signature` (of any size) is one of `public_key` for `purpose` over `message`. Needs no
  // secret.
  static bool Verify(SignaturePurpose purpose, absl::string_view message,
                     absl::string_view signature, const PublicKey& public_key);

 private:
  const SecretKey seed_;
  const SignaturePurpose purpose_;
  PublicKey public_key_{};
  KeyId key_id_{};
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SIGNING_H_
