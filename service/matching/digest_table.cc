#include "service/matching/digest_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace smartcontacts::service {
namespace {

// As many cache lines as a core can have under way.
constexpr std::size_t kBatchSize = 16;

// A digest is the output of a keyed hash, so any of its bits are as good as a hash. The slot's
// place and its fingerprint come from different bits.
std::uint64_t PlaceBits(const crypto::Digest& digest) {
  std::uint64_t bits;
  std::memcpy(&bits, digest.bytes.data(), sizeof bits);
  return bits;
}

std::uint32_t Fingerprint(const crypto::Digest& digest) {
  std::uint32_t bits;
  std::memcpy(&bits, digest.bytes.data() + sizeof(std::uint64_t), sizeof bits);
  return bits;
}

}  // namespace

DigestTable::DigestTable(std::vector<DigestEntry> entries) : entries_(std::move(entries)) {
  slots_.resize(std::bit_ceil(std::max<std::size_t>(2 * entries_.size(), 2)));
  // From the back, because Insert() puts an entry before the others of its digest.
  for (std::size_t i = entries_.size(); i > 0; --i) Insert(static_cast<std::uint32_t>(i - 1));
}

void DigestTable::Insert(std::uint32_t entry) {
  Slot& slot = const_cast<Slot&>(Probe(entries_[entry].digest));
  slot.fingerprint = Fingerprint(entries_[entry].digest);
  entries_[entry].next = slot.first;
  slot.first = entry;
}

std::size_t DigestTable::Home(const crypto::Digest& digest) const {
  return PlaceBits(digest) & (slots_.size() - 1);
}

const DigestTable::Slot& DigestTable::Probe(const crypto::Digest& digest) const {
  const std::uint32_t fingerprint = Fingerprint(digest);
  for (std::size_t place = Home(digest);; place = (place + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[place];
    if (slot.first == kNone) return slot;
    if (slot.fingerprint == fingerprint && entries_[slot.first].digest == digest) return slot;
  }
}

void DigestTable::Find(
    absl::Span<const crypto::Digest> digests,
    absl::FunctionRef<bool(std::size_t position, const DigestEntry&)> found) const {
  for (std::size_t begin = 0; begin < digests.size(); begin += kBatchSize) {
    const std::size_t end = std::min(begin + kBatchSize, digests.size());
    for (std::size_t i = begin; i < end; ++i) __builtin_prefetch(&slots_[Home(digests[i])]);
    for (std::size_t i = begin; i < end; ++i) {
      std::uint32_t entry = Probe(digests[i]).first;
      while (entry != kNone && found(i, entries_[entry])) entry = entries_[entry].next;
    }
  }
}

std::size_t DigestTable::bytes() const {
  return entries_.capacity() * sizeof(DigestEntry) + slots_.capacity() * sizeof(Slot);
}

}  // namespace smartcontacts::service
