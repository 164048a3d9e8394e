#include "crypto/sealed_directory_header.h"

#include <array>

namespace smartcontacts::crypto {
namespace {

// `size` bytes, big-endian.
void AppendNumber(std::uint64_t number, int size, std::string& bytes) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(number >> shift));
  }
}

template <std::size_t kSize>
void AppendBytes(const std::array<std::uint8_t, kSize>& from, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(from.data()), kSize);
}

}  // namespace

std::string SignedBytes(const SealedDirectoryHeader& header) {
  std::string bytes;
  AppendNumber(static_cast<std::uint32_t>(header.part), 4, bytes);
  AppendNumber(static_cast<std::uint64_t>(header.epoch), 8, bytes);
  AppendNumber(static_cast<std::uint64_t>(header.revision), 8, bytes);
  AppendNumber(static_cast<std::uint64_t>(header.since_revision), 8, bytes);
  AppendNumber(static_cast<std::uint64_t>(header.entry_count), 8, bytes);
  AppendNumber(header.entry_size, 4, bytes);
  AppendNumber(header.bucket_bits, 4, bytes);
  AppendBytes(header.public_key.bytes, bytes);
  AppendBytes(header.content_hash, bytes);
  AppendNumber(header.buckets.size(), 4, bytes);
  for (const std::uint32_t bucket : header.buckets) AppendNumber(bucket, 4, bytes);
  return bytes;
}

}  // namespace smartcontacts::crypto
