#include "domain/names.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace smartcontacts {
namespace {

bool IsLabel(std::string_view label) {
  const auto allowed = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), allowed);
}

// RFC 3261, section 25.1: unreserved / user-unreserved, and '%' of an escape.
bool IsUserCharacter(char c) {
  static constexpr std::string_view kMarks = "-_.!~*'()&=+$,;?/%";
  return absl::ascii_isalnum(c) || kMarks.find(c) != std::string_view::npos;
}

}  // namespace

bool IsDomainName(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

absl::StatusOr<TenantId> TenantId::Parse(std::string_view text) {
  if (!IsLabel(text)) {
    return absl::InvalidArgumentError(
        "a tenant is 1 to 63 characters of a-z, 0-9 and '-', not beginning or ending with '-'");
  }
  return TenantId(std::string(text));
}

absl::StatusOr<DeviceId> DeviceId::Parse(std::string_view text) {
  const bool allowed = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
  if (text.empty() || text.size() > kLengthMax || !allowed) {
    return absl::InvalidArgumentError(
        "a device is 1 to 64 characters of A-Z, a-z, 0-9, '-' and '_'");
  }
  return DeviceId(std::string(text));
}

absl::StatusOr<Aor> Aor::Parse(std::string_view text) {
  std::string_view rest = text;
  for (const std::string_view scheme : {"sip:", "sips:"}) {
    if (absl::EqualsIgnoreCase(absl::string_view(rest.data(), std::min(rest.size(), scheme.size())),
                               absl::string_view(scheme.data(), scheme.size()))) {
      rest.remove_prefix(scheme.size());
      break;
    }
  }
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos || at == 0) {
    return absl::InvalidArgumentError("an address of record is sip:USER@DOMAIN");
  }
  const std::string_view user = rest.substr(0, at);
  const std::string domain = absl::AsciiStrToLower({rest.data() + at + 1, rest.size() - at - 1});
  if (!std::all_of(user.begin(), user.end(), IsUserCharacter)) {
    return absl::InvalidArgumentError(
        "the user part of an address of record has a character that SIP does not allow");
  }
  if (!IsDomainName(domain)) {
    return absl::InvalidArgumentError(
        "the domain of an address of record must be a DNS name, without port or parameters");
  }
  std::string value = "sip:" + std::string(user) + "@" + domain;
  if (value.size() > kLengthMax) {
    return absl::InvalidArgumentError("an address of record has at most 255 characters");
  }
  return Aor(std::move(value));
}

std::string_view Aor::domain() const {
  return std::string_view(value_).substr(value_.find('@') + 1);
}

}  // namespace smartcontacts
