// Retained address books as they lie in a database, the same for every backend: what is tagged and
// sealed, and what a sync does to a book. The backends add the SQL.

#ifndef SMART_CONTACTS_STORAGE_BOOK_ROWS_H_
#define SMART_CONTACTS_STORAGE_BOOK_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "crypto/tenant_keys.h"
#include "storage/address_book_store.h"

namespace smartcontacts::storage {

// The row of a book: one for each account and device that retains contacts.
struct BookHeader {
  std::int64_t book_id = 0;  // of the contacts' rows: positive, random, new with every replacement
  std::int64_t version = 0;  // grows with every sync
  std::int64_t epoch = 0;
  std::int64_t retained_count = 0;
  std::string recent_syncs;   // tags of the latest syncs' ids, the newest first, back to back
  crypto::Tag content_tag{};  // of what the latest sync consisted of
  Consent consent;
  absl::Time sync_time;
};

// Tags and seals for one tenant. Safe for concurrent use; refers to what it is given.
class BookSealer {
 public:
  BookSealer(const TenantId& tenant, const crypto::TenantKeys& keys)
      : tenant_(tenant), keys_(keys) {}

  crypto::Tag TagOf(const Aor& account) const { return keys_.aor_tagger(account.value()); }
  BookKey KeyOf(const Aor& account, const DeviceId& device) const;
  crypto::Tag TagOf(std::int64_t epoch, const crypto::Digest& digest) const;
  // Sorted, each once.
  std::vector<crypto::Tag> TagsOf(std::int64_t epoch,
                                  const std::vector<crypto::Digest>& digests) const;
  crypto::Tag TagOf(const SyncId& sync_id) const;
  crypto::Tag ContentTag(const BookSync& sync) const;
  SyncToken TokenOf(const BookHeader& header) const;

  std::string SealDevice(const BookKey& key, const DeviceId& device) const;
  // DATA_LOSS.
  absl::StatusOr<DeviceId> OpenDevice(const BookKey& key, absl::string_view sealed) const;

 private:
  const TenantId& tenant_;
  const crypto::TenantKeys& keys_;
};

// What a sync does to a book.
struct BookPlan {
  enum class Kind {
    kRefuse,
    kRepeat,   // nothing is written; `header` is the stored one
    kReplace,  // the stored book, if there is one, is discarded; `added` is all of the new one
    kChange,   // `removed` is deleted, then `added` is inserted unless it is there
  };
  Kind kind = Kind::kRefuse;
  SyncRefusal refusal{};
  // As it is to be written. For kChange `retained_count` is still the stored one's.
  BookHeader header;
  std::vector<crypto::Tag> added;  // sorted, each once
  std::vector<crypto::Tag> removed;
};

// `stored`: the device's book, if there is one that has not expired. `other_devices`: how many
// other books the account has that have not expired.
BookPlan PlanSync(const BookSealer& sealer, const BookSync& sync, const BookConditions& conditions,
                  const std::optional<BookHeader>& stored, std::int64_t other_devices,
                  absl::Time now);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_BOOK_ROWS_H_
