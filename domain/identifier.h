// What is matched: an RFC 3966 `tel` URI in canonical form. Two people who write one number
// differently must arrive at the same bytes here, because only a digest of them travels.
//
//   tel:+4985449180                         a global number (E.164: 3 to 15 digits)
//   tel:+4985449180;ext=12                  a person behind a global number: 1 to 7 digits
//   tel:101;phone-context=acme.example      an extension of a tenant: 2 to 6 digits, and its domain
//
// A value: immutable, copyable, safe to share between threads, and always canonical once it exists.

#ifndef SMART_CONTACTS_DOMAIN_IDENTIFIER_H_
#define SMART_CONTACTS_DOMAIN_IDENTIFIER_H_

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace smartcontacts {

class Identifier {
 public:
  static constexpr std::size_t kE164DigitsMin = 3;
  static constexpr std::size_t kE164DigitsMax = 15;  // ITU-T E.164, section 6.2.1
  static constexpr std::size_t kSubAddressDigitsMax = 7;
  static constexpr std::size_t kExtensionDigitsMin = 2;
  static constexpr std::size_t kExtensionDigitsMax = 6;

  // Accepts exactly the three canonical forms above; it repairs nothing. INVALID_ARGUMENT
  // otherwise, with a message that does not repeat `text`.
  static absl::StatusOr<Identifier> Parse(std::string_view text);

  // `digits`: the country code and the national number, without '+'; `ext`: empty for none.
  // INVALID_ARGUMENT if the parts make no canonical form.
  static absl::StatusOr<Identifier> Global(std::string_view digits, std::string_view ext = {});
  static absl::StatusOr<Identifier> Extension(std::string_view digits,
                                              std::string_view phone_context);

  const std::string& value() const { return value_; }

  // The domain of an extension; nothing for a global number.
  std::optional<std::string_view> phone_context() const;

  friend bool operator==(const Identifier&, const Identifier&) = default;
  friend auto operator<=>(const Identifier&, const Identifier&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Identifier& identifier) {
    return H::combine(std::move(state), identifier.value_);
  }

 private:
  explicit Identifier(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_DOMAIN_IDENTIFIER_H_
