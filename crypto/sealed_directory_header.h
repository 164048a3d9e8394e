// What is signed of a part of a sealed directory, so that whoever passes it on can change nothing.

#ifndef SMART_CONTACTS_CRYPTO_SEALED_DIRECTORY_HEADER_H_
#define SMART_CONTACTS_CRYPTO_SEALED_DIRECTORY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/oprf.h"
#include "crypto/sha256.h"

namespace smartcontacts::crypto {

// The numbers are those of the wire.
enum class SealedDirectoryPart : std::uint32_t {
  kWhole = 1,
  kBuckets = 2,
  kFilter = 3,
  kChanges = 4
};

struct SealedDirectoryHeader {
  SealedDirectoryPart part = SealedDirectoryPart::kWhole;
  std::int64_t epoch = 0;
  std::int64_t revision = 0;
  std::int64_t since_revision = 0;
  std::int64_t entry_count = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t bucket_bits = 0;
  OprfPublicKey public_key{};
  Sha256::Hash content_hash{};
  std::vector<std::uint32_t> buckets;
};

// The message that the tenant's directory key signs (SignaturePurpose::kSealedDirectory):
//
//   part (4) || epoch (8) || revision (8) || since_revision (8) || entry_count (8) ||
//   entry_size (4) || bucket_bits (4) || public_key (32) || content_hash (32) ||
//   number of buckets (4) || the buckets (4 each)
//
// Numbers are big-endian.
std::string SignedBytes(const SealedDirectoryHeader& header);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SEALED_DIRECTORY_HEADER_H_
