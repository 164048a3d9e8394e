// A tenant's directory in memory: what every match is answered from. No database is asked.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_DIRECTORY_SNAPSHOT_H_
#define SMART_CONTACTS_SERVICE_MATCHING_DIRECTORY_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "crypto/digest.h"
#include "domain/tenant.h"
#include "service/matching/digest_table.h"
#include "storage/store.h"

namespace smartcontacts::service {

// A number that leads to more subscribers (a switchboard's, say) names the first of them.
inline constexpr int kMatchesPerDigestMax = 32;

// What the directory says of the account that calls.
struct AccountEntry {
  bool enabled = true;
  MatchingAccess matching_access = MatchingAccess::kTenantDefault;
};

// A subscriber who can be found under a digest.
struct DirectoryMatch {
  crypto::Digest digest;
  std::int64_t visible_revision;  // since when without a break
  crypto::Tag tag;                // of the address of record
  std::string_view aor;           // lives as long as the snapshot
};

// Immutable; safe for concurrent use. Subscribers that are disabled or hidden are known to
// FindAccount() and to nothing else.
class DirectorySnapshot {
 public:
  // Makes the snapshot that follows `previous` when `changes` are applied to it; with null, one of
  // `changes` alone. `epochs` are those of `previous`, if there is one. `changes` names each
  // subscriber once.
  static std::shared_ptr<const DirectorySnapshot> Build(
      const DirectorySnapshot* previous, std::vector<storage::DirectoryEntry> changes,
      const std::vector<storage::EpochRecord>& epochs, std::int64_t revision);

  // The directory's revision.
  std::int64_t revision() const { return revision_; }

  // Whether digests of this epoch can be looked up.
  bool HasEpoch(std::int64_t epoch) const { return TableOf(epoch) != nullptr; }

  // Calls `found` with the position of a digest and the address of record of a subscriber who
  // became visible under it after `since_revision`. In rising order of position, and for one
  // position in the byte order of the addresses, at most kMatchesPerDigestMax of them. The
  // addresses live as long as the snapshot. HasEpoch(epoch) must hold.
  void Match(std::int64_t epoch, absl::Span<const crypto::Digest> digests,
             std::int64_t since_revision,
             absl::FunctionRef<void(std::size_t position, std::string_view aor)> found) const;

  // Whether the subscriber `aor` can be found under `digest`. HasEpoch(epoch) must hold.
  bool Holds(std::int64_t epoch, const crypto::Digest& digest, std::string_view aor) const;

  // Calls `found` with what became visible after `since_revision`, but for subscribers who are not
  // to be announced. In no order. HasEpoch(epoch) must hold.
  void FindGained(std::int64_t epoch, std::int64_t since_revision,
                  absl::FunctionRef<void(const DirectoryMatch&)> found) const;

  // Calls `found` with what could be found in `previous`, an earlier snapshot of this directory,
  // and cannot any more. The addresses are of `previous`. In no order; linear in its size.
  // HasEpoch(epoch) must hold for both.
  void FindLost(std::int64_t epoch, const DirectorySnapshot& previous,
                absl::FunctionRef<void(const DirectoryMatch&)> found) const;

  // Nothing if there is no such subscriber.
  std::optional<AccountEntry> FindAccount(std::string_view aor) const;

  // The oldest revision since which a tenth of the directory at most has become visible: a request
  // that asks for what came since an older one learns too much to count as a small one.
  std::int64_t incremental_floor() const { return incremental_floor_; }

  std::size_t subscriber_count() const { return records_.size(); }
  // The memory it occupies.
  std::size_t bytes() const;

 private:
  class Builder;

  struct Record {
    crypto::Tag tag;  // of the address of record
    std::uint32_t aor_begin = 0;
    std::uint8_t aor_length = 0;
    bool enabled = true;
    bool announced = true;
    MatchingAccess matching_access = MatchingAccess::kTenantDefault;
  };
  static_assert(Aor::kLengthMax <= UINT8_MAX, "aor_length holds every length");

  struct EpochTable {
    std::int64_t epoch = 0;
    DigestTable table;
  };

  DirectorySnapshot() = default;
  DirectoryMatch MatchOf(const DigestEntry& entry) const;
  const DigestTable* TableOf(std::int64_t epoch) const;
  std::string_view AorOf(const Record& record) const {
    return {aors_.data() + record.aor_begin, record.aor_length};
  }

  std::int64_t revision_ = 0;
  std::int64_t incremental_floor_ = 0;
  std::vector<Record> records_;  // by address of record
  std::string aors_;             // back to back, in the order of the records
  std::vector<EpochTable> tables_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_DIRECTORY_SNAPSHOT_H_
