// Where an identifier's entry is found in a sealed directory.

#ifndef SMART_CONTACTS_CRYPTO_LOCATOR_H_
#define SMART_CONTACTS_CRYPTO_LOCATOR_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace smartcontacts::crypto {

// Derived from an OPRF output (crypto/sealed_entry.h): to whoever has not that output it looks
// random.
struct Locator {
  static constexpr std::size_t kSize = 16;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const Locator&, const Locator&) = default;
  friend auto operator<=>(const Locator&, const Locator&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Locator& locator) {
    return H::combine(std::move(state), locator.bytes);
  }
};
static_assert(sizeof(Locator) == Locator::kSize, "locators are packed back to back on the wire");

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_LOCATOR_H_
