// A tenant's sealed directory of one epoch, in memory: what clients of the private mode download.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_DIRECTORY_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/call_once.h"
#include "crypto/locator.h"
#include "crypto/sealing.h"
#include "crypto/sha256.h"
#include "storage/sealed_directory_store.h"

namespace smartcontacts::service {

// What changed since a revision: a client forgets all entries under `removed`, then takes
// `entries`. Both in the order of their bytes, each back to back.
struct SealedChanges {
  std::string removed;
  std::string entries;
};

// Immutable; safe for concurrent use.
class SealedDirectory {
 public:
  // The directory at `state`. `previous` is the one before or null; `changes` are all since its
  // revision, or all entries there are and those that went since changes_floor.
  static std::shared_ptr<const SealedDirectory> Build(
      const SealedDirectory* previous,
      std::vector<storage::SealedDirectoryStore::EntryChange> changes,
      const storage::SealedDirectoryState& state);

  std::int64_t epoch() const { return state_.epoch; }
  std::int64_t revision() const { return state_.revision; }
  std::size_t label_size() const { return state_.label_size; }
  // Changes since an older revision are not known.
  std::int64_t changes_floor() const { return state_.changes_floor; }
  std::size_t entry_size() const { return entry_size_; }
  std::size_t entry_count() const { return marks_.size(); }

  // How many bits of a locator number its bucket: one bucket while the directory is small, later
  // buckets of 64 to 128 entries.
  std::uint32_t bucket_bits() const { return bucket_bits_; }

  // All entries, back to back, in the order of their bytes. Lives as long as the directory.
  std::string_view entries() const { return entries_; }
  // Of all entries; computed when it is first asked for.
  const crypto::Sha256::Hash& entries_hash() const;
  // Those of one bucket, of 2^bucket_bits.
  std::string_view Bucket(std::uint32_t bucket) const;
  // crypto::EncodeLocatorFilter() over all locators; computed when it is first asked for. Lives as
  // long as the directory.
  std::string_view Filter() const;
  // `since_revision` is from changes_floor() to revision().
  SealedChanges ChangesSince(std::int64_t since_revision) const;

  // The memory it occupies.
  std::size_t bytes() const;

 private:
  // Beside each entry: whose it is and since when.
  struct Mark {
    crypto::Tag owner;
    std::int64_t revision;
  };
  struct Removal {
    crypto::Locator locator;
    crypto::Tag owner;
    std::int64_t revision;
  };
  class Builder;

  SealedDirectory() = default;
  std::string_view Entry(std::size_t i) const {
    return std::string_view(entries_).substr(i * entry_size_, entry_size_);
  }
  // The first entry whose locator begins with `prefix`, a number of `bits` bits, or a greater one.
  std::size_t LowerBound(std::uint64_t prefix, std::uint32_t bits) const;

  storage::SealedDirectoryState state_;
  std::size_t entry_size_ = 0;
  std::uint32_t bucket_bits_ = 0;
  std::string entries_;
  std::vector<Mark> marks_;
  std::vector<Removal> removals_;
  mutable absl::once_flag hash_once_;
  mutable crypto::Sha256::Hash hash_{};
  mutable absl::once_flag filter_once_;
  mutable std::string filter_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_DIRECTORY_H_
