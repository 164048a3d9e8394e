// Which subscribers stand behind a digest: an open-addressing table, read-only once it is built.
//
// A slot is 8 bytes: 32 bits of the digest and the place of the full entry, so that eight slots
// share a cache line and a digest that matches nobody (most of an address book) is settled there.
// Lookups come in batches, whose first cache lines are fetched together.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_DIGEST_TABLE_H_
#define SMART_CONTACTS_SERVICE_MATCHING_DIGEST_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

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
  struct Slot {
    std::uint32_t fingerprint = 0;
    std::uint32_t first = kNone;
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  void Insert(std::uint32_t entry);
  // The slot of `digest`, or the empty one where it would be.
  const Slot& Probe(const crypto::Digest& digest) const;
  std::size_t Home(const crypto::Digest& digest) const;

  std::vector<DigestEntry> entries_;
  std::vector<Slot> slots_;  // their number is a power of two; at most half are taken
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_DIGEST_TABLE_H_
