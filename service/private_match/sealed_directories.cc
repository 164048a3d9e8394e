#include "service/private_match/sealed_directories.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

absl::Status NotSealedYet() {
  return MakeError(Reason::kServiceUnavailable,
                   "the sealed directory is being made: try again shortly",
                   {.retry_delay = absl::Seconds(2)});
}

}  // namespace

std::shared_ptr<SealedDirectories::Place> SealedDirectories::PlaceOf(const Key& key) {
  MutexLock lock(mutex_);
  Kept& kept = places_[key];
  if (kept.place == nullptr) kept.place = std::make_shared<Place>();
  kept.used = ++use_count_;
  return kept.place;
}

void SealedDirectories::Weigh(const Key& key, std::size_t bytes) {
  MutexLock lock(mutex_);
  if (const auto found = places_.find(key); found != places_.end()) found->second.bytes = bytes;
  while (places_.size() > 1) {
    std::size_t sum = 0;
    auto oldest = places_.begin();
    for (auto it = places_.begin(); it != places_.end(); ++it) {
      sum += it->second.bytes;
      if (it->second.used < oldest->second.used) oldest = it;
    }
    if (sum <= bytes_max_) return;
    places_.erase(oldest);
  }
}

void SealedDirectories::DropUnless(absl::FunctionRef<bool(const TenantId&)> kept) {
  MutexLock lock(mutex_);
  absl::erase_if(places_, [kept](const auto& entry) { return !kept(entry.first.first); });
}

absl::Status SealedDirectories::Refresh(const Key& key, Place& place) {
  const auto& [id, epoch] = key;
  ASSIGN_OR_RETURN(const std::vector<storage::SealedDirectoryState> states, store_.ListSealed(id));
  const auto state = std::find_if(
      states.begin(), states.end(),
      [epoch = epoch](const storage::SealedDirectoryState& of) { return of.epoch == epoch; });
  if (state == states.end() || !state->complete || state->dropped) {
    place.directory = nullptr;
    return NotSealedYet();
  }
  const SealedDirectory* previous = place.directory.get();
  if (previous != nullptr && previous->revision() == state->revision &&
      previous->label_size() == state->label_size) {
    return absl::OkStatus();
  }
  if (previous != nullptr &&
      (previous->revision() < state->changes_floor || previous->revision() > state->revision ||
       previous->label_size() != state->label_size)) {
    previous = nullptr;  // the directory was made anew
  }
  std::vector<storage::SealedDirectoryStore::EntryChange> changes;
  ASSIGN_OR_RETURN(const storage::SealedDirectoryState read,
                   store_.ReadSealed(id, epoch, previous == nullptr ? 0 : previous->revision(),
                                     [&changes](storage::SealedDirectoryStore::EntryChange change) {
                                       changes.push_back(std::move(change));
                                     }));
  place.directory = SealedDirectory::Build(previous, std::move(changes), read);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const SealedDirectory>> SealedDirectories::Get(const TenantId& id,
                                                                              std::int64_t epoch) {
  const Key key(id, epoch);
  const std::shared_ptr<Place> place = PlaceOf(key);
  std::shared_ptr<const SealedDirectory> directory;
  {
    MutexLock lock(place->mutex);
    RETURN_IF_ERROR(Refresh(key, *place));
    directory = place->directory;
  }
  Weigh(key, directory->bytes());
  return directory;
}

}  // namespace smartcontacts::service
