#include "domain/identifier.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "domain/names.h"

namespace smartcontacts {
namespace {

constexpr std::string_view kScheme = "tel:";
constexpr std::string_view kExt = ";ext=";
constexpr std::string_view kPhoneContext = ";phone-context=";

bool IsDigits(std::string_view text, std::size_t size_min, std::size_t size_max) {
  return text.size() >= size_min && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

absl::StatusOr<Identifier> Identifier::Global(std::string_view digits, std::string_view ext) {
  if (!IsDigits(digits, kE164DigitsMin, kE164DigitsMax) || digits.front() == '0') {
    return absl::InvalidArgumentError(
        "a global number has 3 to 15 digits and begins with a country code, which is never 0");
  }
  std::string value = std::string(kScheme) + "+" + std::string(digits);
  if (!ext.empty()) {
    if (!IsDigits(ext, 1, kSubAddressDigitsMax)) {
      return absl::InvalidArgumentError("the ext of a global number has 1 to 7 digits");
    }
    value.append(kExt).append(ext);
  }
  return Identifier(std::move(value));
}

absl::StatusOr<Identifier> Identifier::Extension(std::string_view digits,
                                                 std::string_view phone_context) {
  if (!IsDigits(digits, kExtensionDigitsMin, kExtensionDigitsMax)) {
    return absl::InvalidArgumentError("an extension has 2 to 6 digits");
  }
  if (!IsDomainName(phone_context)) {
    return absl::InvalidArgumentError(
        "the phone-context of an extension is a DNS name in lower case");
  }
  std::string value(kScheme);
  value.append(digits).append(kPhoneContext).append(phone_context);
  return Identifier(std::move(value));
}

absl::StatusOr<Identifier> Identifier::Parse(std::string_view text) {
  if (!text.starts_with(kScheme)) {
    return absl::InvalidArgumentError("an identifier is a tel URI (RFC 3966)");
  }
  const std::string_view rest = text.substr(kScheme.size());
  if (rest.starts_with('+')) {
    const std::string_view number = rest.substr(1);
    const std::size_t ext = number.find(kExt);
    if (ext == std::string_view::npos) return Global(number);
    // An empty ext would read as none and give another identifier than the one asked about.
    if (ext + kExt.size() == number.size()) {
      return absl::InvalidArgumentError("the ext of a global number has 1 to 7 digits");
    }
    return Global(number.substr(0, ext), number.substr(ext + kExt.size()));
  }
  const std::size_t context = rest.find(kPhoneContext);
  if (context == std::string_view::npos) {
    return absl::InvalidArgumentError("a local number needs its phone-context (RFC 3966)");
  }
  return Extension(rest.substr(0, context), rest.substr(context + kPhoneContext.size()));
}

std::optional<std::string_view> Identifier::phone_context() const {
  const std::size_t at = value_.find(kPhoneContext);
  if (at == std::string::npos) return std::nullopt;
  return std::string_view(value_).substr(at + kPhoneContext.size());
}

}  // namespace smartcontacts
