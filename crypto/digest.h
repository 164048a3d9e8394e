// The digest of the wire: what an app sends instead of a number.
//
//   digest = first 16 bytes of HMAC-SHA-256(key = epoch salt, message = canonical identifier)
//
// (RFC 2104 and RFC 6234, truncated as RFC 2104, section 5 allows.) HMAC-SHA-256 is in every mobile
// platform's standard library. A digest is not anonymous: phone numbers can be enumerated.

#ifndef SMART_CONTACTS_CRYPTO_DIGEST_H_
#define SMART_CONTACTS_CRYPTO_DIGEST_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "domain/identifier.h"

namespace smartcontacts::crypto {

struct Digest {
  static constexpr std::size_t kSize = 16;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
};
static_assert(sizeof(Digest) == Digest::kSize, "digests are packed back to back on the wire");

// A tenant's salt for one epoch. Every client of the tenant receives it, so it is no secret between
// them; it keeps a table made for one tenant or epoch from serving for another.
struct EpochSalt {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const EpochSalt&, const EpochSalt&) = default;
};

// Computes digests under one salt. Safe for concurrent use. Cannot fail.
class Digester {
 public:
  explicit Digester(const EpochSalt& salt) : salt_(salt) {}

  Digest operator()(const Identifier& identifier) const;

 private:
  EpochSalt salt_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_DIGEST_H_
