#include "crypto/oprf_group.h"

#include <sodium.h>

#include <algorithm>
#include <cassert>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "crypto/declassify.h"

namespace smartcontacts::crypto {
namespace {

constexpr std::size_t kHashSize = crypto_hash_sha512_BYTES;
constexpr std::size_t kHashBlockSize = 128;
constexpr std::size_t kDomainSizeMax = 255;
constexpr std::size_t kExpandedBlocksMax = 255;

static_assert(OprfOutput::kSize == kHashSize);
static_assert(BlindedElement::kSize == crypto_core_ristretto255_BYTES);
static_assert(OprfProof::kSize == 2 * crypto_core_ristretto255_SCALARBYTES);
// What is reduced to a scalar and mapped to an element has 64 bytes (RFC 9497, section 4.1).
static_assert(crypto_core_ristretto255_HASHBYTES == kHashSize);
static_assert(crypto_core_ristretto255_NONREDUCEDSCALARBYTES == kHashSize);

void Update(crypto_hash_sha512_state& state, absl::string_view bytes) {
  crypto_hash_sha512_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

// contextString (RFC 9497, section 3.1).
std::string ContextString(OprfMode mode) {
  return absl::StrCat("OPRFV1-", std::string(1, static_cast<char>(mode)), "-ristretto255-SHA512");
}

bool HasUnusedBit(const std::uint8_t* element) {
  return (element[crypto_core_ristretto255_BYTES - 1] & 0x80) != 0;
}

void HashToScalarWith(MessageParts message, absl::string_view domain, std::uint8_t* scalar) {
  WipedBytes<kHashSize> uniform;
  ExpandMessageXmd(message, domain, absl::MakeSpan(uniform.bytes));
  crypto_core_ristretto255_scalar_reduce(scalar, uniform.bytes.data());
}

}  // namespace

std::array<std::uint8_t, 2> TwoBytes(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

void ExpandMessageXmd(MessageParts message, absl::string_view domain,
                      absl::Span<std::uint8_t> output) {
  assert(domain.size() <= kDomainSizeMax && output.size() <= kExpandedBlocksMax * kHashSize);
  constexpr std::array<char, kHashBlockSize> kZeros{};
  const std::array<std::uint8_t, 1> domain_size = {static_cast<std::uint8_t>(domain.size())};

  // b_0 = H(Z_pad || msg || l_i_b_str || I2OSP(0, 1) || DST_prime)
  WipedBytes<kHashSize> first;
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  Update(state, View(kZeros));
  for (const absl::string_view part : message) Update(state, part);
  Update(state, View(TwoBytes(output.size())));
  Update(state, absl::string_view(kZeros.data(), 1));
  Update(state, domain);
  Update(state, View(domain_size));
  crypto_hash_sha512_final(&state, first.bytes.data());

  // b_i = H(strxor(b_0, b_(i - 1)) || I2OSP(i, 1) || DST_prime), where strxor is b_0 if i is 1
  WipedBytes<kHashSize> block;
  std::uint8_t number = 0;
  for (std::size_t done = 0; done < output.size(); done += kHashSize) {
    for (std::size_t i = 0; i < kHashSize; ++i) block.bytes[i] ^= first.bytes[i];
    ++number;
    crypto_hash_sha512_init(&state);
    Update(state, View(block.bytes));
    Update(state, absl::string_view(reinterpret_cast<const char*>(&number), 1));
    Update(state, domain);
    Update(state, View(domain_size));
    crypto_hash_sha512_final(&state, block.bytes.data());
    std::copy_n(block.bytes.begin(), std::min(kHashSize, output.size() - done),
                output.begin() + static_cast<std::ptrdiff_t>(done));
  }
}

OprfContext::OprfContext(OprfMode mode)
    : hash_to_group_domain_(absl::StrCat("HashToGroup-", ContextString(mode))),
      hash_to_scalar_domain_(absl::StrCat("HashToScalar-", ContextString(mode))),
      derive_key_domain_(absl::StrCat("DeriveKeyPair", ContextString(mode))),
      seed_domain_(absl::StrCat("Seed-", ContextString(mode))) {}

bool OprfContext::HashToGroup(absl::string_view input, ElementBytes& element) const {
  WipedBytes<kHashSize> uniform;
  ExpandMessageXmd({input}, hash_to_group_domain_, absl::MakeSpan(uniform.bytes));
  crypto_core_ristretto255_from_hash(element.data(), uniform.bytes.data());
  // The caller says so to whoever gave the input.
  return !Declassified(sodium_is_zero(element.data(), element.size()) != 0);
}

void OprfContext::HashToScalar(MessageParts message, std::uint8_t* scalar) const {
  HashToScalarWith(message, hash_to_scalar_domain_, scalar);
}

void OprfContext::HashToKey(MessageParts message, std::uint8_t* scalar) const {
  HashToScalarWith(message, derive_key_domain_, scalar);
}

void FinalizeHash(absl::string_view input, const ElementBytes& element, OprfOutput& output) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  Update(state, View(TwoBytes(input.size())));
  Update(state, input);
  Update(state, View(TwoBytes(element.size())));
  Update(state, View(element));
  Update(state, "Finalize");
  crypto_hash_sha512_final(&state, output.mutable_bytes().data());
}

bool MultiplyReceived(const std::uint8_t* scalar, const std::uint8_t* element,
                      std::uint8_t* product) {
  // The element is public, and whether the product is the identity is whether the element is.
  return !HasUnusedBit(element) &&
         Declassified(crypto_scalarmult_ristretto255(product, scalar, element) == 0);
}

bool MultiplySecret(const std::uint8_t* scalar, const ElementBytes& element,
                    ElementBytes& product) {
  // As HashToGroup() has refused the identity and keys and blinds are not zero, it never fails.
  return Declassified(crypto_scalarmult_ristretto255(product.data(), scalar, element.data()) == 0);
}

bool MultiplyGenerator(const std::uint8_t* scalar, std::uint8_t* product) {
  // Whoever asks publishes the product.
  return Declassified(crypto_scalarmult_ristretto255_base(product, scalar) == 0);
}

bool IsCanonicalScalar(const std::uint8_t* scalar) {
  WipedBytes<crypto_core_ristretto255_NONREDUCEDSCALARBYTES> wide;
  WipedBytes<crypto_core_ristretto255_SCALARBYTES> reduced;
  std::copy_n(scalar, reduced.bytes.size(), wide.bytes.begin());
  crypto_core_ristretto255_scalar_reduce(reduced.bytes.data(), wide.bytes.data());
  return sodium_memcmp(reduced.bytes.data(), scalar, reduced.bytes.size()) == 0;
}

absl::Status CheckPublicKey(const OprfPublicKey& key) {
  // libsodium takes the identity for a valid point.
  if (HasUnusedBit(key.bytes.data()) ||
      crypto_core_ristretto255_is_valid_point(key.bytes.data()) != 1 ||
      sodium_is_zero(key.bytes.data(), key.bytes.size()) != 0) {
    return absl::InvalidArgumentError(
        "the public key is no element of the group in its one encoding, or the identity");
  }
  return absl::OkStatus();
}

absl::Status CheckBatchSize(std::size_t count) {
  if (count >= 1 && count <= kOprfBatchSizeMax) return absl::OkStatus();
  return absl::InvalidArgumentError("a batch has 1 to 65535 elements");
}

absl::Status CheckInput(std::size_t index, absl::string_view input) {
  if (input.size() <= kOprfInputSizeMax) return absl::OkStatus();
  return Refused(index, "input", "is longer than 65535 bytes");
}

absl::Status Refused(std::size_t index, absl::string_view what, absl::string_view why) {
  absl::Status status = absl::InvalidArgumentError(absl::StrCat(what, " ", index, " ", why));
  status.SetPayload(kRefusedIndexPayload, absl::Cord(absl::StrCat(index)));
  return status;
}

absl::Status RefusedElement(std::size_t index, absl::string_view what) {
  return Refused(index, what, "is no element of the group in its one encoding, or is the identity");
}

}  // namespace smartcontacts::crypto
