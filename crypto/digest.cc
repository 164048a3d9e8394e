#include "crypto/digest.h"

#include <sodium.h>

#include <algorithm>

namespace smartcontacts::crypto {

Digest Digester::operator()(const Identifier& identifier) const {
  static_assert(EpochSalt::kSize == crypto_auth_hmacsha256_KEYBYTES);
  static_assert(Digest::kSize * 2 == crypto_auth_hmacsha256_BYTES);
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> mac;
  const std::string& message = identifier.value();
  crypto_auth_hmacsha256(mac.data(), reinterpret_cast<const unsigned char*>(message.data()),
                         message.size(), salt_.bytes.data());
  Digest digest;
  std::copy_n(mac.begin(), Digest::kSize, digest.bytes.begin());
  return digest;
}

}  // namespace smartcontacts::crypto
