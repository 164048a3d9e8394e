// Which subscribers stand behind a digest: a hash table that is read-only once it is built.
//
// A Swiss table of 4-byte places. A digest that matches nobody (most of an address book) is settled
// by its control bytes, one for each digest, without looking at an entry. Lookups come in batches,
// whose first cache lines are fetched together.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_DIGEST_TABLE_H_
#define SMART_CONTACTS_SERVICE_MATCHING_DIGEST_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "crypto/digest.h"

namespace smartcontacts::service {

// One subscriber found under one digest.
struct DigestEntry {
  crypto::Digest digest;
  std::int64_t visible_revision = 0;  // since when the subscriber can be found under it
  std::uint32_t record = 0;           // which subscriber: its place in the snapshot
  std::uint32_t next = 0;             // DigestTable's own: the next entry of the same digest
};
static_assert(sizeof(DigestEntry) == 32, "two entries share a cache line");

// Immutable; safe for concurrent use.
class DigestTable {
 public:
  // `entries` in rising order of `record`.
  explicit DigestTable(std::vector<DigestEntry> entries);

  // Calls `found` with each entry of each digest: the digests in order, the entries of one digest
  // in rising order of record. `found` returns whether it wants more entries of this digest.
  void Find(absl::Span<const crypto::Digest> digests,
            absl::FunctionRef<bool(std::size_t position, const DigestEntry&)> found) const;

  const std::vector<DigestEntry>& entries() const { return entries_; }
  // The memory it occupies.
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // A place in `entries`, hashed and compared as the digest there. A digest is the output of a
  // keyed hash already, so its first bytes are as good as any hash of it.
  struct Hash {
    using is_transparent = void;
    const DigestEntry* entries;
    std::size_t operator()(const crypto::Digest& digest) const;
    std::size_t operator()(std::uint32_t place) const { return (*this)(entries[place].digest); }
  };
  struct Equal {
    using is_transparent = void;
    const DigestEntry* entries;
    bool operator()(std::uint32_t place, const crypto::Digest& digest) const {
      return entries[place].digest == digest;
    }
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return entries[a].digest == entries[b].digest;
    }
  };

  std::vector<DigestEntry> entries_;
  absl::flat_hash_set<std::uint32_t, Hash, Equal> first_;  // the first entry of each digest
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_DIGEST_TABLE_H_
