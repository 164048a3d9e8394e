// A tenant's policy as the client needs it.

#ifndef SMART_CONTACTS_CLIENT_MATCHING_POLICY_H_
#define SMART_CONTACTS_CLIENT_MATCHING_POLICY_H_

#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "crypto/digest.h"
#include "domain/dial_plan.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

// Asks the service. The error is ToStatus()'s.
absl::StatusOr<v1::GetPolicyResponse> FetchPolicy(const Connection& connection);

DialPlan DialPlanOf(const v1::DialPlan& message);

// UNIMPLEMENTED for a digest algorithm this client does not know; INTERNAL for a salt of a wrong
// size.
absl::StatusOr<crypto::EpochSalt> SaltOf(const v1::Epoch& epoch);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_MATCHING_POLICY_H_
