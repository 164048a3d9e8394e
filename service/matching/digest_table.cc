#include "service/matching/digest_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smartcontacts::service {
namespace {

// As many cache lines as a core can have under way.
constexpr std::size_t kBatchSize = 16;

}  // namespace

std::size_t DigestTable::Hash::operator()(const crypto::Digest& digest) const {
  std::size_t bits;
  static_assert(sizeof bits <= crypto::Digest::kSize);
  std::memcpy(&bits, digest.bytes.data(), sizeof bits);
  return bits;
}

DigestTable::DigestTable(std::vector<DigestEntry> entries)
    : entries_(std::move(entries)), first_(0, Hash{entries_.data()}, Equal{entries_.data()}) {
  first_.reserve(entries_.size());
  // Of the first entry of each digest: the last one so far.
  std::vector<std::uint32_t> last(entries_.size());
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].next = kNone;
    const auto [first, inserted] = first_.insert(i);
    if (!inserted) entries_[last[*first]].next = i;
    last[*first] = i;
  }
}

void DigestTable::Find(
    absl::Span<const crypto::Digest> digests,
    absl::FunctionRef<bool(std::size_t position, const DigestEntry&)> found) const {
  for (std::size_t begin = 0; begin < digests.size(); begin += kBatchSize) {
    const std::size_t end = std::min(begin + kBatchSize, digests.size());
    for (std::size_t i = begin; i < end; ++i) first_.prefetch(digests[i]);
    for (std::size_t i = begin; i < end; ++i) {
      const auto first = first_.find(digests[i]);
      if (first == first_.end()) continue;
      std::uint32_t entry = *first;
      while (entry != kNone && found(i, entries_[entry])) entry = entries_[entry].next;
    }
  }
}

std::size_t DigestTable::bytes() const {
  constexpr std::size_t kControlByte = 1;
  return entries_.capacity() * sizeof(DigestEntry) +
         first_.capacity() * (sizeof(std::uint32_t) + kControlByte);
}

}  // namespace smartcontacts::service
