// The client's side of the OPRF and VOPRF (RFC 9497, section 3.3): it holds inputs and blinds.

#ifndef SMART_CONTACTS_CRYPTO_OPRF_CLIENT_H_
#define SMART_CONTACTS_CRYPTO_OPRF_CLIENT_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/oprf.h"
#include "crypto/oprf_group.h"
#include "crypto/secret_scalars.h"

namespace smartcontacts::crypto {

// A batch on its way: `elements` are sent to the server, `blinds` are kept for Finalize() and never
// used for another batch. Whoever has a blind and its element can try inputs.
struct BlindedBatch {
  SecretScalars blinds;
  std::vector<BlindedElement> elements;
};

// Mode 0: the client has to trust that the server uses its one key. Immutable; safe for concurrent
// use.
class OprfClient {
 public:
  OprfClient() : context_(OprfMode::kOprf) {}

  // Blind (section 3.3.1), with a blind of its own for each input. INVALID_ARGUMENT if there are no
  // inputs or more than kOprfBatchSizeMax; or, with the index (RefusedIndex()), if one is longer
  // than kOprfInputSizeMax or maps to the identity.
  absl::StatusOr<BlindedBatch> Blind(absl::Span<const absl::string_view> inputs) const;
  // With given blinds, for known answers only. INVALID_ARGUMENT as well if there are not as many.
  absl::StatusOr<BlindedBatch> BlindWith(SecretScalars blinds,
                                         absl::Span<const absl::string_view> inputs) const;

  // Finalize (section 3.3.1): the outputs for `inputs`, which are those that `batch` was made from.
  // INVALID_ARGUMENT if the three are not of one size; or, with the index (RefusedIndex()), if an
  // evaluated element is not valid, is not in its one encoding, or is the identity.
  absl::StatusOr<std::vector<OprfOutput>> Finalize(
      absl::Span<const absl::string_view> inputs, const BlindedBatch& batch,
      absl::Span<const EvaluatedElement> evaluated) const;

 private:
  OprfContext context_;
};

// Mode 1: the server proves that it used the key that everybody's clients know. Immutable; safe for
// concurrent use.
class VoprfClient {
 public:
  // INVALID_ARGUMENT if `key` is no element of the group in its one encoding, or the identity.
  static absl::StatusOr<VoprfClient> Create(const OprfPublicKey& key);

  // As OprfClient's (section 3.3.2).
  absl::StatusOr<BlindedBatch> Blind(absl::Span<const absl::string_view> inputs) const;
  absl::StatusOr<BlindedBatch> BlindWith(SecretScalars blinds,
                                         absl::Span<const absl::string_view> inputs) const;

  // VerifyProof (section 2.2.2): whether the whole batch was evaluated with the key of the public
  // key. INVALID_ARGUMENT if an element (RefusedIndex()) or a scalar of the proof is not valid, or
  // the sizes differ; DATA_LOSS if the proof does not hold: the server misbehaves, and asking again
  // does not help.
  absl::Status VerifyProof(absl::Span<const BlindedElement> blinded,
                           absl::Span<const EvaluatedElement> evaluated,
                           const OprfProof& proof) const;

  // Finalize (section 3.3.2): verifies, then as OprfClient's. Errors of both.
  absl::StatusOr<std::vector<OprfOutput>> Finalize(absl::Span<const absl::string_view> inputs,
                                                   const BlindedBatch& batch,
                                                   absl::Span<const EvaluatedElement> evaluated,
                                                   const OprfProof& proof) const;

 private:
  explicit VoprfClient(const OprfPublicKey& key) : context_(OprfMode::kVoprf), key_(key) {}

  OprfContext context_;
  OprfPublicKey key_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_OPRF_CLIENT_H_
