#include "client/normalization/aliases.h"

#include "absl/strings/str_cat.h"

namespace smartcontacts::client {
namespace {

// The national number behind one of these two-digit country codes.
constexpr std::size_t kCountryCodeLength = 2;

std::string_view National(std::string_view digits) { return digits.substr(kCountryCodeLength); }

std::string With(std::string_view country_code, std::initializer_list<std::string_view> parts) {
  std::string digits(country_code);
  for (const std::string_view part : parts) digits += part;
  return digits;
}

std::optional<std::string> ArgentineForm(std::string_view national) {
  if (national.size() == 11 && national.front() == '9') return With("54", {national.substr(1)});
  if (national.size() == 10) return With("54", {"9", national});
  return std::nullopt;
}

std::optional<std::string> BrazilianForm(std::string_view national) {
  // Two digits of area code, then the subscriber number.
  if (national.size() < 10) return std::nullopt;
  const std::string_view area = national.substr(0, 2);
  const std::string_view subscriber = national.substr(2);
  if (subscriber.size() == 9 && subscriber.front() == '9') {
    return With("55", {area, subscriber.substr(1)});
  }
  // Mobiles of eight digits began with 6 to 9; landlines begin with 2 to 5.
  if (subscriber.size() == 8 && subscriber.front() >= '6')
    return With("55", {area, "9", subscriber});
  return std::nullopt;
}

}  // namespace

std::string CanonicalForm(std::string_view digits) {
  if (digits.starts_with("521") && digits.size() == 13) return With("52", {digits.substr(3)});
  return std::string(digits);
}

std::optional<std::string> OtherForm(std::string_view digits) {
  if (digits.starts_with("54")) return ArgentineForm(National(digits));
  if (digits.starts_with("55")) return BrazilianForm(National(digits));
  if (digits.starts_with("52") && digits.size() == 12) return With("52", {"1", National(digits)});
  return std::nullopt;
}

}  // namespace smartcontacts::client
