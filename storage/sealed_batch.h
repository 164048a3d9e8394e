// What one step of the sealing of a directory changes, whatever the backend.

#ifndef SMART_CONTACTS_STORAGE_SEALED_BATCH_H_
#define SMART_CONTACTS_STORAGE_SEALED_BATCH_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/sealed_directory_store.h"

namespace smartcontacts::storage {

struct SealedRowKey {
  crypto::Tag owner;
  crypto::Locator locator;

  friend bool operator==(const SealedRowKey&, const SealedRowKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const SealedRowKey& key) {
    return H::combine(std::move(state), key.owner, key.locator);
  }
};

using SealedRowKeys = absl::flat_hash_set<SealedRowKey>;

// A row as it is to be, whether or not there is one of this key.
struct SealedRowChange {
  SealedRowKey key;
  // Valid during the call only. Nothing: the entry goes.
  std::optional<absl::string_view> entry;
};

// The rows of one sealed directory, in a transaction in which nobody else writes them.
class SealedRows {
 public:
  virtual ~SealedRows() = default;

  // The live entries of these subscribers.
  virtual absl::StatusOr<SealedRowKeys> LiveOf(absl::Span<const SealedSubscriber> subscribers) = 0;
  // Which of these are live padding.
  virtual absl::StatusOr<SealedRowKeys> LivePadding(absl::Span<const crypto::Locator> locators) = 0;
  // Each row is named once.
  virtual absl::Status Write(absl::Span<const SealedRowChange> changes, std::int64_t revision) = 0;
};

// Makes the changes of `batch` to `rows` and returns the state after it, which the caller writes.
// `state` is the one before. ABORTED and INVALID_ARGUMENT as WriteSealed() has them, with nothing
// changed; errors of `rows`.
absl::StatusOr<SealedDirectoryState> ApplyBatch(SealedDirectoryState state,
                                                const SealedBatch& batch, SealedRows& rows);

// OUT_OF_RANGE as ReadSealed() has it.
absl::Status CheckChangesKnown(const SealedDirectoryState& state, std::int64_t since_revision);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SEALED_BATCH_H_
