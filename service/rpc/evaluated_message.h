// The answer to a batch of blinded elements, unary or in a stream.

#ifndef SMART_CONTACTS_SERVICE_RPC_EVALUATED_MESSAGE_H_
#define SMART_CONTACTS_SERVICE_RPC_EVALUATED_MESSAGE_H_

#include <cstdint>

#include "service/private_match/blind_evaluator.h"

namespace smartcontacts::service {

// EvaluateBlindedResponse and EvaluateBlindedStreamResponse have the same fields.
template <typename Response>
Response EvaluatedMessage(const EvaluatedBatch& batch, std::int64_t epoch) {
  Response message;
  message.set_evaluated_elements(batch.elements.data(),
                                 batch.elements.size() * crypto::EvaluatedElement::kSize);
  message.set_proof(batch.proof.bytes.data(), batch.proof.bytes.size());
  message.set_public_key(batch.public_key.bytes.data(), batch.public_key.bytes.size());
  message.set_epoch(epoch);
  return message;
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_EVALUATED_MESSAGE_H_
