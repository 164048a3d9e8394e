// The sealed directories that are in memory. One loads when it is first asked for; beyond the
// memory budget the ones not used for longest leave.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_DIRECTORIES_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_DIRECTORIES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "domain/mutex.h"
#include "domain/names.h"
#include "service/private_match/sealed_directory.h"
#include "storage/sealed_directory_store.h"

namespace smartcontacts::service {

// Safe for concurrent use.
class SealedDirectories {
 public:
  // `store` must outlive it.
  SealedDirectories(storage::SealedDirectoryStore& store, std::size_t bytes_max)
      : store_(store), bytes_max_(bytes_max) {}

  // The directory as the store has it now; asks the store, which callers of one directory do one
  // after the other. kServiceUnavailable with the time to wait while it is being sealed for the
  // first time; errors of the store.
  absl::StatusOr<std::shared_ptr<const SealedDirectory>> Get(const TenantId& id,
                                                             std::int64_t epoch);

  // Drops the directories of tenants that are not `kept`: they are purged, or not used any more.
  void DropUnless(absl::FunctionRef<bool(const TenantId&)> kept);

 private:
  using Key = std::pair<TenantId, std::int64_t>;
  struct Place {
    Mutex mutex;
    std::shared_ptr<const SealedDirectory> directory ABSL_GUARDED_BY(mutex);
  };
  struct Kept {
    std::shared_ptr<Place> place;
    std::int64_t used = 0;  // the higher, the later
    std::size_t bytes = 0;
  };

  std::shared_ptr<Place> PlaceOf(const Key& key);
  absl::Status Refresh(const Key& key, Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(place.mutex);
  // Records how large it is, and makes room.
  void Weigh(const Key& key, std::size_t bytes);

  storage::SealedDirectoryStore& store_;
  const std::size_t bytes_max_;
  Mutex mutex_;
  std::int64_t use_count_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Key, Kept> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_DIRECTORIES_H_
