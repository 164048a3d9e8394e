#include "service/watch/watch.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/watch/match_changes.h"

namespace smartcontacts::service {
namespace {

// Changes that are looked through for one device, and what it is told of them: beyond that,
// matching in full is cheaper.
constexpr std::size_t kChangesMax = 200'000;
constexpr std::size_t kMissedMax = 10'000;

absl::Status TooOld() {
  return MakeError(Reason::kRevisionExpired,
                   "what changed since the cursor cannot be told: match in full, then watch with "
                   "since_revision",
                   {.field = "cursor"});
}

}  // namespace

absl::StatusOr<std::vector<WatchEvent>> Watch::FindMissed(storage::AddressBookStore& books,
                                                          const LoadedTenant& tenant,
                                                          absl::Time synced_after) const {
  std::vector<WatchEvent> missed;
  const DirectorySnapshot& directory = *tenant.directory;
  absl::flat_hash_set<std::pair<std::string, std::string>> known;
  for (const KnownMatch& match : request_.known) {
    if (directory.HasEpoch(match.epoch) && directory.Holds(match.epoch, match.digest, match.aor)) {
      known.emplace(std::string(match.digest.bytes.begin(), match.digest.bytes.end()), match.aor);
      continue;
    }
    missed.push_back({.kind = WatchEvent::Kind::kRevoked,
                      .cursor = request_.cursor.value_or(WatchCursor{}),
                      .epoch = match.epoch,
                      .digest = match.digest,
                      .aor = match.aor});
  }
  if (!request_.cursor.has_value()) return missed;
  // Of a state that is no more: a backup was restored.
  if (request_.cursor->revision > directory.revision()) return TooOld();
  MatchChanges changes(request_.epoch);
  changes.AddGained(directory, *request_.cursor, nullptr);
  if (changes.size() > kChangesMax) return TooOld();
  ASSIGN_OR_RETURN(auto events,
                   changes.FindEvents(books, request_.account.tenant, request_.book, synced_after));
  if (events[request_.book].size() > kMissedMax) return TooOld();
  for (WatchEvent& event : events[request_.book]) {
    const std::string digest(event.digest.bytes.begin(), event.digest.bytes.end());
    if (!known.contains(std::pair(digest, event.aor))) missed.push_back(std::move(event));
  }
  return missed;
}

void Watch::CatchUp(const std::vector<WatchEvent>& missed, std::int64_t revision, absl::Time now) {
  MutexLock lock(mutex_);
  cursor_ = request_.cursor.value_or(WatchCursor::EndOf(revision));
  Tell(missed, revision, now);
  Tell(waiting_, std::max(revision, waiting_revision_), now);
  waiting_ = {};
  caught_up_ = true;
  sink_->Send({.kind = WatchEvent::Kind::kHeartbeat, .cursor = cursor_});
  told_time_ = now;
}

void Watch::Deliver(const std::vector<WatchEvent>& events, std::int64_t revision, absl::Time now) {
  MutexLock lock(mutex_);
  if (caught_up_) return Tell(events, revision, now);
  waiting_.insert(waiting_.end(), events.begin(), events.end());
  waiting_revision_ = revision;
}

void Watch::Tell(const std::vector<WatchEvent>& events, std::int64_t revision, absl::Time now) {
  for (WatchEvent event : events) {
    // What ended has no place of its own: a device that did not handle it shows the match still,
    // and says so when it comes back.
    if (event.kind == WatchEvent::Kind::kAnnounced) cursor_ = std::max(cursor_, event.cursor);
    event.cursor = cursor_;
    sink_->Send(event);
    told_time_ = now;
  }
  cursor_ = std::max(cursor_, WatchCursor::EndOf(revision));
}

void Watch::Beat(absl::Duration interval, absl::Time now) {
  MutexLock lock(mutex_);
  // A clock that jumped back must not silence the watch; a moment is no jump.
  if (!caught_up_ || absl::AbsDuration(now - told_time_) < interval) return;
  sink_->Send({.kind = WatchEvent::Kind::kHeartbeat, .cursor = cursor_});
  told_time_ = now;
}

void Watch::End(const absl::Status& status) { sink_->End(status); }

}  // namespace smartcontacts::service
