// The sealed directories of the private mode, at rest: what clients download, made of what only the
// service's private matching can compute. Storage looks into no entry.
//
// The general promises are those of storage/store.h.

#ifndef SMART_CONTACTS_STORAGE_SEALED_DIRECTORY_STORE_H_
#define SMART_CONTACTS_STORAGE_SEALED_DIRECTORY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/locator.h"
#include "crypto/sealing.h"
#include "domain/names.h"

namespace smartcontacts::storage {

// Whose the padding is: no subscriber has this tag.
inline constexpr crypto::Tag kPaddingOwner{};

// A rotation that waits until its epoch, the current one + 1, has a complete sealed directory.
// RotateEpoch() ends the waiting.
struct PendingRotation {
  absl::Duration overlap;  // stored in microseconds
  std::string actor;       // who asked for it: Act::actor

  friend bool operator==(const PendingRotation&, const PendingRotation&) = default;
};

// Where the sealed directory of one epoch stands.
struct SealedDirectoryState {
  std::int64_t epoch = 0;
  // While it is incomplete: the directory's revision when the sealing began. Later: the directory's
  // revision that it shows.
  std::int64_t revision = 0;
  std::size_t label_size = 0;
  // Changes since an older revision than this are not known.
  std::int64_t changes_floor = 0;
  bool complete = false;
  // It was taken away and has rows left: only DropSealed() knows it still.
  bool dropped = false;
  // While it is incomplete: subscribers up to this tag, in the order of tags, are sealed.
  std::optional<crypto::Tag> sealed_up_to;
  // Subscribers sealed, and those there were when the sealing began: the progress.
  std::int64_t done_count = 0;
  std::int64_t total_count = 0;
  // Live entries of subscribers, and padding entries.
  std::int64_t entry_count = 0;
  std::int64_t padding_count = 0;

  friend bool operator==(const SealedDirectoryState&, const SealedDirectoryState&) = default;
};

// One entry as clients get it.
struct SealedEntry {
  crypto::Locator locator;
  std::string bytes;  // not empty
};

// All entries that a subscriber has now; none: the subscriber was removed or is hidden.
struct SealedSubscriber {
  crypto::Tag tag;                   // of the address of record
  std::vector<SealedEntry> entries;  // each locator once
};

// Which padding there is to be: `added` are new, those of `removed` go. No locator is named twice.
struct PaddingChange {
  std::vector<SealedEntry> added;
  std::vector<crypto::Locator> removed;
};

// One step of the sealing.
struct SealedBatch {
  std::int64_t epoch = 0;
  // Where the sealing was when this batch was made: its state's label_size, revision and
  // sealed_up_to.
  std::size_t label_size = 0;
  std::int64_t from_revision = 0;
  std::optional<crypto::Tag> from_tag;
  // Where it is after it. `revision` does not fall, and grows once the directory is complete: what
  // clients got of a revision stays true.
  std::int64_t revision = 0;
  std::optional<crypto::Tag> sealed_up_to;
  bool complete = false;  // never again false
  std::int64_t done_count = 0;
  std::vector<SealedSubscriber> subscribers;  // each once
  // Called in the transaction, when the subscribers are in, with the counts of entries and of
  // padding that there are then. May be called more than once and must depend on its arguments
  // only. Not called while the directory is incomplete, that is unless `complete` is set. May be
  // null: the padding stays.
  std::function<PaddingChange(std::int64_t entry_count, std::int64_t padding_count)> pad;
};

class SealedDirectoryStore {
 public:
  virtual ~SealedDirectoryStore() = default;

  // Lets a rotation wait. ALREADY_EXISTS if one does; NOT_FOUND for the tenant.
  virtual absl::Status BeginRotation(const TenantId& id, const PendingRotation& rotation) = 0;
  // Nothing if none waits. NOT_FOUND for the tenant.
  virtual absl::StatusOr<std::optional<PendingRotation>> GetPendingRotation(const TenantId& id) = 0;

  // Begins the directory of `epoch`, incomplete and without entries, at `revision`, which is its
  // changes_floor as well, so that nobody goes on from what there was of this epoch before; its
  // total_count is that of the subscribers there are. ALREADY_EXISTS if there is one of this epoch,
  // or one that was dropped has rows left; NOT_FOUND for the tenant.
  virtual absl::Status BeginSealing(const TenantId& id, std::int64_t epoch, std::int64_t revision,
                                    std::size_t label_size) = 0;

  // All sealed directories of a tenant, the newest epoch first, dropped ones too. NOT_FOUND for the
  // tenant.
  virtual absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(const TenantId& id) = 0;

  // Adds one batch, whole or not at all. An entry of a subscriber under a locator that the
  // subscriber already has stays as it is, and the new bytes are dropped. What comes or goes does
  // so at `batch.revision`. ABORTED if the sealing is not where the batch says it was, or it is
  // complete and the batch is not, or does not lead to a newer revision: somebody else went on.
  // INVALID_ARGUMENT if the batch's revision falls. NOT_FOUND for the tenant or the sealed
  // directory. Returns the state after it.
  virtual absl::StatusOr<SealedDirectoryState> WriteSealed(const TenantId& id,
                                                           const SealedBatch& batch) = 0;

  // Hands to `on_entry` each entry that came or went after `since_revision`, each once, in no
  // order; with 0 all live ones, and those that went after changes_floor. Padding has
  // kPaddingOwner. `bytes` is empty if it went: then nothing of this subscriber is left under this
  // locator. `owner` tells entries with one locator apart. Returns the state at which all of it was
  // true together. NOT_FOUND for the tenant or the sealed directory; OUT_OF_RANGE if
  // `since_revision` is newer than the directory or below its changes_floor. `on_entry` must not
  // call the store.
  struct EntryChange {
    crypto::Locator locator;
    crypto::Tag owner;
    std::int64_t revision;  // when it came or went
    std::string bytes;
  };
  virtual absl::StatusOr<SealedDirectoryState> ReadSealed(
      const TenantId& id, std::int64_t epoch, std::int64_t since_revision,
      const std::function<void(EntryChange)>& on_entry) = 0;

  // Takes away the sealed directory of an epoch, if there is one: from this moment it is NOT_FOUND
  // for the other functions, but for ListSealed(), so that nobody reads half of it. Then deletes at
  // most `rows_max` rows of it. Returns how many rows went; 0: nothing is left of it. NOT_FOUND for
  // the tenant.
  virtual absl::StatusOr<std::int64_t> DropSealed(const TenantId& id, std::int64_t epoch,
                                                  std::int64_t rows_max) = 0;

  // Forgets what went at `revision` or before, at most `rows_max` rows at a time, and returns how
  // many; 0: all is forgotten. Before that raises changes_floor to `revision`, but not above the
  // directory's own. NOT_FOUND for the tenant or the sealed directory.
  virtual absl::StatusOr<std::int64_t> ForgetSealedRemovals(const TenantId& id, std::int64_t epoch,
                                                            std::int64_t revision,
                                                            std::int64_t rows_max) = 0;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SEALED_DIRECTORY_STORE_H_
