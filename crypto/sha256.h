// SHA-256 (FIPS 180-4) of what comes in pieces.

#ifndef SMART_CONTACTS_CRYPTO_SHA256_H_
#define SMART_CONTACTS_CRYPTO_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace smartcontacts::crypto {

// Not safe for concurrent use. Not for secrets: it is not wiped.
class Sha256 {
 public:
  static constexpr std::size_t kSize = 32;
  using Hash = std::array<std::uint8_t, kSize>;

  Sha256();
  void Update(absl::string_view bytes);
  // Call once, last.
  Hash Finish();

 private:
  // libsodium's state, which its header would bring to everybody; checked in sha256.cc.
  alignas(8) std::array<std::uint8_t, 104> state_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SHA256_H_
