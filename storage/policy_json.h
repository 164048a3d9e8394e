// A tenant's policy as the JSON text that databases hold. A member that is missing has its default,
// so that a policy written by an older version reads on.

#ifndef SMART_CONTACTS_STORAGE_POLICY_JSON_H_
#define SMART_CONTACTS_STORAGE_POLICY_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/tenant.h"

namespace smartcontacts::storage {

std::string PolicyToJson(const TenantPolicy& policy);
// DATA_LOSS if the text is no policy.
absl::StatusOr<TenantPolicy> PolicyFromJson(absl::string_view text);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POLICY_JSON_H_
