// The server's side of the OPRF and VOPRF (RFC 9497, section 3.3): it holds a key.

#ifndef SMART_CONTACTS_CRYPTO_OPRF_SERVER_H_
#define SMART_CONTACTS_CRYPTO_OPRF_SERVER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/oprf.h"
#include "crypto/oprf_group.h"
#include "crypto/secret.h"
#include "crypto/secret_scalars.h"

namespace smartcontacts::crypto {

// What a piece of a batch adds to the proof of the batch.
struct ProofShare {
  std::size_t first_index = 0;
  std::size_t count = 0;
  std::array<std::uint8_t, 32> sum{};
};

// Immutable and safe for concurrent use. A large batch is cut into pieces: each is evaluated and
// given its share of the proof on its own, on whatever thread; then one proof is made of the
// shares. That takes as long for a thousand elements as for one.
class OprfServer {
 public:
  // DeriveKeyPair (section 3.2.1). `info` is public and at most 65535 bytes: INVALID_ARGUMENT if it
  // is longer. INTERNAL if 256 attempts give no key, which nobody will see.
  static absl::StatusOr<OprfServer> FromSeed(OprfMode mode, const SecretKey& seed,
                                             absl::string_view info);
  // With a key that exists: a scalar of 32 bytes. INVALID_ARGUMENT if it is not one, zero, or not
  // less than the group's order. The caller wipes its own copy.
  static absl::StatusOr<OprfServer> FromScalar(OprfMode mode, absl::Span<const std::uint8_t> key);

  // What clients of mode 1 verify proofs with.
  const OprfPublicKey& public_key() const { return public_key_; }

  // BlindEvaluate without the proof (sections 3.3.1 and 3.3.2): evaluated[i] from blinded[i].
  // INVALID_ARGUMENT if the spans are not of one size; or, with the index (RefusedIndex()), if an
  // element is not valid, is not in its one encoding, or is the identity. On failure `evaluated` is
  // all zeros.
  absl::Status EvaluateElements(absl::Span<const BlindedElement> blinded,
                                absl::Span<EvaluatedElement> evaluated) const;

  // The share of elements that EvaluateElements() evaluated, the first of which is `first_index` in
  // its batch (ComputeCompositesFast, section 2.2.1, for a part of the sum). INVALID_ARGUMENT if
  // the spans are empty or not of one size, end after kOprfBatchSizeMax, or have an invalid element
  // (RefusedIndex()); FAILED_PRECONDITION in mode 0, which has no proofs.
  absl::StatusOr<ProofShare> ShareOfProof(std::size_t first_index,
                                          absl::Span<const BlindedElement> blinded,
                                          absl::Span<const EvaluatedElement> evaluated) const;

  // GenerateProof (section 2.2.1) over the shares of a batch, in their order. INVALID_ARGUMENT if
  // they do not begin at 0 or one does not begin where the one before ends (RefusedIndex());
  // FAILED_PRECONDITION in mode 0; INTERNAL if the sum is the identity, which nobody will see.
  absl::StatusOr<OprfProof> Prove(absl::Span<const ProofShare> shares) const;
  // The same in one go. Errors of both.
  absl::StatusOr<OprfProof> Prove(absl::Span<const BlindedElement> blinded,
                                  absl::Span<const EvaluatedElement> evaluated) const;
  // With a given nonce, for known answers only: two proofs with one nonce tell the key.
  absl::StatusOr<OprfProof> ProveWith(const SecretScalars& nonce,
                                      absl::Span<const ProofShare> shares) const;

  // Evaluate (section 3.3.1): the output for an input of the server's own. INVALID_ARGUMENT if it
  // is longer than kOprfInputSizeMax or maps to the identity.
  absl::StatusOr<OprfOutput> Evaluate(absl::string_view input) const;

 private:
  OprfServer(OprfMode mode, SecretScalars key);

  OprfMode mode_;
  OprfContext context_;
  SecretScalars key_;
  OprfPublicKey public_key_{};
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_OPRF_SERVER_H_
