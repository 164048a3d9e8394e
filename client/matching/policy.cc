#include "client/matching/policy.h"

#include <algorithm>

#include "smartcontacts/v1/policy_service.grpc.pb.h"

namespace smartcontacts::client {

absl::StatusOr<v1::GetPolicyResponse> FetchPolicy(const Connection& connection) {
  const auto stub = v1::PolicyService::NewStub(connection.channel());
  v1::GetPolicyResponse policy;
  const grpc::Status status = stub->GetPolicy(connection.NewCall().get(), {}, &policy);
  if (!status.ok()) return ToStatus(status);
  return policy;
}

DialPlan DialPlanOf(const v1::DialPlan& message) {
  return {message.default_region(),  message.outside_line_prefix(), message.international_prefix(),
          message.national_prefix(), message.extension_pattern(),   message.phone_context()};
}

absl::StatusOr<crypto::EpochSalt> SaltOf(const v1::Epoch& epoch) {
  if (epoch.digest_algorithm() != v1::DIGEST_ALGORITHM_HMAC_SHA256_128) {
    return absl::UnimplementedError(
        "the service wants a digest algorithm that this client does not know: update the client");
  }
  if (epoch.salt().size() != crypto::EpochSalt::kSize) {
    return absl::InternalError("the service sent a salt of a wrong size");
  }
  crypto::EpochSalt salt{};
  std::copy(epoch.salt().begin(), epoch.salt().end(), salt.bytes.begin());
  return salt;
}

}  // namespace smartcontacts::client
