// What an OPRF output becomes: the place and the key of an entry in a tenant's sealed directory.
//
//   locator       = the first 16 bytes of HKDF-Expand(output, kLocatorInfo)
//   label key     = the first 32 bytes of HKDF-Expand(output, kLabelKeyInfo || version)
//   padded label  = label's size (2 bytes) || label || zeros, `label_size` bytes together
//   sealed entry  = locator (16) || version (8) || ciphertext (label_size) || authenticator (16)
//
// HKDF-Expand is that of RFC 5869, section 2.3, with SHA-512: the output is uniformly random and
// needs no Extract. The ciphertext is ChaCha20-Poly1305 (RFC 8439, section 2.8) under the label key
// with a nonce of zeros; locator and version are authenticated with it. Numbers are big-endian.
//
// One key has one nonce and so may seal one label only: a version that was used for an output is
// never used for another label. Whoever saw both entries could subtract them, and forge.
//
// Functions are safe for concurrent use.

#ifndef SMART_CONTACTS_CRYPTO_SEALED_ENTRY_H_
#define SMART_CONTACTS_CRYPTO_SEALED_ENTRY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/locator.h"
#include "crypto/oprf.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

inline constexpr char kLocatorInfo[] = "smart-contacts/sealed-directory/locator/v1";
inline constexpr char kLabelKeyInfo[] = "smart-contacts/sealed-directory/label-key/v1";

// The sizes of a padded label: all entries of a directory have one, so that an entry's size does
// not tell whose it is.
inline constexpr std::array<std::size_t, 3> kLabelSizes = {64, 128, 272};
// The longest label that fits into one of `label_size` bytes.
constexpr std::size_t LabelLengthMax(std::size_t label_size) { return label_size - 2; }
inline constexpr std::size_t kLabelLengthMax = LabelLengthMax(kLabelSizes.back());

// What of an entry anybody can read.
struct EntryHeader {
  Locator locator;
  std::uint64_t version;
};

// The place of an output's entry. Cannot fail.
Locator LocatorOf(const OprfOutput& output);

// The key of an output's entry of one version: for other implementations' sake, SealEntry() and
// OpenEntry() derive it themselves. The caller wipes it. Cannot fail.
inline constexpr std::size_t kLabelKeySize = 32;
using LabelKey = std::array<std::uint8_t, kLabelKeySize>;
void DeriveLabelKey(const OprfOutput& output, std::uint64_t version, LabelKey& key);

// The smallest of kLabelSizes that a label of `length` bytes fits in. INVALID_ARGUMENT if it is
// longer than kLabelLengthMax.
absl::StatusOr<std::size_t> LabelSizeFor(std::size_t length);

// The size of a sealed entry.
constexpr std::size_t SealedEntrySize(std::size_t label_size) {
  return Locator::kSize + sizeof(std::uint64_t) + label_size + 16;
}

// INVALID_ARGUMENT if `label_size` is none of kLabelSizes or the label does not fit: it is at most
// label_size - 2 bytes.
absl::StatusOr<std::string> SealEntry(const OprfOutput& output, std::uint64_t version,
                                      absl::string_view label, std::size_t label_size);

// The label. DATA_LOSS if `entry` has none of the sizes, is that of another output, does not open,
// or its label is not padded as above.
absl::StatusOr<std::string> OpenEntry(const OprfOutput& output, absl::string_view entry);

// DATA_LOSS if `entry` has none of the sizes.
absl::StatusOr<EntryHeader> ParseEntryHeader(absl::string_view entry);

// An entry that opens with nothing and is told from the others by nobody without `key`: it makes a
// directory's size a round number. The place depends on the index; the rest on the version as well,
// so that a new version looks like any other change. INVALID_ARGUMENT if `label_size` is none of
// kLabelSizes. `key` is for this purpose only.
absl::StatusOr<std::string> PaddingEntry(const SecretKey& key, std::uint64_t index,
                                         std::uint64_t version, std::size_t label_size);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SEALED_ENTRY_H_
