#include "crypto/oprf.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/numbers.h"
#include "crypto/oprf_group.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

template <typename Element>
absl::StatusOr<std::vector<Element>> ParseElements(absl::string_view packed) {
  if (packed.size() % Element::kSize != 0) {
    return absl::InvalidArgumentError("elements have 32 bytes each");
  }
  const std::size_t count = packed.size() / Element::kSize;
  RETURN_IF_ERROR(CheckBatchSize(count));
  std::vector<Element> elements(count);
  std::memcpy(elements.data(), packed.data(), packed.size());
  return elements;
}

}  // namespace

OprfOutput::OprfOutput(OprfOutput&& other) noexcept : bytes_(other.bytes_) {
  Wipe(other.mutable_bytes());
}

OprfOutput& OprfOutput::operator=(OprfOutput&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  Wipe(other.mutable_bytes());
  return *this;
}

OprfOutput::~OprfOutput() { Wipe(mutable_bytes()); }

absl::StatusOr<OprfOutput> OprfOutput::FromBytes(absl::Span<const std::uint8_t> bytes) {
  if (bytes.size() != kSize) return absl::InvalidArgumentError("an OPRF output has 64 bytes");
  OprfOutput output;
  std::copy(bytes.begin(), bytes.end(), output.bytes_.begin());
  return output;
}

bool operator==(const OprfOutput& a, const OprfOutput& b) {
  return sodium_memcmp(a.bytes_.data(), b.bytes_.data(), OprfOutput::kSize) == 0;
}

absl::StatusOr<std::vector<BlindedElement>> ParseBlindedElements(absl::string_view packed) {
  return ParseElements<BlindedElement>(packed);
}

absl::StatusOr<std::vector<EvaluatedElement>> ParseEvaluatedElements(absl::string_view packed) {
  return ParseElements<EvaluatedElement>(packed);
}

absl::StatusOr<OprfProof> ParseOprfProof(absl::string_view bytes) {
  if (bytes.size() != OprfProof::kSize) {
    return absl::InvalidArgumentError("a proof has 64 bytes");
  }
  OprfProof proof{};
  std::copy(bytes.begin(), bytes.end(), proof.bytes.begin());
  return proof;
}

absl::StatusOr<OprfPublicKey> ParseOprfPublicKey(absl::string_view bytes) {
  if (bytes.size() != OprfPublicKey::kSize) {
    return absl::InvalidArgumentError("a public key has 32 bytes");
  }
  OprfPublicKey key{};
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  RETURN_IF_ERROR(CheckPublicKey(key));
  return key;
}

std::optional<std::size_t> RefusedIndex(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRefusedIndexPayload);
  std::uint64_t index = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &index)) return std::nullopt;
  return static_cast<std::size_t>(index);
}

}  // namespace smartcontacts::crypto
