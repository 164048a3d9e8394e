// Address books that accounts chose to have retained, so that they hear of people who join later.
//
// A contact is stored as a tag of its digest under the tenant's data key, never as the digest, and
// a device as a tag and a sealed name. A book begins with a consent and ends with it; one that was
// not synced for the tenant's retention period is not there any more for any function here, whether
// or not it was erased yet (the callers say which time that is: `synced_after`). The same holds for
// a book of an epoch whose salt is gone, which could never match again, and for one whose account
// left the directory.
//
// Implementations are safe for concurrent use; general errors are those of store.h.

#ifndef SMART_CONTACTS_STORAGE_ADDRESS_BOOK_STORE_H_
#define SMART_CONTACTS_STORAGE_ADDRESS_BOOK_STORE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"
#include "domain/names.h"
#include "storage/audit_store.h"

namespace smartcontacts::storage {

// That a person agreed, to what, and when by the device's clock.
struct Consent {
  std::string privacy_policy_version;
  absl::Time agree_time;

  friend bool operator==(const Consent&, const Consent&) = default;
};

// Names one sync; chosen by the client.
struct SyncId {
  static constexpr std::size_t kSize = 16;
  std::array<std::uint8_t, kSize> bytes;
};

// Stands for one state of a book; made by the store from the tenant's keys, so that nobody else
// can.
struct SyncToken {
  static constexpr std::size_t kSize = 16;
  std::array<std::uint8_t, kSize> bytes;

  friend bool operator==(const SyncToken&, const SyncToken&) = default;
};

// Which book, without saying whose: tags of the account and of the device.
struct BookKey {
  crypto::Tag account;
  crypto::Tag device;

  friend bool operator==(const BookKey&, const BookKey&) = default;
  friend auto operator<=>(const BookKey&, const BookKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const BookKey& key) {
    return H::combine(std::move(state), key.account, key.device);
  }
};

// One sync, complete.
struct BookSync {
  Aor account;
  DeviceId device;
  SyncId sync_id;
  std::optional<Consent> consent;  // needed by a first sync, and when the policy has a new version
  std::int64_t epoch = 0;          // of the digests; one that is accepted now
  std::optional<SyncToken> token;  // nothing: `added` replaces all that is retained for the device
  std::vector<crypto::Digest> added;    // may repeat, and may be there already
  std::vector<crypto::Digest> removed;  // may be absent; what is in both lists is added
};

// What a sync has to satisfy.
struct BookConditions {
  std::string privacy_policy_version;  // what a consent has to name
  std::int64_t contacts_max = 0;       // of one device
  std::int64_t devices_max = 0;        // of one account
  absl::Time synced_after;             // books that were last synced before are gone
};

enum class SyncRefusal {
  kNotASubscriber,   // the account is not in the directory
  kConsentRequired,  // there is no consent to this version of the policy
  kTokenInvalid,     // not the token of the book's present state, or of another epoch
  kSyncIdReused,     // the sync_id was another sync's, with other content
  kTooManyContacts,
  kTooManyDevices,
};

struct BookState {
  SyncToken token;
  std::int64_t retained_count = 0;
  absl::Time sync_time;
};

struct SyncOutcome {
  // Set: nothing was changed, and `state` has no meaning.
  std::optional<SyncRefusal> refusal;
  BookState state;
};

struct BookRecord {
  BookKey key;
  DeviceId device;
  Consent consent;
  std::int64_t epoch = 0;
  std::int64_t retained_count = 0;
  absl::Time sync_time;
};

// A retained contact that was asked for, and whose it is.
struct Holder {
  BookKey book;
  std::size_t position = 0;  // of the digest in the question

  friend bool operator==(const Holder&, const Holder&) = default;
};

// Which books; all of the tenant if nothing is set.
struct BookFilter {
  std::optional<Aor> account;
  std::optional<DeviceId> device;           // needs `account`
  std::optional<absl::Time> synced_before;  // last synced before
  std::optional<std::int64_t> epoch_below;  // of an older epoch than this
};

struct BookCounts {
  std::int64_t books = 0;  // each with its consent
  std::int64_t contacts = 0;

  friend bool operator==(const BookCounts&, const BookCounts&) = default;
};

class AddressBookStore {
 public:
  virtual ~AddressBookStore() = default;

  // Applies one sync, whole or not at all. A repetition of the book's latest sync (the same sync_id
  // and content) changes nothing and returns the state as it is; an earlier sync's sync_id is
  // kTokenInvalid, so that a late repetition does not undo what came after it. Without a token the
  // last sync wins. `now` becomes the time of the sync, also if nothing else changes. The sync
  // is no entry of the audit log. NOT_FOUND for the tenant.
  virtual absl::StatusOr<SyncOutcome> SyncBook(const TenantId& id, const BookSync& sync,
                                               const BookConditions& conditions,
                                               absl::Time now) = 0;

  // The account's books, by device. NOT_FOUND for the tenant.
  virtual absl::StatusOr<std::vector<BookRecord>> ListBooks(const TenantId& id, const Aor& account,
                                                            absl::Time synced_after) = 0;

  // Of `keys`, those whose book is there. NOT_FOUND for the tenant.
  virtual absl::StatusOr<std::vector<BookKey>> FindBooks(const TenantId& id,
                                                         absl::Span<const BookKey> keys,
                                                         absl::Time synced_after) = 0;

  // Who retains which of `digests`, which are of `epoch`; of one book only, if given. In no order.
  // NOT_FOUND for the tenant.
  virtual absl::StatusOr<std::vector<Holder>> FindHolders(const TenantId& id, std::int64_t epoch,
                                                          absl::Span<const crypto::Digest> digests,
                                                          const std::optional<BookKey>& book,
                                                          absl::Time synced_after) = 0;

  // What DiscardBooks() would erase now. NOT_FOUND for the tenant.
  virtual absl::StatusOr<BookCounts> CountBooks(const TenantId& id, const BookFilter& filter) = 0;

  // Erases books and their consents: from this moment no function finds them or their contacts. The
  // contacts' rows are deleted by EraseDiscarded(), in batches. If any were erased, the tenant's
  // `books_version` grows and the audit log has an entry of `action` with "consents" and
  // "retained_contacts". NOT_FOUND for the tenant.
  virtual absl::StatusOr<BookCounts> DiscardBooks(const TenantId& id, const BookFilter& filter,
                                                  const Act& act, const std::string& action) = 0;

  // Deletes at most `contacts_max` rows of contacts whose book was erased; returns how many. 0:
  // none are left. NOT_FOUND for the tenant.
  virtual absl::StatusOr<std::int64_t> EraseDiscarded(const TenantId& id,
                                                      std::int64_t contacts_max) = 0;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_ADDRESS_BOOK_STORE_H_
