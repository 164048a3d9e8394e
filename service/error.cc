#include "service/error.h"

#include <nlohmann/json.hpp>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace smartcontacts::service {
namespace {

constexpr char kPayloadUrl[] = "smartcontacts/error";

absl::StatusCode CodeOf(Reason reason) {
  switch (reason) {
    case Reason::kCredentialMissing:
    case Reason::kCredentialInvalid:
    case Reason::kCredentialExpired:
    case Reason::kAdminCredentialInvalid:
      return absl::StatusCode::kUnauthenticated;
    case Reason::kTenantUnknown:
    case Reason::kTenantSuspended:
    case Reason::kFeatureDisabled:
      return absl::StatusCode::kPermissionDenied;
    case Reason::kRequestMalformed:
    case Reason::kFieldInvalid:
    case Reason::kDigestLengthInvalid:
    case Reason::kBatchTooLarge:
    case Reason::kElementInvalid:
      return absl::StatusCode::kInvalidArgument;
    case Reason::kMessageTooLarge:
    case Reason::kQuotaExceeded:
    case Reason::kDirectoryTooLarge:
      return absl::StatusCode::kResourceExhausted;
    case Reason::kEpochUnknown:
    case Reason::kEpochExpired:
    case Reason::kConsentRequired:
    case Reason::kSyncTokenInvalid:
    case Reason::kPrivateModeRequired:
    case Reason::kLargeRemoval:
    case Reason::kImportIncomplete:
    case Reason::kSyncIncomplete:
      return absl::StatusCode::kFailedPrecondition;
    case Reason::kServiceUnavailable:
      return absl::StatusCode::kUnavailable;
    case Reason::kInternal:
      return absl::StatusCode::kInternal;
    case Reason::kMethodNotAvailable:
      return absl::StatusCode::kUnimplemented;
    case Reason::kRevisionExpired:
      return absl::StatusCode::kOutOfRange;
    case Reason::kNotFound:
      return absl::StatusCode::kNotFound;
    case Reason::kAlreadyExists:
      return absl::StatusCode::kAlreadyExists;
    case Reason::kConflict:
      return absl::StatusCode::kAborted;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

absl::Status MakeError(Reason reason, absl::string_view message, const ErrorDetails& details) {
  nlohmann::json payload = {{"reason", static_cast<int>(reason)},
                            {"field", details.field},
                            {"metadata", details.metadata},
                            {"quota", details.quota}};
  if (details.retry_delay.has_value()) {
    payload["retry_delay_ms"] = absl::ToInt64Milliseconds(*details.retry_delay);
  }
  absl::Status status(CodeOf(reason), message);
  status.SetPayload(kPayloadUrl, absl::Cord(payload.dump()));
  return status;
}

std::optional<ServiceError> GetError(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(std::string(*payload));
  ServiceError error{static_cast<Reason>(json["reason"].get<int>()), {}};
  error.details.field = json["field"];
  error.details.metadata = json["metadata"];
  error.details.quota = json["quota"];
  if (json.contains("retry_delay_ms")) {
    error.details.retry_delay = absl::Milliseconds(json["retry_delay_ms"].get<std::int64_t>());
  }
  return error;
}

absl::Status InvalidField(absl::string_view field, absl::string_view message) {
  return MakeError(Reason::kFieldInvalid, absl::StrCat(field, ": ", message),
                   {.field = std::string(field)});
}

}  // namespace smartcontacts::service
