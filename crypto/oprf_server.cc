#include "crypto/oprf_server.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "crypto/declassify.h"
#include "crypto/oprf_proof.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

constexpr std::size_t kInfoSizeMax = 65535;
constexpr int kDeriveAttemptsMax = 256;

absl::Status NoProofs() {
  return absl::FailedPreconditionError("mode 0 (OPRF) has no proofs; mode 1 (VOPRF) has");
}

// Adds up shares that are the parts of one batch.
absl::StatusOr<ElementBytes> SumOfShares(absl::Span<const ProofShare> shares) {
  ElementBytes sum{};
  std::size_t index = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].first_index != index || shares[i].count == 0) {
      return Refused(i, "share", "does not begin where the one before ends");
    }
    index += shares[i].count;
    RETURN_IF_ERROR(CheckBatchSize(index));
    if (crypto_core_ristretto255_add(sum.data(), sum.data(), shares[i].sum.data()) != 0) {
      return RefusedElement(i, "share");
    }
  }
  RETURN_IF_ERROR(CheckBatchSize(index));
  return sum;
}

}  // namespace

OprfServer::OprfServer(OprfMode mode, SecretScalars key)
    : mode_(mode), context_(mode), key_(std::move(key)) {
  MultiplyGenerator(key_[0], public_key_.bytes.data());
  // The public key is published.
  Declassify(public_key_.bytes.data(), public_key_.bytes.size());
}

absl::StatusOr<OprfServer> OprfServer::FromSeed(OprfMode mode, const SecretKey& seed,
                                                absl::string_view info) {
  static_assert(SecretKey::kSize == 32, "DeriveKeyPair takes a seed of 32 bytes");
  if (info.size() > kInfoSizeMax) {
    return absl::InvalidArgumentError("the info of a key is longer than 65535 bytes");
  }
  const OprfContext context(mode);
  SecretScalars key(1);
  for (int counter = 0; counter < kDeriveAttemptsMax; ++counter) {
    const std::array<std::uint8_t, 1> attempt = {static_cast<std::uint8_t>(counter)};
    context.HashToKey({View(seed.bytes()), View(TwoBytes(info.size())), info, View(attempt)},
                      key[0]);
    // That a key is not zero is true of every key.
    if (!Declassified(sodium_is_zero(key[0], SecretScalars::kScalarSize) != 0)) {
      return OprfServer(mode, std::move(key));
    }
  }
  return absl::InternalError("no key could be derived from the seed");
}

absl::StatusOr<OprfServer> OprfServer::FromScalar(OprfMode mode,
                                                  absl::Span<const std::uint8_t> key) {
  if (key.size() != SecretScalars::kScalarSize) {
    return absl::InvalidArgumentError("an OPRF key has 32 bytes");
  }
  ASSIGN_OR_RETURN(SecretScalars scalar, SecretScalars::FromBytes(key));
  return OprfServer(mode, std::move(scalar));
}

absl::Status OprfServer::EvaluateElements(absl::Span<const BlindedElement> blinded,
                                          absl::Span<EvaluatedElement> evaluated) const {
  if (blinded.size() != evaluated.size()) {
    std::fill(evaluated.begin(), evaluated.end(), EvaluatedElement{});
    return absl::InvalidArgumentError("there is not as much room as there are blinded elements");
  }
  for (std::size_t i = 0; i < blinded.size(); ++i) {
    if (!MultiplyReceived(key_[0], blinded[i].bytes.data(), evaluated[i].bytes.data())) {
      std::fill(evaluated.begin(), evaluated.end(), EvaluatedElement{});
      return RefusedElement(i, "blinded element");
    }
  }
  // They are sent to the client.
  Declassify(evaluated.data(), evaluated.size() * EvaluatedElement::kSize);
  return absl::OkStatus();
}

absl::StatusOr<ProofShare> OprfServer::ShareOfProof(
    std::size_t first_index, absl::Span<const BlindedElement> blinded,
    absl::Span<const EvaluatedElement> evaluated) const {
  if (mode_ != OprfMode::kVoprf) return NoProofs();
  RETURN_IF_ERROR(CheckBatchSize(blinded.size()));
  if (blinded.size() != evaluated.size()) {
    return absl::InvalidArgumentError("there are not as many evaluated as blinded elements");
  }
  if (first_index > kOprfBatchSizeMax - blinded.size()) {
    return absl::InvalidArgumentError("a batch has 1 to 65535 elements");
  }
  const CompositeWeights weights(context_, public_key_);
  ProofShare share{first_index, blinded.size(), {}};
  for (std::size_t i = 0; i < blinded.size(); ++i) {
    const ScalarBytes weight = weights.Weight(first_index + i, blinded[i], evaluated[i]);
    if (!AddWeighted(weight, blinded[i].bytes.data(), share.sum)) {
      return RefusedElement(i, "blinded element");
    }
  }
  return share;
}

absl::StatusOr<OprfProof> OprfServer::Prove(absl::Span<const ProofShare> shares) const {
  return ProveWith(SecretScalars::Random(1), shares);
}

absl::StatusOr<OprfProof> OprfServer::Prove(absl::Span<const BlindedElement> blinded,
                                            absl::Span<const EvaluatedElement> evaluated) const {
  ASSIGN_OR_RETURN(const ProofShare share, ShareOfProof(0, blinded, evaluated));
  return Prove(absl::MakeConstSpan(&share, 1));
}

absl::StatusOr<OprfProof> OprfServer::ProveWith(const SecretScalars& nonce,
                                                absl::Span<const ProofShare> shares) const {
  if (mode_ != OprfMode::kVoprf) return NoProofs();
  if (nonce.size() != 1) return absl::InvalidArgumentError("a proof takes one nonce");
  ASSIGN_OR_RETURN(const ElementBytes m, SumOfShares(shares));
  ElementBytes z;
  ElementBytes t2;
  ElementBytes t3;
  if (!MultiplyReceived(key_[0], m.data(), z.data()) || !MultiplyGenerator(nonce[0], t2.data()) ||
      !MultiplyReceived(nonce[0], m.data(), t3.data())) {
    return absl::InternalError("the weighted sum of a batch is the identity");
  }
  // Whoever verifies the proof computes all three.
  for (const ElementBytes* element : {&z, &t2, &t3}) Declassify(element->data(), element->size());

  const ScalarBytes c = Challenge(context_, public_key_, m, z, t2, t3);
  // s = r - c * k
  SecretScalars product(1);
  ScalarBytes s;
  crypto_core_ristretto255_scalar_mul(product[0], c.data(), key_[0]);
  crypto_core_ristretto255_scalar_sub(s.data(), nonce[0], product[0]);
  // The proof is sent to the client.
  Declassify(s.data(), s.size());

  OprfProof proof{};
  std::copy(s.begin(), s.end(), std::copy(c.begin(), c.end(), proof.bytes.begin()));
  return proof;
}

absl::StatusOr<OprfOutput> OprfServer::Evaluate(absl::string_view input) const {
  RETURN_IF_ERROR(CheckInput(0, input));
  WipedBytes<BlindedElement::kSize> element;
  WipedBytes<EvaluatedElement::kSize> issued;
  if (!context_.HashToGroup(input, element.bytes) ||
      !MultiplySecret(key_[0], element.bytes, issued.bytes)) {
    return Refused(0, "input", "maps to the identity element");
  }
  OprfOutput output;
  FinalizeHash(input, issued.bytes, output);
  return output;
}

}  // namespace smartcontacts::crypto
