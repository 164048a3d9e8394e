#include "service/rpc/status.h"

#include <grpcpp/support/error_details.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "smartcontacts/v1/errors.pb.h"

namespace smartcontacts::service {
namespace {

constexpr char kErrorDomain[] = "smartcontacts";
constexpr absl::Duration kUnavailableRetryDelay = absl::Seconds(1);

v1::ErrorReason ToProto(Reason reason) {
  switch (reason) {
    case Reason::kCredentialMissing:
      return v1::ERROR_REASON_CREDENTIAL_MISSING;
    case Reason::kCredentialInvalid:
      return v1::ERROR_REASON_CREDENTIAL_INVALID;
    case Reason::kCredentialExpired:
      return v1::ERROR_REASON_CREDENTIAL_EXPIRED;
    case Reason::kTenantUnknown:
      return v1::ERROR_REASON_TENANT_UNKNOWN;
    case Reason::kTenantSuspended:
      return v1::ERROR_REASON_TENANT_SUSPENDED;
    case Reason::kFeatureDisabled:
      return v1::ERROR_REASON_FEATURE_DISABLED;
    case Reason::kRequestMalformed:
      return v1::ERROR_REASON_REQUEST_MALFORMED;
    case Reason::kFieldInvalid:
      return v1::ERROR_REASON_FIELD_INVALID;
    case Reason::kDigestLengthInvalid:
      return v1::ERROR_REASON_DIGEST_LENGTH_INVALID;
    case Reason::kBatchTooLarge:
      return v1::ERROR_REASON_BATCH_TOO_LARGE;
    case Reason::kMessageTooLarge:
      return v1::ERROR_REASON_MESSAGE_TOO_LARGE;
    case Reason::kEpochUnknown:
      return v1::ERROR_REASON_EPOCH_UNKNOWN;
    case Reason::kEpochExpired:
      return v1::ERROR_REASON_EPOCH_EXPIRED;
    case Reason::kQuotaExceeded:
      return v1::ERROR_REASON_QUOTA_EXCEEDED;
    case Reason::kServiceUnavailable:
      return v1::ERROR_REASON_SERVICE_UNAVAILABLE;
    case Reason::kInternal:
      return v1::ERROR_REASON_INTERNAL;
    case Reason::kMethodNotAvailable:
      return v1::ERROR_REASON_METHOD_NOT_AVAILABLE;
    case Reason::kConsentRequired:
      return v1::ERROR_REASON_CONSENT_REQUIRED;
    case Reason::kSyncTokenInvalid:
      return v1::ERROR_REASON_SYNC_TOKEN_INVALID;
    case Reason::kPrivateModeRequired:
      return v1::ERROR_REASON_PRIVATE_MODE_REQUIRED;
    case Reason::kElementInvalid:
      return v1::ERROR_REASON_ELEMENT_INVALID;
    case Reason::kRevisionExpired:
      return v1::ERROR_REASON_REVISION_EXPIRED;
    case Reason::kNotFound:
      return v1::ERROR_REASON_NOT_FOUND;
    case Reason::kSyncIncomplete:
      return v1::ERROR_REASON_SYNC_INCOMPLETE;
    case Reason::kAdminCredentialInvalid:
      return v1::ERROR_REASON_ADMIN_CREDENTIAL_INVALID;
    case Reason::kAlreadyExists:
      return v1::ERROR_REASON_ALREADY_EXISTS;
    case Reason::kLargeRemoval:
      return v1::ERROR_REASON_LARGE_REMOVAL;
    case Reason::kImportIncomplete:
      return v1::ERROR_REASON_IMPORT_INCOMPLETE;
    case Reason::kDirectoryTooLarge:
      return v1::ERROR_REASON_DIRECTORY_TOO_LARGE;
    case Reason::kConflict:
      return v1::ERROR_REASON_CONFLICT;
  }
  return v1::ERROR_REASON_INTERNAL;
}

// "EPOCH_EXPIRED" for ERROR_REASON_EPOCH_EXPIRED.
std::string ReasonName(Reason reason) {
  constexpr std::string_view kPrefix = "ERROR_REASON_";
  return v1::ErrorReason_Name(ToProto(reason)).substr(kPrefix.size());
}

// What a storage error means to a caller. Storage knows no reasons; handlers that can say more do.
absl::Status WithReason(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return MakeError(Reason::kServiceUnavailable,
                       "the service cannot reach its storage: try again shortly",
                       {.retry_delay = kUnavailableRetryDelay});
    case absl::StatusCode::kNotFound:
      return MakeError(Reason::kNotFound, status.message());
    case absl::StatusCode::kAlreadyExists:
      return MakeError(Reason::kAlreadyExists, status.message());
    default:
      return MakeError(Reason::kInternal, "an internal error: the operator's log says more");
  }
}

template <typename Detail>
void AddDetail(google::rpc::Status& status, const Detail& detail) {
  status.add_details()->PackFrom(detail);
}

void AddDetails(google::rpc::Status& status, const ServiceError& error) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonName(error.reason));
  info.set_domain(kErrorDomain);
  for (const auto& [key, value] : error.details.metadata) (*info.mutable_metadata())[key] = value;
  AddDetail(status, info);
  if (!error.details.field.empty()) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    violation->set_field(error.details.field);
    violation->set_description(status.message());
    AddDetail(status, bad_request);
  }
  if (error.details.retry_delay.has_value()) {
    google::rpc::RetryInfo retry_info;
    const absl::Duration delay = *error.details.retry_delay;
    retry_info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
    retry_info.mutable_retry_delay()->set_nanos(
        static_cast<std::int32_t>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
    AddDetail(status, retry_info);
  }
  if (!error.details.quota.empty()) {
    google::rpc::QuotaFailure quota_failure;
    auto* violation = quota_failure.add_violations();
    violation->set_subject(error.details.quota);
    violation->set_description(status.message());
    AddDetail(status, quota_failure);
  }
}

}  // namespace

std::string ReasonOf(const absl::Status& error) {
  const std::optional<ServiceError> named = GetError(error);
  return ReasonName((named.has_value() ? named : GetError(WithReason(error)))->reason);
}

bool IsOurFault(const absl::Status& status) {
  const std::optional<ServiceError> error = GetError(status);
  if (error.has_value()) return error->reason == Reason::kInternal;
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kCancelled:
      return false;
    default:
      return true;
  }
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status named = GetError(status).has_value() ? status : WithReason(status);
  google::rpc::Status details;
  // absl's codes are gRPC's.
  details.set_code(static_cast<int>(named.code()));
  details.set_message(named.message().data(), named.message().size());
  AddDetails(details, *GetError(named));
  return {static_cast<grpc::StatusCode>(details.code()), details.message(),
          details.SerializeAsString()};
}

}  // namespace smartcontacts::service
