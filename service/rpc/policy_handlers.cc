#include "service/rpc/policy_handlers.h"

#include <algorithm>
#include <optional>

#include "crypto/signing.h"
#include "domain/status_macros.h"
#include "service/limits.h"
#include "service/matching/access.h"
#include "service/private_match/private_access.h"
#include "service/retention/retention_period.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

// A changed policy reaches every client within a day, and no client asks every minute.
constexpr absl::Duration kRefreshDelayMax = absl::Hours(24);

v1::Limits LimitsMessage() {
  v1::Limits limits;
  limits.set_digests_per_message_max(kDigestsPerMessageMax);
  limits.set_digests_per_stream_max(kDigestsPerStreamMax);
  limits.set_known_matches_per_message_max(kKnownMatchesPerMessageMax);
  limits.set_message_bytes_max(kAppMessageBytesMax);
  limits.set_retained_digests_per_device_max(kRetainedDigestsPerDeviceMax);
  limits.set_devices_per_account_max(kDevicesPerAccountMax);
  limits.set_blinded_elements_per_message_max(kBlindedElementsPerMessageMax);
  return limits;
}

v1::Epoch EpochMessage(const storage::EpochRecord& epoch) {
  v1::Epoch message;
  message.set_number(epoch.number);
  message.set_salt(epoch.salt.bytes.data(), epoch.salt.bytes.size());
  message.set_digest_algorithm(v1::DIGEST_ALGORITHM_HMAC_SHA256_128);
  return message;
}

v1::GetPolicyResponse PolicyFor(const Caller& caller, absl::Duration retention_max,
                                const std::optional<crypto::Signer::PublicKey>& directory_key) {
  const TenantPolicy& policy = caller.tenant->tenant.policy;
  v1::GetPolicyResponse answer;
  answer.set_matching_allowed(MatchingAllowed(*caller.tenant, caller.account.aor));
  *answer.mutable_epoch() = EpochMessage(caller.tenant->epochs.front());
  *answer.mutable_dial_plan() = ToProto(policy.dial_plan);
  *answer.mutable_limits() = LimitsMessage();
  *answer.mutable_match_quota() = ToProto(policy.match_quota);
  *answer.mutable_retention() =
      ToProto({.offered = policy.retention.offered,
               .period = EffectivePeriod(policy.retention, retention_max)});
  answer.set_private_mode(ToProto(policy.private_mode));
  if (directory_key.has_value()) {
    v1::PrivateMatchParameters& parameters = *answer.mutable_private_match();
    parameters.set_directory_public_key(directory_key->data(), directory_key->size());
    parameters.set_download_whole(caller.tenant->directory->subscriber_count() <=
                                  kWholeDownloadSubscribersMax);
  }
  answer.set_privacy_policy_version(policy.privacy_policy_version);
  answer.set_privacy_policy_uri(policy.privacy_policy_uri);
  *answer.mutable_refresh_delay() = ToProto(std::min(policy.check_interval, kRefreshDelayMax));
  return answer;
}

}  // namespace

grpc::ServerUnaryReactor* PolicyServiceHandlers::GetPolicy(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return AnswerUnary<v1::GetPolicyRequest>(
      door_, "GetPolicy", context, request, response,
      [this](const Caller& caller, const auto&) -> absl::StatusOr<v1::GetPolicyResponse> {
        if (caller.tenant->tenant.policy.private_mode == PrivateMode::kOff) {
          return PolicyFor(caller, retention_max_, std::nullopt);
        }
        ASSIGN_OR_RETURN(const auto keys, keys_.Get(caller.account.tenant));
        return PolicyFor(caller, retention_max_, keys->sealed_directory_signer.public_key());
      });
}

}  // namespace smartcontacts::service
