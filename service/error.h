// How the service says what went wrong: an absl::Status that carries a reason and its details. The
// reasons are those of proto/smartcontacts/v1/errors.proto, which explains each.

#ifndef SMART_CONTACTS_SERVICE_ERROR_H_
#define SMART_CONTACTS_SERVICE_ERROR_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smartcontacts::service {

enum class Reason {
  kCredentialMissing,
  kCredentialInvalid,
  kCredentialExpired,
  kTenantUnknown,
  kTenantSuspended,
  kFeatureDisabled,
  kRequestMalformed,
  kFieldInvalid,
  kDigestLengthInvalid,
  kBatchTooLarge,
  kMessageTooLarge,
  kEpochUnknown,
  kEpochExpired,
  kQuotaExceeded,
  kServiceUnavailable,
  kInternal,
  kMethodNotAvailable,
  kConsentRequired,
  kSyncTokenInvalid,
  kPrivateModeRequired,
  kElementInvalid,
  kRevisionExpired,
  kNotFound,
  kSyncIncomplete,
  kAdminCredentialInvalid,
  kAlreadyExists,
  kLargeRemoval,
  kImportIncomplete,
  kDirectoryTooLarge,
  kConflict,
};

struct ErrorDetails {
  std::string field = {};                                          // google.rpc.BadRequest
  std::vector<std::pair<std::string, std::string>> metadata = {};  // google.rpc.ErrorInfo
  std::optional<absl::Duration> retry_delay = {};                  // google.rpc.RetryInfo
  std::string quota = {};  // google.rpc.QuotaFailure: its name
};

struct ServiceError {
  Reason reason;
  ErrorDetails details;
};

// A status of the code that belongs to `reason`. `message` is for people and has no contact data.
absl::Status MakeError(Reason reason, absl::string_view message, const ErrorDetails& details = {});

// What MakeError() put in; nothing if the status was made otherwise.
std::optional<ServiceError> GetError(const absl::Status& status);

// A field that breaks a rule: kFieldInvalid whose message begins with the field's name.
absl::Status InvalidField(absl::string_view field, absl::string_view message);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_ERROR_H_
