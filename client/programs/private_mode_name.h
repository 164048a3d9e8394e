// How tables name a tenant's private mode.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_PRIVATE_MODE_NAME_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_PRIVATE_MODE_NAME_H_

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

// "off", "offered", "required".
inline std::string PrivateModeName(v1::PrivateMode mode) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::PrivateMode_Name(mode), "PRIVATE_MODE_"));
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_PRIVATE_MODE_NAME_H_
