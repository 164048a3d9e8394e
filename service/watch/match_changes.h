// What changed in a directory for those who retain contacts.

#ifndef SMART_CONTACTS_SERVICE_WATCH_MATCH_CHANGES_H_
#define SMART_CONTACTS_SERVICE_WATCH_MATCH_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/matching/tenant_cache.h"
#include "service/watch/watch_event.h"
#include "storage/address_book_store.h"

namespace smartcontacts::service {

// Matches of one epoch that came or went. Not safe for concurrent modification.
class MatchChanges {
 public:
  explicit MatchChanges(std::int64_t epoch) : epoch_(epoch) {}

  // What became visible in `directory` behind `cursor`. With `before`: unless it could be found
  // there as well, which is what somebody was told who stayed all the time.
  void AddGained(const DirectorySnapshot& directory, const WatchCursor& cursor,
                 const DirectorySnapshot* before);
  // What could be found in `before` and cannot in `directory`.
  void AddLost(const DirectorySnapshot& directory, const DirectorySnapshot& before);

  std::size_t size() const { return changes_.size(); }

  // Whom that concerns, for each what was lost and then what was gained, in the order of cursors.
  // Of one book only, if given. Errors: the store's.
  absl::StatusOr<absl::flat_hash_map<storage::BookKey, std::vector<WatchEvent>>> FindEvents(
      storage::AddressBookStore& books, const TenantId& tenant,
      const std::optional<storage::BookKey>& book, absl::Time synced_after);

 private:
  void Add(WatchEvent::Kind kind, const DirectoryMatch& match);
  void Sort();

  const std::int64_t epoch_;
  std::vector<WatchEvent> changes_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_WATCH_MATCH_CHANGES_H_
