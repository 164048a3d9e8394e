// The keys that are the service's own and no tenant's: they have to outlive every tenant, because
// they prove that one was purged. Safe for concurrent use.

#ifndef SMART_CONTACTS_CRYPTO_SERVICE_KEYS_H_
#define SMART_CONTACTS_CRYPTO_SERVICE_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "crypto/sealing.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

// Signs receipts of erasure: Ed25519 (RFC 8032) over the ASCII text "smart-contacts receipt v1", a
// zero byte, and the statement.
class ReceiptSigner {
 public:
  static constexpr std::size_t kSignatureSize = 64;
  static constexpr std::size_t kPublicKeySize = 32;
  static constexpr std::size_t kKeyIdSize = 8;
  using Signature = std::array<std::uint8_t, kSignatureSize>;
  using PublicKey = std::array<std::uint8_t, kPublicKeySize>;
  // Names the key: the first bytes of the public key's SHA-256.
  using KeyId = std::array<std::uint8_t, kKeyIdSize>;

  explicit ReceiptSigner(SecretKey seed);

  Signature Sign(absl::string_view statement) const;
  const PublicKey& public_key() const { return public_key_; }
  const KeyId& key_id() const { return key_id_; }

  // Whether `signature` (of any size) is one of `public_key` over `statement`. Needs no secret.
  static bool Verify(absl::string_view statement, absl::string_view signature,
                     const PublicKey& public_key);

 private:
  const SecretKey seed_;
  PublicKey public_key_{};
  KeyId key_id_{};
};

class ServiceKeys {
 public:
  explicit ServiceKeys(const SecretKey& service_key)
      : receipt_signer(service_key.Derive("smart-contacts/service/receipt-signature/v1")),
        audit_chain(service_key.Derive("smart-contacts/service/audit-chain/v1")) {}

  const ReceiptSigner receipt_signer;
  // Chains the entries of the audit log.
  const KeyedHash audit_chain;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SERVICE_KEYS_H_
