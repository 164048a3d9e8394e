#include "service/matching/directory_snapshot.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace smartcontacts::service {
namespace {

constexpr std::uint32_t kGone = UINT32_MAX;

// The smallest revision that at most a tenth of `entries` is younger than.
std::int64_t IncrementalFloor(const std::vector<DigestEntry>& entries) {
  if (entries.empty()) return 0;
  std::vector<std::int64_t> revisions;
  revisions.reserve(entries.size());
  for (const DigestEntry& entry : entries) revisions.push_back(entry.visible_revision);
  const auto tenth = static_cast<std::ptrdiff_t>(revisions.size() / 10);
  std::nth_element(revisions.begin(), revisions.begin() + tenth, revisions.end(), std::greater<>());
  return revisions[static_cast<std::size_t>(tenth)];
}

}  // namespace

// Merges the records of the previous snapshot with the changed subscribers, both in the order of
// their addresses, and then does the same with each epoch's entries.
class DirectorySnapshot::Builder {
 public:
  Builder(const DirectorySnapshot* previous, std::vector<storage::DirectoryEntry> changes)
      : previous_(previous) {
    for (const storage::DirectoryEntry& change : changes) changed_.insert(change.tag);
    std::erase_if(changes, [](const auto& change) { return !change.subscriber.has_value(); });
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.subscriber->aor < b.subscriber->aor; });
    changes_ = std::move(changes);
  }

  void MergeRecords(DirectorySnapshot& snapshot) {
    static const std::vector<Record> kNoRecords;
    const std::vector<Record>& old = previous_ ? previous_->records_ : kNoRecords;
    snapshot.records_.reserve(old.size() + changes_.size());
    old_places_.assign(old.size(), kGone);
    std::size_t next_change = 0;
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (changed_.contains(old[i].tag)) continue;
      const std::string_view aor = previous_->AorOf(old[i]);
      while (next_change < changes_.size() && changes_[next_change].subscriber->aor.value() < aor) {
        AppendChange(next_change++, snapshot);
      }
      old_places_[i] = Append(old[i], aor, snapshot);
    }
    while (next_change < changes_.size()) AppendChange(next_change++, snapshot);
    snapshot.records_.shrink_to_fit();
    snapshot.aors_.shrink_to_fit();
  }

  DigestTable MergeTable(const storage::EpochRecord& epoch) const {
    const crypto::Digester digester(epoch.salt);
    std::vector<DigestEntry> fresh;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const Subscriber& subscriber = *changes_[i].subscriber;
      if (!subscriber.visible()) continue;
      for (std::size_t j = 0; j < subscriber.identifiers.size(); ++j) {
        fresh.push_back({.digest = digester(subscriber.identifiers[j]),
                         .visible_revision = changes_[i].visible_revisions[j],
                         .record = change_places_[i]});
      }
    }
    std::vector<DigestEntry> kept;
    if (previous_ != nullptr) {
      for (DigestEntry entry : previous_->TableOf(epoch.number)->entries()) {
        entry.record = old_places_[entry.record];
        if (entry.record != kGone) kept.push_back(entry);
      }
    }
    std::vector<DigestEntry> merged(kept.size() + fresh.size());
    std::merge(kept.begin(), kept.end(), fresh.begin(), fresh.end(), merged.begin(),
               [](const DigestEntry& a, const DigestEntry& b) { return a.record < b.record; });
    return DigestTable(std::move(merged));
  }

 private:
  static std::uint32_t Append(Record record, std::string_view aor, DirectorySnapshot& snapshot) {
    record.aor_begin = static_cast<std::uint32_t>(snapshot.aors_.size());
    record.aor_length = static_cast<std::uint8_t>(aor.size());
    snapshot.aors_.append(aor);
    snapshot.records_.push_back(record);
    return static_cast<std::uint32_t>(snapshot.records_.size() - 1);
  }

  void AppendChange(std::size_t change, DirectorySnapshot& snapshot) {
    const Subscriber& subscriber = *changes_[change].subscriber;
    const Record record{.tag = changes_[change].tag,
                        .enabled = subscriber.enabled,
                        .announced = subscriber.choice.announced,
                        .matching_access = subscriber.matching_access};
    change_places_.push_back(Append(record, subscriber.aor.value(), snapshot));
  }

  const DirectorySnapshot* const previous_;
  absl::flat_hash_set<crypto::Tag> changed_;
  std::vector<storage::DirectoryEntry> changes_;  // without the removals
  std::vector<std::uint32_t> old_places_;         // a previous record's new place, or kGone
  std::vector<std::uint32_t> change_places_;      // the place of each of changes_
};

std::shared_ptr<const DirectorySnapshot> DirectorySnapshot::Build(
    const DirectorySnapshot* previous, std::vector<storage::DirectoryEntry> changes,
    const std::vector<storage::EpochRecord>& epochs, std::int64_t revision) {
  std::shared_ptr<DirectorySnapshot> snapshot(new DirectorySnapshot);
  snapshot->revision_ = revision;
  Builder builder(previous, std::move(changes));
  builder.MergeRecords(*snapshot);
  for (const storage::EpochRecord& epoch : epochs) {
    snapshot->tables_.push_back({epoch.number, builder.MergeTable(epoch)});
  }
  snapshot->incremental_floor_ = IncrementalFloor(snapshot->tables_.front().table.entries());
  return snapshot;
}

const DigestTable* DirectorySnapshot::TableOf(std::int64_t epoch) const {
  for (const EpochTable& table : tables_) {
    if (table.epoch == epoch) return &table.table;
  }
  return nullptr;
}

void DirectorySnapshot::Match(
    std::int64_t epoch, absl::Span<const crypto::Digest> digests, std::int64_t since_revision,
    absl::FunctionRef<void(std::size_t position, std::string_view aor)> found) const {
  struct Hit {
    std::size_t position;
    std::uint32_t record;
  };
  std::vector<Hit> hits;
  std::size_t current = digests.size();
  int count = 0;
  TableOf(epoch)->Find(digests, [&](std::size_t position, const DigestEntry& entry) {
    if (position != current) {
      current = position;
      count = 0;
    }
    if (entry.visible_revision > since_revision) {
      hits.push_back({position, entry.record});
      ++count;
    }
    return count < kMatchesPerDigestMax;
  });
  // Step by step for all of them, so that the memory of many is fetched at once.
  for (const Hit& hit : hits) __builtin_prefetch(&records_[hit.record]);
  for (const Hit& hit : hits) __builtin_prefetch(AorOf(records_[hit.record]).data());
  for (const Hit& hit : hits) found(hit.position, AorOf(records_[hit.record]));
}

bool DirectorySnapshot::Holds(std::int64_t epoch, const crypto::Digest& digest,
                              std::string_view aor) const {
  bool holds = false;
  TableOf(epoch)->Find({&digest, 1}, [&](std::size_t, const DigestEntry& entry) {
    holds = AorOf(records_[entry.record]) == aor;
    return !holds;
  });
  return holds;
}

DirectoryMatch DirectorySnapshot::MatchOf(const DigestEntry& entry) const {
  const Record& record = records_[entry.record];
  return {.digest = entry.digest,
          .visible_revision = entry.visible_revision,
          .tag = record.tag,
          .aor = AorOf(record)};
}

void DirectorySnapshot::FindGained(std::int64_t epoch, std::int64_t since_revision,
                                   absl::FunctionRef<void(const DirectoryMatch&)> found) const {
  for (const DigestEntry& entry : TableOf(epoch)->entries()) {
    if (entry.visible_revision > since_revision && records_[entry.record].announced) {
      found(MatchOf(entry));
    }
  }
}

void DirectorySnapshot::FindLost(std::int64_t epoch, const DirectorySnapshot& previous,
                                 absl::FunctionRef<void(const DirectoryMatch&)> found) const {
  for (const DigestEntry& entry : previous.TableOf(epoch)->entries()) {
    const DirectoryMatch match = previous.MatchOf(entry);
    if (!Holds(epoch, match.digest, match.aor)) found(match);
  }
}

std::optional<AccountEntry> DirectorySnapshot::FindAccount(std::string_view aor) const {
  const auto found = std::lower_bound(
      records_.begin(), records_.end(), aor,
      [this](const Record& record, std::string_view wanted) { return AorOf(record) < wanted; });
  if (found == records_.end() || AorOf(*found) != aor) return std::nullopt;
  return AccountEntry{found->enabled, found->matching_access};
}

std::size_t DirectorySnapshot::bytes() const {
  std::size_t bytes = sizeof *this + records_.capacity() * sizeof(Record) + aors_.capacity();
  for (const EpochTable& table : tables_) bytes += table.table.bytes();
  return bytes;
}

}  // namespace smartcontacts::service
