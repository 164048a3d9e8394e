// Secret keys in guarded memory: mlocked, surrounded by guard pages, left out of core dumps, wiped
// when freed (libsodium, sodium_malloc). A key cannot be copied, printed or compared by accident.
//
// Not safe for concurrent modification; safe for concurrent reading, and nothing here modifies a
// key after it was made.

#ifndef SMART_CONTACTS_CRYPTO_SECRET_H_
#define SMART_CONTACTS_CRYPTO_SECRET_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace smartcontacts::crypto {

// A symmetric key of 32 bytes.
class SecretKey {
 public:
  static constexpr std::size_t kSize = 32;

  // A new key from the operating system's generator.
  static SecretKey Generate();
  // Copies `bytes`; the caller wipes its own copy. INVALID_ARGUMENT if the size is not kSize.
  static absl::StatusOr<SecretKey> FromBytes(absl::Span<const std::uint8_t> bytes);
  // Derives a key for one purpose: BLAKE2b-256 keyed with this key over `purpose` (RFC 7693), so
  // that keys of different purposes are independent. `purpose` is a fixed domain-separation
  // constant.
  SecretKey Derive(absl::string_view purpose) const;

  absl::Span<const std::uint8_t> bytes() const { return {memory_.get(), kSize}; }

  SecretKey(SecretKey&&) = default;
  SecretKey& operator=(SecretKey&&) = default;

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const;
  };
  SecretKey();
  std::unique_ptr<std::uint8_t[], Free> memory_;
};

// Makes libsodium ready; call once, first thing in main(). Aborts if the system has no randomness,
// because nothing can be safe then.
void InitializeOrDie();

// Fills `bytes` from the operating system's generator.
void RandomBytes(absl::Span<std::uint8_t> bytes);

// True if both are of one size and equal; takes the same time wherever they differ.
bool ConstantTimeEqual(absl::string_view a, absl::string_view b);

// Overwrites `bytes` with zeros, in a way the compiler does not remove.
void Wipe(absl::Span<std::uint8_t> bytes);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SECRET_H_
