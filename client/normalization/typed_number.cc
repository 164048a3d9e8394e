#include "client/normalization/typed_number.h"

#include <re2/re2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace smartcontacts::client {
namespace {

// A sub-address needs a whole number before it: "9,1 212 ..." is an outside line and a pause.
constexpr int kDigitsBeforeSubAddress = 6;
constexpr int kLettersOfVanityNumber = 3;

// One character in ASCII, or 0 if it only formats (direction marks, zero-width spaces, soft
// hyphens).
char AsciiOf(UChar32 character) {
  if (character < 0x80) return static_cast<char>(character);
  if (const std::int32_t digit = u_charDigitValue(character); digit >= 0) {
    return static_cast<char>('0' + digit);
  }
  constexpr UChar32 kFullWidthFirst = 0xFF01;
  constexpr UChar32 kFullWidthLast = 0xFF5E;
  if (character >= kFullWidthFirst && character <= kFullWidthLast) {
    return static_cast<char>(character - kFullWidthFirst + '!');
  }
  switch (u_charType(character)) {
    case U_FORMAT_CHAR:
      return 0;
    case U_DASH_PUNCTUATION:
    case U_MATH_SYMBOL:  // the minus sign
      return '-';
    default:
      return ' ';
  }
}

std::optional<std::string> ToAscii(std::string_view typed) {
  if (typed.size() > kTypedBytesMax) return std::nullopt;
  std::string ascii;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(typed.data());
  const auto size = static_cast<std::int32_t>(typed.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 character = 0;
    U8_NEXT(bytes, i, size, character);
    if (character < 0) return std::nullopt;
    if (const char c = AsciiOf(character); c != 0) ascii += c;
  }
  return ascii;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        absl::ascii_isxdigit(text[i + 1]) && absl::ascii_isxdigit(text[i + 2]);
    if (escape) {
      decoded += absl::HexStringToBytes({text.data() + i + 1, 2});
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string DigitsIn(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), absl::ascii_isdigit);
  return digits;
}

// The parameters of a tel URI (RFC 3966, section 3); unknown ones say nothing about who is called.
std::string TakeUriParameters(const std::string& uri, TypedNumber& number) {
  const std::vector<std::string> parts = absl::StrSplit(uri, ';');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::pair<std::string, std::string> parameter =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    if (absl::EqualsIgnoreCase(parameter.first, "ext")) {
      number.sub_address = DigitsIn(parameter.second);
    } else if (absl::EqualsIgnoreCase(parameter.first, "phone-context")) {
      number.phone_context = absl::AsciiStrToLower(parameter.second);
    }
  }
  return parts[0];
}

// "ext. 12", "x12", "Durchwahl 12", or digits dialled after a pause (',' ';' 'p' 'w').
std::string TakeSubAddress(std::string text, TypedNumber& number) {
  static const RE2 kSubAddress(
      R"((?i)^(.*?)(?:;?\s*(?:ext(?:ensi[oó]n|n)?|xtn|x|int|anexo|durchwahl|dw)[\s.:=]*|\s*[,;pw][\s,;pw]*))"
      R"(([0-9]{1,7})\s*$)");
  std::string before;
  std::string sub_address;
  if (RE2::FullMatch(text, kSubAddress, &before, &sub_address) &&
      DigitsIn(before).size() >= kDigitsBeforeSubAddress) {
    number.sub_address = sub_address;
    return before;
  }
  return text;
}

// ITU-T E.161: 2 ABC, 3 DEF, 4 GHI, 5 JKL, 6 MNO, 7 PQRS, 8 TUV, 9 WXYZ.
char KeypadDigit(char letter) {
  constexpr char kKeys[] = "22233344455566677778889999";
  return kKeys[absl::ascii_toupper(letter) - 'A'];
}

void TakeDigits(std::string text, TypedNumber& number) {
  const std::size_t begin = text.find_first_of("+0123456789");
  if (begin == std::string::npos) return;
  text.erase(0, begin);
  const bool vanity =
      std::count_if(text.begin(), text.end(), absl::ascii_isalpha) >= kLettersOfVanityNumber;
  bool first_group_ended = false;
  for (const char c : text) {
    if (c == '+' && !number.plus) {
      number.plus = true;
      number.before_plus = std::move(number.digits);
      number.digits.clear();
    } else if (absl::ascii_isdigit(c)) {
      number.digits += c;
      if (!first_group_ended) ++number.first_group;
    } else if (vanity && absl::ascii_isalpha(c)) {
      number.digits += KeypadDigit(c);
    } else if (!number.digits.empty()) {
      first_group_ended = true;
    }
  }
}

}  // namespace

std::optional<TypedNumber> ReadTypedNumber(std::string_view typed) {
  std::optional<std::string> ascii = ToAscii(typed);
  if (!ascii.has_value()) return std::nullopt;
  TypedNumber number;
  std::string text = *std::move(ascii);
  absl::StripAsciiWhitespace(&text);
  if (absl::StartsWithIgnoreCase(text, "tel:")) {
    text = TakeUriParameters(PercentDecoded(std::string_view(text).substr(4)), number);
  }
  if (number.sub_address.empty()) text = TakeSubAddress(std::move(text), number);
  number.service_code = text.find_first_of("*#") != std::string::npos;
  TakeDigits(std::move(text), number);
  return number;
}

}  // namespace smartcontacts::client
