// Secret scalars of ristretto255 in guarded memory (see secret.h): a server's key, the blinds of a
// batch, a proof's nonce. One allocation, however many there are: each costs four pages.
//
// Not safe for concurrent modification; safe for concurrent reading.

#ifndef SMART_CONTACTS_CRYPTO_SECRET_SCALARS_H_
#define SMART_CONTACTS_CRYPTO_SECRET_SCALARS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace smartcontacts::crypto {

class SecretScalars {
 public:
  static constexpr std::size_t kScalarSize = 32;

  // Scalars that are still to be written.
  explicit SecretScalars(std::size_t count);
  // Random ones, none of them zero (RFC 9497, section 2.1, RandomScalar).
  static SecretScalars Random(std::size_t count);
  // Copies scalars that lie packed in `bytes`, little-endian; the caller wipes its own copy.
  // INVALID_ARGUMENT if the size is no multiple of 32, or, with the index (RefusedIndex()), if one
  // of them is zero or not less than the group's order.
  static absl::StatusOr<SecretScalars> FromBytes(absl::Span<const std::uint8_t> bytes);

  std::size_t size() const { return count_; }
  const std::uint8_t* operator[](std::size_t i) const { return memory_.get() + i * kScalarSize; }
  std::uint8_t* operator[](std::size_t i) { return memory_.get() + i * kScalarSize; }

  SecretScalars(SecretScalars&& other) noexcept;
  SecretScalars& operator=(SecretScalars&& other) noexcept;
  ~SecretScalars() = default;

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const;
  };
  std::unique_ptr<std::uint8_t[], Free> memory_;
  std::size_t count_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SECRET_SCALARS_H_
