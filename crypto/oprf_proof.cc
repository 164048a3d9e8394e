#include "crypto/oprf_proof.h"

#include <sodium.h>

#include <algorithm>

#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

// left * left_element + right * right_element. False if a summand is the identity or an element is
// invalid.
bool AddProducts(const ScalarBytes& left, const ElementBytes& left_element,
                 const ScalarBytes& right, const ElementBytes& right_element, ElementBytes& sum) {
  sum = {};
  return AddWeighted(left, left_element.data(), sum) &&
         AddWeighted(right, right_element.data(), sum);
}

}  // namespace

CompositeWeights::CompositeWeights(const OprfContext& context, const OprfPublicKey& key)
    : context_(context) {
  const absl::string_view domain = context.seed_domain();
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, TwoBytes(OprfPublicKey::kSize).data(), 2);
  crypto_hash_sha512_update(&state, key.bytes.data(), OprfPublicKey::kSize);
  crypto_hash_sha512_update(&state, TwoBytes(domain.size()).data(), 2);
  crypto_hash_sha512_update(&state, reinterpret_cast<const unsigned char*>(domain.data()),
                            domain.size());
  crypto_hash_sha512_final(&state, seed_.data());
}

ScalarBytes CompositeWeights::Weight(std::size_t index, const BlindedElement& blinded,
                                     const EvaluatedElement& evaluated) const {
  ScalarBytes weight;
  context_.HashToScalar(
      {View(TwoBytes(seed_.size())), View(seed_), View(TwoBytes(index)),
       View(TwoBytes(BlindedElement::kSize)), View(blinded.bytes),
       View(TwoBytes(EvaluatedElement::kSize)), View(evaluated.bytes), "Composite"},
      weight.data());
  return weight;
}

bool AddWeighted(const ScalarBytes& weight, const std::uint8_t* element, ElementBytes& sum) {
  ElementBytes product;
  if (!MultiplyReceived(weight.data(), element, product.data())) return false;
  return crypto_core_ristretto255_add(sum.data(), sum.data(), product.data()) == 0;
}

ScalarBytes Challenge(const OprfContext& context, const OprfPublicKey& key, const ElementBytes& m,
                      const ElementBytes& z, const ElementBytes& t2, const ElementBytes& t3) {
  const auto size = TwoBytes(BlindedElement::kSize);
  ScalarBytes challenge;
  context.HashToScalar({View(size), View(key.bytes), View(size), View(m), View(size), View(z),
                        View(size), View(t2), View(size), View(t3), "Challenge"},
                       challenge.data());
  return challenge;
}

absl::Status VerifyProof(const OprfContext& context, const OprfPublicKey& key,
                         absl::Span<const BlindedElement> blinded,
                         absl::Span<const EvaluatedElement> evaluated, const OprfProof& proof) {
  RETURN_IF_ERROR(CheckBatchSize(blinded.size()));
  if (blinded.size() != evaluated.size()) {
    return absl::InvalidArgumentError("there are not as many evaluated as blinded elements");
  }
  RETURN_IF_ERROR(CheckPublicKey(key));
  ScalarBytes c;
  ScalarBytes s;
  std::copy_n(proof.bytes.begin(), c.size(), c.begin());
  std::copy_n(proof.bytes.begin() + c.size(), s.size(), s.begin());
  if (!IsCanonicalScalar(c.data()) || !IsCanonicalScalar(s.data())) {
    return absl::InvalidArgumentError("a scalar of the proof is not less than the group's order");
  }

  const CompositeWeights weights(context, key);
  ElementBytes m{};
  ElementBytes z{};
  for (std::size_t i = 0; i < blinded.size(); ++i) {
    const ScalarBytes weight = weights.Weight(i, blinded[i], evaluated[i]);
    if (!AddWeighted(weight, blinded[i].bytes.data(), m)) {
      return RefusedElement(i, "blinded element");
    }
    if (!AddWeighted(weight, evaluated[i].bytes.data(), z)) {
      return RefusedElement(i, "evaluated element");
    }
  }
  // What fails here is a scalar that is zero, or a sum that is the identity: an honest proof has
  // neither, except once in 2^252.
  absl::Status failure = absl::DataLossError(
      "the proof does not hold: the batch was not evaluated with the key of this public key");
  ElementBytes t2;
  ElementBytes t3;
  if (!MultiplyGenerator(s.data(), t2.data()) || !AddWeighted(c, key.bytes.data(), t2) ||
      !AddProducts(s, m, c, z, t3)) {
    return failure;
  }
  return Challenge(context, key, m, z, t2, t3) == c ? absl::OkStatus() : failure;
}

}  // namespace smartcontacts::crypto
