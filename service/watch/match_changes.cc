#include "service/watch/match_changes.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "domain/status_macros.h"

namespace smartcontacts::service {
namespace {

// Digests in one question to the store.
constexpr std::size_t kQuestionMax = 10'000;

}  // namespace

void MatchChanges::Add(WatchEvent::Kind kind, const DirectoryMatch& match) {
  changes_.push_back({.kind = kind,
                      .cursor = WatchCursor::At(match.visible_revision, match.digest, match.tag),
                      .epoch = epoch_,
                      .digest = match.digest,
                      .aor = std::string(match.aor)});
}

void MatchChanges::AddGained(const DirectorySnapshot& directory, const WatchCursor& cursor,
                             const DirectorySnapshot* before) {
  const bool comparable = before != nullptr && before->HasEpoch(epoch_);
  directory.FindGained(epoch_, cursor.revision - 1, [&](const DirectoryMatch& match) {
    if (WatchCursor::At(match.visible_revision, match.digest, match.tag) <= cursor) return;
    if (comparable && before->Holds(epoch_, match.digest, match.aor)) return;
    Add(WatchEvent::Kind::kAnnounced, match);
  });
}

void MatchChanges::AddLost(const DirectorySnapshot& directory, const DirectorySnapshot& before) {
  if (!before.HasEpoch(epoch_)) return;
  directory.FindLost(epoch_, before, [this](const DirectoryMatch& match) {
    Add(WatchEvent::Kind::kRevoked, match);
  });
}

// By digest first: those of one digest are found together.
void MatchChanges::Sort() {
  std::sort(changes_.begin(), changes_.end(), [](const WatchEvent& a, const WatchEvent& b) {
    return std::tie(a.digest, a.cursor, a.kind) < std::tie(b.digest, b.cursor, b.kind);
  });
}

absl::StatusOr<absl::flat_hash_map<storage::BookKey, std::vector<WatchEvent>>>
MatchChanges::FindEvents(storage::AddressBookStore& books, const TenantId& tenant,
                         const std::optional<storage::BookKey>& book, absl::Time synced_after) {
  absl::flat_hash_map<storage::BookKey, std::vector<WatchEvent>> events;
  Sort();
  std::vector<crypto::Digest> digests;
  std::vector<std::size_t> begins;  // of each digest in changes_
  const auto ask = [&]() -> absl::Status {
    if (digests.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<storage::Holder> holders,
                     books.FindHolders(tenant, epoch_, digests, book, synced_after));
    for (const storage::Holder& holder : holders) {
      const crypto::Digest& digest = digests[holder.position];
      for (std::size_t i = begins[holder.position];
           i < changes_.size() && changes_[i].digest == digest; ++i) {
        events[holder.book].push_back(changes_[i]);
      }
    }
    digests.clear();
    begins.clear();
    return absl::OkStatus();
  };
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (!digests.empty() && digests.back() == changes_[i].digest) continue;
    if (digests.size() == kQuestionMax) RETURN_IF_ERROR(ask());
    digests.push_back(changes_[i].digest);
    begins.push_back(i);
  }
  RETURN_IF_ERROR(ask());
  for (auto& [key, own] : events) {
    std::sort(own.begin(), own.end(), [](const WatchEvent& a, const WatchEvent& b) {
      const bool a_gained = a.kind == WatchEvent::Kind::kAnnounced;
      const bool b_gained = b.kind == WatchEvent::Kind::kAnnounced;
      return std::tie(a_gained, a.cursor) < std::tie(b_gained, b.cursor);
    });
  }
  return events;
}

}  // namespace smartcontacts::service
