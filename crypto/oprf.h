// The values of the OPRF and the VOPRF (RFC 9497, modes 0 and 1) with the ciphersuite
// ristretto255-SHA512 (section 4.1): what the client, the server and the wire exchange.
//
// The client blinds an input, the server evaluates the blinded element with its key, the client
// finalizes: it learns PRF(key, input), the server learns nothing. In mode 1 the server proves that
// it used the key whose public part the client knows.

#ifndef SMART_CONTACTS_CRYPTO_OPRF_H_
#define SMART_CONTACTS_CRYPTO_OPRF_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

// RFC 9497, section 3.1. The modes give different outputs for one key and input.
enum class OprfMode : std::uint8_t { kOprf = 0, kVoprf = 1 };

// An input is preceded by its length in two bytes (section 1.2, PrivateInput).
inline constexpr std::size_t kOprfInputSizeMax = 65535;
// A proof numbers the elements of a batch with two bytes (section 2.2.1).
inline constexpr std::size_t kOprfBatchSizeMax = 65535;

// An input under a blind: tells nothing about it, whatever becomes known later.
struct BlindedElement {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const BlindedElement&, const BlindedElement&) = default;
};
static_assert(sizeof(BlindedElement) == BlindedElement::kSize, "packed back to back on the wire");

// A blinded element under the server's key.
struct EvaluatedElement {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const EvaluatedElement&, const EvaluatedElement&) = default;
};
static_assert(sizeof(EvaluatedElement) == EvaluatedElement::kSize,
              "packed back to back on the wire");

struct OprfPublicKey {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const OprfPublicKey&, const OprfPublicKey&) = default;
};

// That a whole batch was evaluated with one key (section 2.2): the scalars c and s.
struct OprfProof {
  static constexpr std::size_t kSize = 64;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const OprfProof&, const OprfProof&) = default;
};

// PRF(key, input): secret, for whoever has the one of an identifier opens the identifier's entry.
// Wiped when destroyed and when moved from; not in guarded memory, because a directory has a
// million. Equality takes the same time wherever the outputs differ.
class OprfOutput {
 public:
  static constexpr std::size_t kSize = 64;

  OprfOutput() = default;
  OprfOutput(OprfOutput&& other) noexcept;
  OprfOutput& operator=(OprfOutput&& other) noexcept;
  ~OprfOutput();

  // Copies `bytes`; the caller wipes its own copy. INVALID_ARGUMENT if the size is not kSize.
  static absl::StatusOr<OprfOutput> FromBytes(absl::Span<const std::uint8_t> bytes);

  absl::Span<const std::uint8_t> bytes() const { return bytes_; }
  absl::Span<std::uint8_t> mutable_bytes() { return absl::MakeSpan(bytes_); }

  friend bool operator==(const OprfOutput& a, const OprfOutput& b);

 private:
  std::array<std::uint8_t, kSize> bytes_{};
};

// Read what lies packed on the wire: element after element of 32 bytes, or one proof or key.
// INVALID_ARGUMENT if the size is none of that, or there are more than kOprfBatchSizeMax elements.
// Whether elements are valid is found where they are used: looking twice would cost a tenth of an
// evaluation. A public key is checked here and where it is used.
absl::StatusOr<std::vector<BlindedElement>> ParseBlindedElements(absl::string_view packed);
absl::StatusOr<std::vector<EvaluatedElement>> ParseEvaluatedElements(absl::string_view packed);
absl::StatusOr<OprfProof> ParseOprfProof(absl::string_view bytes);
// INVALID_ARGUMENT as well if it is no element of the group in its one encoding, or the identity.
absl::StatusOr<OprfPublicKey> ParseOprfPublicKey(absl::string_view bytes);

// The position, in the span that was given to the function, of the input, element, blind or share
// that it refused. Nothing if the status is about something else.
std::optional<std::size_t> RefusedIndex(const absl::Status& status);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_OPRF_H_
