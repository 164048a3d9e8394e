// Between the messages of the wire and the domain's types.

#ifndef SMART_CONTACTS_SERVICE_RPC_CONVERT_H_
#define SMART_CONTACTS_SERVICE_RPC_CONVERT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/tenant.h"
#include "smartcontacts/admin/v1/directory_service.pb.h"
#include "smartcontacts/admin/v1/tenant_service.pb.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::service {

// kFieldInvalid for a rule of the domain that a message breaks. `status` is the domain's
// INVALID_ARGUMENT; its message names the field first, below `parent` (which may be empty).
absl::Status FieldError(absl::string_view parent, const absl::Status& status);

google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);

v1::DialPlan ToProto(const DialPlan& plan);
v1::MatchQuota ToProto(const MatchQuota& quota);
v1::RetentionPolicy ToProto(const RetentionPolicy& retention);
v1::PrivateMode ToProto(PrivateMode mode);
admin::v1::Tenant ToProto(const Tenant& tenant);
admin::v1::Subscriber ToProto(const Subscriber& subscriber);

// The tenant a request names. kFieldInvalid.
absl::StatusOr<TenantId> ParseTenantId(absl::string_view field, const std::string& text);

// A new tenant with the defaults filled in, checked. kFieldInvalid.
absl::StatusOr<Tenant> FromProto(const admin::v1::Tenant& message);

// Copies the field that `path` names (see UpdateTenantRequest) from `message` into `tenant`.
// kFieldInvalid for an unknown path.
absl::Status ApplyField(const std::string& path, const admin::v1::Tenant& message, Tenant& tenant);

// Sorted and without repetitions; not yet checked against the tenant. kFieldInvalid below `field`.
absl::StatusOr<Subscriber> FromProto(const admin::v1::Subscriber& message, absl::string_view field);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_CONVERT_H_
