#include "crypto/secret.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "absl/status/status.h"

namespace smartcontacts::crypto {

void InitializeOrDie() {
  if (sodium_init() < 0) std::abort();
}

void RandomBytes(absl::Span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

bool ConstantTimeEqual(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Wipe(absl::Span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

void SecretKey::Free::operator()(std::uint8_t* memory) const { sodium_free(memory); }

SecretKey::SecretKey() : memory_(static_cast<std::uint8_t*>(sodium_malloc(kSize))) {
  if (memory_ == nullptr) throw std::bad_alloc();
}

SecretKey SecretKey::Generate() {
  SecretKey key;
  randombytes_buf(key.memory_.get(), kSize);
  return key;
}

absl::StatusOr<SecretKey> SecretKey::FromBytes(absl::Span<const std::uint8_t> bytes) {
  if (bytes.size() != kSize) return absl::InvalidArgumentError("a secret key has 32 bytes");
  SecretKey key;
  std::copy(bytes.begin(), bytes.end(), key.memory_.get());
  return key;
}

SecretKey SecretKey::Derive(absl::string_view purpose) const {
  static_assert(kSize >= crypto_generichash_KEYBYTES_MIN &&
                kSize <= crypto_generichash_KEYBYTES_MAX);
  SecretKey key;
  crypto_generichash(key.memory_.get(), kSize,
                     reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                     memory_.get(), kSize);
  return key;
}

}  // namespace smartcontacts::crypto
