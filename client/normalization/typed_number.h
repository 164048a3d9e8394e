// What a person typed, taken apart: digits, grouping, sub-address, context. No numbering plan yet.

#ifndef SMART_CONTACTS_CLIENT_NORMALIZATION_TYPED_NUMBER_H_
#define SMART_CONTACTS_CLIENT_NORMALIZATION_TYPED_NUMBER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smartcontacts::client {

struct TypedNumber {
  bool plus = false;            // a '+' was written
  std::string before_plus;      // digits before the '+'
  std::string digits;           // ASCII, without the '+' and what stands before it
  std::size_t first_group = 0;  // how many digits stand before the first separator
  std::string sub_address;      // digits behind ";ext=", "ext.", "x", a pause; or empty
  std::optional<std::string> phone_context;  // of a tel URI (RFC 3966), lower case
  bool service_code = false;                 // a '*' or '#' was written
};

// Nothing if `typed` is longer than kTypedBytesMax or no UTF-8. Digits of every script become
// ASCII; three letters or more are read from the keypad (ITU-T E.161); formatting characters are
// dropped.
std::optional<TypedNumber> ReadTypedNumber(std::string_view typed);

inline constexpr std::size_t kTypedBytesMax = 256;

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_NORMALIZATION_TYPED_NUMBER_H_
