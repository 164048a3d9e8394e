// The credential of an `authorization` header (RFC 6750, section 2.1).

#ifndef SMART_CONTACTS_SERVICE_AUTH_BEARER_H_
#define SMART_CONTACTS_SERVICE_AUTH_BEARER_H_

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace smartcontacts::service {

// What follows "Bearer "; nothing if the header has another form.
inline std::optional<absl::string_view> BearerCredential(absl::string_view header) {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return std::nullopt;
  return absl::StripPrefix(header.substr(kScheme.size()), " ");
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_AUTH_BEARER_H_
