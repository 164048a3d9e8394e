// What both sides of a VOPRF compute for its proof of discrete logarithm equality (RFC 9497,
// section 2.2). Internal to crypto/. All of it is public.

#ifndef SMART_CONTACTS_CRYPTO_OPRF_PROOF_H_
#define SMART_CONTACTS_CRYPTO_OPRF_PROOF_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "crypto/oprf.h"
#include "crypto/oprf_group.h"

namespace smartcontacts::crypto {

// The weights of a batch, bound to the public key.
class CompositeWeights {
 public:
  // `context` has to outlive the object.
  CompositeWeights(const OprfContext& context, const OprfPublicKey& key);

  // d_i of section 2.2.1. `index` is the element's in the whole batch.
  ScalarBytes Weight(std::size_t index, const BlindedElement& blinded,
                     const EvaluatedElement& evaluated) const;

 private:
  const OprfContext& context_;
  std::array<std::uint8_t, 64> seed_;
};

// Adds weight * element to `sum`; the encoding of the identity is 32 zeros. False, with `sum`
// unchanged, if `element` is invalid or the identity.
bool AddWeighted(const ScalarBytes& weight, const std::uint8_t* element, ElementBytes& sum);

// c of section 2.2.1 and 2.2.2.
ScalarBytes Challenge(const OprfContext& context, const OprfPublicKey& key, const ElementBytes& m,
                      const ElementBytes& z, const ElementBytes& t2, const ElementBytes& t3);

// VerifyProof (section 2.2.2), with A the generator and B `key`. INVALID_ARGUMENT if the batch is
// empty, too large, or its halves are not of one size; if an element (RefusedIndex()), the key or a
// scalar of the proof is not valid. DATA_LOSS if all of that is right and the proof does not hold.
absl::Status VerifyProof(const OprfContext& context, const OprfPublicKey& key,
                         absl::Span<const BlindedElement> blinded,
                         absl::Span<const EvaluatedElement> evaluated, const OprfProof& proof);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_OPRF_PROOF_H_
