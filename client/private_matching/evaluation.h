// Has identifiers evaluated without showing them.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_EVALUATION_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/connection/connection.h"
#include "crypto/oprf.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

// Evaluates `identifiers` (each once) in the policy's epoch, in random order, and calls `on_output`
// with each one's output, batch by batch; what was handed over is proven to be of `key`, also if
// there is an error later. All the service learns is how many there are.
//
// Errors are ToStatus()'s; Misbehaviour() if an answer is not what was asked for, names another key
// than `key`, or does not prove that it was used; INTERNAL if the policy allows no evaluation.
absl::Status EvaluateIdentifiers(
    const Connection& connection, const v1::GetPolicyResponse& policy,
    const crypto::OprfPublicKey& key, std::vector<std::string> identifiers,
    const std::function<void(const std::string& identifier, crypto::OprfOutput output)>& on_output);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_EVALUATION_H_
