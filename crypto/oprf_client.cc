#include "crypto/oprf_client.h"

#include <sodium.h>

#include <utility>

#include "crypto/declassify.h"
#include "crypto/oprf_proof.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

// blindedElement = blind * HashToGroup(input)
absl::StatusOr<BlindedBatch> BlindInputs(const OprfContext& context, SecretScalars blinds,
                                         absl::Span<const absl::string_view> inputs) {
  RETURN_IF_ERROR(CheckBatchSize(inputs.size()));
  if (blinds.size() != inputs.size()) {
    return absl::InvalidArgumentError("there are not as many blinds as inputs");
  }
  std::vector<BlindedElement> elements(inputs.size());
  WipedBytes<BlindedElement::kSize> element;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    RETURN_IF_ERROR(CheckInput(i, inputs[i]));
    if (!context.HashToGroup(inputs[i], element.bytes) ||
        !MultiplySecret(blinds[i], element.bytes, elements[i].bytes)) {
      return Refused(i, "input", "maps to the identity element");
    }
  }
  // They are sent to the server, and tell nothing without the blinds.
  Declassify(elements.data(), elements.size() * BlindedElement::kSize);
  return BlindedBatch{std::move(blinds), std::move(elements)};
}

absl::StatusOr<BlindedBatch> BlindRandomly(const OprfContext& context,
                                           absl::Span<const absl::string_view> inputs) {
  RETURN_IF_ERROR(CheckBatchSize(inputs.size()));
  return BlindInputs(context, SecretScalars::Random(inputs.size()), inputs);
}

absl::Status CheckSizes(absl::Span<const absl::string_view> inputs, const BlindedBatch& batch,
                        absl::Span<const EvaluatedElement> evaluated) {
  RETURN_IF_ERROR(CheckBatchSize(inputs.size()));
  if (batch.blinds.size() != inputs.size() || batch.elements.size() != inputs.size() ||
      evaluated.size() != inputs.size()) {
    return absl::InvalidArgumentError(
        "there are not as many blinds and evaluated elements as inputs");
  }
  return absl::OkStatus();
}

// unblindedElement = ScalarInverse(blind) * evaluatedElement
absl::StatusOr<std::vector<OprfOutput>> Unblind(absl::Span<const absl::string_view> inputs,
                                                const SecretScalars& blinds,
                                                absl::Span<const EvaluatedElement> evaluated) {
  std::vector<OprfOutput> outputs(inputs.size());
  SecretScalars inverse(1);
  WipedBytes<EvaluatedElement::kSize> element;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    RETURN_IF_ERROR(CheckInput(i, inputs[i]));
    crypto_core_ristretto255_scalar_invert(inverse[0], blinds[i]);
    if (!MultiplyReceived(inverse[0], evaluated[i].bytes.data(), element.bytes.data())) {
      return RefusedElement(i, "evaluated element");
    }
    FinalizeHash(inputs[i], element.bytes, outputs[i]);
  }
  return outputs;
}

}  // namespace

absl::StatusOr<BlindedBatch> OprfClient::Blind(absl::Span<const absl::string_view> inputs) const {
  return BlindRandomly(context_, inputs);
}

absl::StatusOr<BlindedBatch> OprfClient::BlindWith(
    SecretScalars blinds, absl::Span<const absl::string_view> inputs) const {
  return BlindInputs(context_, std::move(blinds), inputs);
}

absl::StatusOr<std::vector<OprfOutput>> OprfClient::Finalize(
    absl::Span<const absl::string_view> inputs, const BlindedBatch& batch,
    absl::Span<const EvaluatedElement> evaluated) const {
  RETURN_IF_ERROR(CheckSizes(inputs, batch, evaluated));
  return Unblind(inputs, batch.blinds, evaluated);
}

absl::StatusOr<VoprfClient> VoprfClient::Create(const OprfPublicKey& key) {
  RETURN_IF_ERROR(CheckPublicKey(key));
  return VoprfClient(key);
}

absl::StatusOr<BlindedBatch> VoprfClient::Blind(absl::Span<const absl::string_view> inputs) const {
  return BlindRandomly(context_, inputs);
}

absl::StatusOr<BlindedBatch> VoprfClient::BlindWith(
    SecretScalars blinds, absl::Span<const absl::string_view> inputs) const {
  return BlindInputs(context_, std::move(blinds), inputs);
}

absl::Status VoprfClient::VerifyProof(absl::Span<const BlindedElement> blinded,
                                      absl::Span<const EvaluatedElement> evaluated,
                                      const OprfProof& proof) const {
  return crypto::VerifyProof(context_, key_, blinded, evaluated, proof);
}

absl::StatusOr<std::vector<OprfOutput>> VoprfClient::Finalize(
    absl::Span<const absl::string_view> inputs, const BlindedBatch& batch,
    absl::Span<const EvaluatedElement> evaluated, const OprfProof& proof) const {
  RETURN_IF_ERROR(CheckSizes(inputs, batch, evaluated));
  RETURN_IF_ERROR(VerifyProof(batch.elements, evaluated, proof));
  return Unblind(inputs, batch.blinds, evaluated);
}

}  // namespace smartcontacts::crypto
