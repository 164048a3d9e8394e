#include "crypto/sealed_entry.h"

#include <sodium.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "crypto/oprf_group.h"
#include "crypto/text_bytes.h"
#include "domain/status_macros.h"

namespace smartcontacts::crypto {
namespace {

constexpr char kPaddingLocatorDomain[] = "smart-contacts/sealed-directory/padding-locator/v1";
constexpr char kPaddingKeyDomain[] = "smart-contacts/sealed-directory/padding-key/v1";

constexpr std::size_t kVersionSize = 8;
constexpr std::size_t kHeaderSize = Locator::kSize + kVersionSize;
constexpr std::size_t kLengthSize = 2;
constexpr std::size_t kAuthenticatorSize = crypto_aead_chacha20poly1305_ietf_ABYTES;
constexpr std::array<unsigned char, crypto_aead_chacha20poly1305_ietf_NPUBBYTES> kNonce{};

static_assert(SealedEntrySize(kLabelSizes[0]) == kHeaderSize + kLabelSizes[0] + kAuthenticatorSize);
static_assert(kLabelKeySize == crypto_aead_chacha20poly1305_ietf_KEYBYTES);
static_assert(kNonce.size() == crypto_stream_chacha20_ietf_NONCEBYTES);
static_assert(kLabelLengthMax <= 65535, "a length has two bytes");

using EightBytes = std::array<std::uint8_t, kVersionSize>;

EightBytes BigEndian(std::uint64_t value) {
  EightBytes bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
  }
  return bytes;
}

unsigned char* MutableBytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// The only block that HKDF-Expand needs for up to 64 bytes: T(1) = HMAC(PRK, info || 0x01).
void ExpandOneBlock(const OprfOutput& output, MessageParts info,
                    WipedBytes<crypto_auth_hmacsha512_BYTES>& block) {
  constexpr std::array<unsigned char, 1> kFirst = {1};
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, output.bytes().data(), output.bytes().size());
  for (const absl::string_view part : info) {
    crypto_auth_hmacsha512_update(&state, Bytes(part), part.size());
  }
  crypto_auth_hmacsha512_update(&state, kFirst.data(), kFirst.size());
  crypto_auth_hmacsha512_final(&state, block.bytes.data());
}

// BLAKE2b (RFC 7693), keyed, of as many bytes as `hash` has.
void Hash(const SecretKey& key, MessageParts message, absl::Span<std::uint8_t> hash) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.bytes().data(), SecretKey::kSize, hash.size());
  for (const absl::string_view part : message) {
    crypto_generichash_update(&state, Bytes(part), part.size());
  }
  crypto_generichash_final(&state, hash.data(), hash.size());
}

bool IsLabelSize(std::size_t size) {
  return std::find(kLabelSizes.begin(), kLabelSizes.end(), size) != kLabelSizes.end();
}

absl::Status CheckLabelSize(std::size_t size) {
  if (IsLabelSize(size)) return absl::OkStatus();
  return absl::InvalidArgumentError("a label size is 64, 128 or 272");
}

}  // namespace

Locator LocatorOf(const OprfOutput& output) {
  WipedBytes<crypto_auth_hmacsha512_BYTES> block;
  ExpandOneBlock(output, {kLocatorInfo}, block);
  Locator locator;
  std::copy_n(block.bytes.begin(), Locator::kSize, locator.bytes.begin());
  return locator;
}

void DeriveLabelKey(const OprfOutput& output, std::uint64_t version, LabelKey& key) {
  WipedBytes<crypto_auth_hmacsha512_BYTES> block;
  ExpandOneBlock(output, {kLabelKeyInfo, View(BigEndian(version))}, block);
  std::copy_n(block.bytes.begin(), key.size(), key.begin());
}

absl::StatusOr<std::size_t> LabelSizeFor(std::size_t length) {
  for (const std::size_t size : kLabelSizes) {
    if (length <= size - kLengthSize) return size;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a label is longer than ", kLabelLengthMax, " bytes"));
}

absl::StatusOr<std::string> SealEntry(const OprfOutput& output, std::uint64_t version,
                                      absl::string_view label, std::size_t label_size) {
  RETURN_IF_ERROR(CheckLabelSize(label_size));
  if (label.size() > label_size - kLengthSize) {
    return absl::InvalidArgumentError("a label does not fit in the directory's label size");
  }
  const Locator locator = LocatorOf(output);
  std::string entry;
  entry.reserve(SealedEntrySize(label_size));
  absl::StrAppend(&entry, View(locator.bytes), View(BigEndian(version)),
                  View(TwoBytes(label.size())), label);
  entry.resize(SealedEntrySize(label_size));

  WipedBytes<kLabelKeySize> key;
  DeriveLabelKey(output, version, key.bytes);
  unsigned char* const bytes = MutableBytes(entry);
  crypto_aead_chacha20poly1305_ietf_encrypt(bytes + kHeaderSize, nullptr, bytes + kHeaderSize,
                                            label_size, bytes, kHeaderSize, nullptr, kNonce.data(),
                                            key.bytes.data());
  return entry;
}

absl::StatusOr<EntryHeader> ParseEntryHeader(absl::string_view entry) {
  if (entry.size() < SealedEntrySize(0) || !IsLabelSize(entry.size() - SealedEntrySize(0))) {
    return absl::DataLossError("a sealed entry has none of the sizes of one");
  }
  EntryHeader header{};
  std::copy_n(entry.begin(), Locator::kSize, header.locator.bytes.begin());
  for (const char byte : entry.substr(Locator::kSize, kVersionSize)) {
    header.version = header.version << 8 | static_cast<std::uint8_t>(byte);
  }
  return header;
}

absl::StatusOr<std::string> OpenEntry(const OprfOutput& output, absl::string_view entry) {
  ASSIGN_OR_RETURN(const EntryHeader header, ParseEntryHeader(entry));
  if (header.locator != LocatorOf(output)) {
    return absl::DataLossError("a sealed entry is that of another output");
  }
  WipedBytes<kLabelKeySize> key;
  DeriveLabelKey(output, header.version, key.bytes);
  WipedBytes<kLabelSizes.back()> padded;
  if (crypto_aead_chacha20poly1305_ietf_decrypt(
          padded.bytes.data(), nullptr, nullptr, Bytes(entry) + kHeaderSize,
          entry.size() - kHeaderSize, Bytes(entry), kHeaderSize, kNonce.data(),
          key.bytes.data()) != 0) {
    return absl::DataLossError("a sealed entry does not open: altered, or of another key");
  }
  const std::size_t length = std::size_t{padded.bytes[0]} << 8 | padded.bytes[1];
  const std::size_t label_size = entry.size() - SealedEntrySize(0);
  if (length > label_size - kLengthSize ||
      sodium_is_zero(padded.bytes.data() + kLengthSize + length,
                     label_size - kLengthSize - length) != 1) {
    return absl::DataLossError("the label of a sealed entry is not padded as it should be");
  }
  return std::string(View(padded.bytes).substr(kLengthSize, length));
}

absl::StatusOr<std::string> PaddingEntry(const SecretKey& key, std::uint64_t index,
                                         std::uint64_t version, std::size_t label_size) {
  RETURN_IF_ERROR(CheckLabelSize(label_size));
  const EightBytes index_bytes = BigEndian(index);
  const EightBytes version_bytes = BigEndian(version);
  std::string entry(SealedEntrySize(label_size), '\0');
  unsigned char* const bytes = MutableBytes(entry);
  Hash(key, {kPaddingLocatorDomain, View(index_bytes)}, {bytes, Locator::kSize});
  std::copy(version_bytes.begin(), version_bytes.end(), bytes + Locator::kSize);
  WipedBytes<crypto_stream_chacha20_ietf_KEYBYTES> stream_key;
  Hash(key, {kPaddingKeyDomain, View(index_bytes), View(version_bytes)},
       absl::MakeSpan(stream_key.bytes));
  crypto_stream_chacha20_ietf(bytes + kHeaderSize, entry.size() - kHeaderSize, kNonce.data(),
                              stream_key.bytes.data());
  return entry;
}

}  // namespace smartcontacts::crypto
