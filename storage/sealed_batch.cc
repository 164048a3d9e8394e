#include "storage/sealed_batch.h"

#include <algorithm>

#include "domain/status_macros.h"

namespace smartcontacts::storage {
namespace {

absl::Status CheckPlace(const SealedDirectoryState& state, const SealedBatch& batch) {
  if (batch.revision < batch.from_revision) {
    return absl::InvalidArgumentError("a batch of a sealed directory leads to an older revision");
  }
  // Another label size: the directory was dropped and begun anew.
  const bool is_there = batch.label_size == state.label_size &&
                        batch.from_revision == state.revision &&
                        batch.from_tag == state.sealed_up_to;
  // The end of the sealing may look like its beginning, and a revision that is complete is out.
  const bool leads_on = !state.complete || (batch.complete && batch.revision > state.revision);
  if (!is_there || !leads_on) {
    return absl::AbortedError("somebody else has gone on with this sealed directory");
  }
  return absl::OkStatus();
}

// Writes what is needed for `wanted` to be all live entries of their owners, of which there are
// `live` now. Returns by how many there are more then.
absl::StatusOr<std::int64_t> WriteSubscribers(absl::Span<const SealedSubscriber> wanted,
                                              SealedRowKeys live, std::int64_t revision,
                                              SealedRows& rows) {
  std::vector<SealedRowChange> changes;
  for (const SealedSubscriber& subscriber : wanted) {
    for (const SealedEntry& entry : subscriber.entries) {
      const SealedRowKey key{subscriber.tag, entry.locator};
      if (live.erase(key) == 0) changes.push_back({key, entry.bytes});
    }
  }
  const auto added = static_cast<std::int64_t>(changes.size());
  for (const SealedRowKey& key : live) changes.push_back({key, std::nullopt});
  RETURN_IF_ERROR(rows.Write(changes, revision));
  return added - static_cast<std::int64_t>(live.size());
}

absl::StatusOr<std::int64_t> WritePadding(const PaddingChange& padding, std::int64_t revision,
                                          SealedRows& rows) {
  std::vector<crypto::Locator> locators = padding.removed;
  for (const SealedEntry& entry : padding.added) locators.push_back(entry.locator);
  if (locators.empty()) return 0;
  ASSIGN_OR_RETURN(const SealedRowKeys live, rows.LivePadding(locators));
  std::vector<SealedRowChange> changes;
  std::int64_t growth = 0;
  for (const SealedEntry& entry : padding.added) {
    const SealedRowKey key{kPaddingOwner, entry.locator};
    if (live.contains(key)) continue;
    changes.push_back({key, entry.bytes});
    ++growth;
  }
  for (const crypto::Locator& locator : padding.removed) {
    const SealedRowKey key{kPaddingOwner, locator};
    if (!live.contains(key)) continue;
    changes.push_back({key, std::nullopt});
    --growth;
  }
  RETURN_IF_ERROR(rows.Write(changes, revision));
  return growth;
}

}  // namespace

absl::StatusOr<SealedDirectoryState> ApplyBatch(SealedDirectoryState state,
                                                const SealedBatch& batch, SealedRows& rows) {
  RETURN_IF_ERROR(CheckPlace(state, batch));
  ASSIGN_OR_RETURN(SealedRowKeys live, rows.LiveOf(batch.subscribers));
  ASSIGN_OR_RETURN(const std::int64_t entries,
                   WriteSubscribers(batch.subscribers, std::move(live), batch.revision, rows));
  state.entry_count += entries;
  if (batch.complete && batch.pad) {
    ASSIGN_OR_RETURN(
        const std::int64_t padding,
        WritePadding(batch.pad(state.entry_count, state.padding_count), batch.revision, rows));
    state.padding_count += padding;
  }
  state.revision = batch.revision;
  state.sealed_up_to = batch.sealed_up_to;
  state.complete = batch.complete;
  state.done_count = batch.done_count;
  return state;
}

absl::Status CheckChangesKnown(const SealedDirectoryState& state, std::int64_t since_revision) {
  if (since_revision == 0 ||
      (since_revision >= state.changes_floor && since_revision <= state.revision)) {
    return absl::OkStatus();
  }
  return absl::OutOfRangeError("changes since that revision are not known: read the whole");
}

}  // namespace smartcontacts::storage
