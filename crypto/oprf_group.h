// The prime-order group and the hashes of RFC 9497's ciphersuite ristretto255-SHA512. Internal to
// crypto/. Elements and scalars are their 32-byte encodings (RFC 9496); everything here takes the
// same time whatever the secrets are, and functions are safe for concurrent use.

#ifndef SMART_CONTACTS_CRYPTO_OPRF_GROUP_H_
#define SMART_CONTACTS_CRYPTO_OPRF_GROUP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/oprf.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

using ElementBytes = std::array<std::uint8_t, 32>;
using ScalarBytes = std::array<std::uint8_t, 32>;

// Bytes that are wiped when they leave the scope: intermediate results.
template <std::size_t kSize>
struct WipedBytes {
  std::array<std::uint8_t, kSize> bytes{};

  WipedBytes() = default;
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { Wipe(absl::MakeSpan(bytes)); }
};

// A message in parts that are hashed one after the other, so that nothing is copied together.
using MessageParts = std::initializer_list<absl::string_view>;

template <typename Bytes>
absl::string_view View(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// I2OSP(value, 2) (RFC 8017, section 4.1).
std::array<std::uint8_t, 2> TwoBytes(std::size_t value);

// expand_message_xmd with SHA-512 (RFC 9380, section 5.3.1). `domain` has at most 255 bytes,
// `output` at most 255 * 64.
void ExpandMessageXmd(MessageParts message, absl::string_view domain,
                      absl::Span<std::uint8_t> output);

// The hash functions of one mode, under its context string (RFC 9497, section 3.1 and 4.1).
// Immutable.
class OprfContext {
 public:
  explicit OprfContext(OprfMode mode);

  // HashToGroup. False, with `element` the identity, if the input maps to the identity: nobody can
  // name such an input, but the RFC wants it refused.
  bool HashToGroup(absl::string_view input, ElementBytes& element) const;
  // HashToScalar, written to 32 bytes at `scalar`.
  void HashToScalar(MessageParts message, std::uint8_t* scalar) const;
  // HashToScalar with the domain of DeriveKeyPair (section 3.2.1).
  void HashToKey(MessageParts message, std::uint8_t* scalar) const;
  // The domain of a proof's seed (section 2.2.1).
  absl::string_view seed_domain() const { return seed_domain_; }

 private:
  std::string hash_to_group_domain_;
  std::string hash_to_scalar_domain_;
  std::string derive_key_domain_;
  std::string seed_domain_;
};

// The last step of Finalize and Evaluate (section 3.3.1).
void FinalizeHash(absl::string_view input, const ElementBytes& element, OprfOutput& output);

// scalar * element, for an element from outside. False if `element` is not the one encoding of a
// group element (RFC 9496, section 4.3.1), or if it or the product is the identity: an encoding
// whose unused highest bit is set has to be refused here, because libsodium 1.0.18 passes over that
// bit.
bool MultiplyReceived(const std::uint8_t* scalar, const std::uint8_t* element,
                      std::uint8_t* product);

// scalar * element, for a secret element that HashToGroup() made. False if the product is the
// identity.
bool MultiplySecret(const std::uint8_t* scalar, const ElementBytes& element, ElementBytes& product);

// scalar * generator. False if the product is the identity.
bool MultiplyGenerator(const std::uint8_t* scalar, std::uint8_t* product);

// Whether `scalar` is less than the group's order.
bool IsCanonicalScalar(const std::uint8_t* scalar);

// INVALID_ARGUMENT if it is not the one encoding of a group element, or the identity (sections
// 2.1 and 3.3).
absl::Status CheckPublicKey(const OprfPublicKey& key);
// INVALID_ARGUMENT if `count` is 0 or more than kOprfBatchSizeMax.
absl::Status CheckBatchSize(std::size_t count);
// INVALID_ARGUMENT with the index if the input is too long.
absl::Status CheckInput(std::size_t index, absl::string_view input);

// INVALID_ARGUMENT "`what` `index` `why`", for RefusedIndex().
inline constexpr char kRefusedIndexPayload[] = "smart-contacts/refused-index";
absl::Status Refused(std::size_t index, absl::string_view what, absl::string_view why);
// Refused() for an element.
absl::Status RefusedElement(std::size_t index, absl::string_view what);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_OPRF_GROUP_H_
