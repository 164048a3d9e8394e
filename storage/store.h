// What the service keeps, in small roles. Two backends implement them (SQLite, PostgreSQL) and one
// conformance suite (tests/conformance/) holds both to every promise made here.
//
// All implementations are safe for concurrent use without external synchronisation. Nothing throws.
// Every operation names its tenant, and sees and touches that tenant's rows only. An operation that
// fails changes nothing, unless it says otherwise. Beside the errors named, each can return
//   UNAVAILABLE          the database cannot be reached, is locked too long, or is full: try again
//   DATA_LOSS            a row does not open or is malformed
//   FAILED_PRECONDITION  the tenant's key is missing
//   INTERNAL             anything else; the message is for the log and has no contact data
//
// Contact data (addresses of record, identifiers, salts) is sealed on its way in and opened on its
// way out; the database never sees it.
//
// What takes an Act writes an entry of the audit log in the same transaction: "tenant.create",
// "tenant.update", "epoch.rotate", "directory.change", "directory.import", "discoverability.set".

#ifndef SMART_CONTACTS_STORAGE_STORE_H_
#define SMART_CONTACTS_STORAGE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"
#include "domain/tenant.h"
#include "storage/address_book_store.h"
#include "storage/audit_store.h"
#include "storage/sealed_directory_store.h"

namespace smartcontacts::storage {

// ---- Tenants ----

struct TenantVersion {
  TenantId id;
  std::int64_t version = 0;  // Tenant::version
};

class TenantStore {
 public:
  virtual ~TenantStore() = default;

  // Makes a tenant with version and revision 0 and epoch 1 under `salt`, and its data key. Those of
  // `tenant`, and its times, are ignored. ALREADY_EXISTS if there is one of that name ("tenant
  // ...") or another tenant has one of its SIP domains ("sip domain ...").
  virtual absl::StatusOr<Tenant> CreateTenant(const Tenant& tenant, const crypto::EpochSalt& salt,
                                              const Act& act) = 0;
  // NOT_FOUND.
  virtual absl::StatusOr<Tenant> GetTenant(const TenantId& id) = 0;
  // At most `limit` tenants in the byte order of their names, behind `after` if given.
  virtual absl::StatusOr<std::vector<Tenant>> ListTenants(const std::optional<TenantId>& after,
                                                          int limit) = 0;
  // Reads the tenant, lets `change` alter state, SIP domains and policy, and writes it, as one
  // transaction. `change` may be called more than once and must depend on its argument only; its
  // error is returned and nothing is changed. NOT_FOUND; ALREADY_EXISTS for a SIP domain.
  virtual absl::StatusOr<Tenant> UpdateTenant(const TenantId& id,
                                              const std::function<absl::Status(Tenant&)>& change,
                                              const Act& act) = 0;
  // Of those of `ids` that there are, in no order: how a server finds out what others changed.
  virtual absl::StatusOr<std::vector<TenantVersion>> ReadVersions(
      absl::Span<const TenantId> ids) = 0;
};

// ---- Epochs ----

struct EpochRecord {
  std::int64_t number = 0;
  crypto::EpochSalt salt{};
  absl::Time create_time;
  // Set for an epoch that was rotated out: accepted until then.
  std::optional<absl::Time> expire_time;
};

// From whichever epoch is current.
inline constexpr std::int64_t kAnyEpoch = 0;

class EpochStore {
 public:
  virtual ~EpochStore() = default;

  // Makes epoch current + 1 under `salt`; the one before expires at `now` + `overlap`; the salts of
  // older ones are deleted. No PendingRotation waits any more. NOT_FOUND;
  // ABORTED if `from_epoch` is not the current one: somebody else was first.
  virtual absl::StatusOr<EpochRecord> RotateEpoch(const TenantId& id, const crypto::EpochSalt& salt,
                                                  absl::Duration overlap, const Act& act,
                                                  std::int64_t from_epoch) = 0;
  // The newest first: the current one and, once there was a rotation, the one before, even if it
  // has expired. NOT_FOUND.
  virtual absl::StatusOr<std::vector<EpochRecord>> ListEpochs(const TenantId& id) = 0;
};

// ---- The directory ----

struct DirectoryChange {
  std::vector<Subscriber> upserts;  // each address of record once, in neither list twice
  std::vector<Aor> removals;
};

struct DirectoryCounts {
  std::int64_t revision = 0;  // of the directory now
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::int64_t unchanged = 0;
};

// What an import must satisfy to be committed.
struct ImportConditions {
  std::int64_t subscribers_max = 0;
  // If not: no more than a fifth of the subscribers that were there may be removed.
  bool large_removal_allowed = false;
};

// A directory snapshot on its way in. Not safe for concurrent use. What was staged and not
// committed is gone with the object, and nobody else ever sees it.
class DirectoryImport {
 public:
  virtual ~DirectoryImport() = default;

  // Adds subscribers. INVALID_ARGUMENT "subscriber N ..." if an address of record was staged
  // before, N its position from 0 over the whole import; RESOURCE_EXHAUSTED beyond
  // `subscribers_max`. After an error only destruction makes sense.
  virtual absl::Status Stage(absl::Span<const Subscriber> subscribers) = 0;
  // What Commit() would do now, without doing it.
  virtual absl::StatusOr<DirectoryCounts> Preview() = 0;
  // Makes the directory exactly what was staged, in one revision (none if nothing differs),
  // computed against the directory as it is at this moment. FAILED_PRECONDITION with
  // kLargeRemovalPayloadUrl if the conditions forbid the removal. Call at most once.
  virtual absl::StatusOr<DirectoryCounts> Commit() = 0;
};

// The payload of a Commit() that was refused for removing too much: "REMOVED/SUBSCRIBERS" in
// decimal.
inline constexpr char kLargeRemovalPayloadUrl[] = "smartcontacts/large-removal";

// A subscriber as the snapshot in memory needs it.
struct DirectoryEntry {
  // TenantKeys::aor_tagger of the address of record: which subscriber.
  crypto::Tag tag;
  // Nothing: the subscriber was removed.
  std::optional<Subscriber> subscriber;
  // Beside `subscriber->identifiers`: the revision since which this subscriber is visible under
  // this identifier without a break. Of no meaning while the subscriber is not visible.
  std::vector<std::int64_t> visible_revisions;
};

class DirectoryStore {
 public:
  virtual ~DirectoryStore() = default;

  // All or none, in one revision; a change that changes nothing leaves the revision. What the
  // subscribers chose for themselves stays; those who are removed are erased with it and with their
  // address books. NOT_FOUND for the tenant; RESOURCE_EXHAUSTED if the directory would have more
  // than `subscribers_max` subscribers.
  virtual absl::StatusOr<DirectoryCounts> Apply(const TenantId& id, const DirectoryChange& change,
                                                std::int64_t subscribers_max, const Act& act) = 0;
  // NOT_FOUND for the tenant. The import must not outlive the store.
  virtual absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginImport(
      const TenantId& id, const ImportConditions& conditions, const Act& act) = 0;
  // A subscriber's own choice; what is not given stays as it was chosen before. A new revision, if
  // that changes anything. Returns the subscriber as it is now. NOT_FOUND for the tenant or the
  // subscriber.
  virtual absl::StatusOr<Subscriber> SetChoice(const TenantId& id, const Aor& aor,
                                               std::optional<bool> discoverable,
                                               std::optional<bool> announced, const Act& act) = 0;

  // NOT_FOUND for the tenant or the subscriber.
  virtual absl::StatusOr<Subscriber> GetSubscriber(const TenantId& id, const Aor& aor) = 0;

  struct SubscriberPage {
    std::vector<Subscriber> subscribers;
    std::optional<crypto::Tag> next;  // nothing: this was the last page
  };
  // At most `limit` subscribers, by tag, behind `after` if given: stable while the directory
  // changes. NOT_FOUND for the tenant.
  virtual absl::StatusOr<SubscriberPage> ListSubscribers(const TenantId& id,
                                                         const std::optional<crypto::Tag>& after,
                                                         int limit) = 0;

  // Hands every subscriber that changed after `since_revision` to `on_entry`, removed ones
  // included, each once, in no order; with 0 the whole directory, and no removed ones. Returns the
  // revision at which all of it was true together. NOT_FOUND for the tenant; OUT_OF_RANGE if
  // `since_revision` is newer than the directory, or so old that removals since then are forgotten:
  // read with 0. `on_entry` must not call the store.
  virtual absl::StatusOr<std::int64_t> ReadDirectory(
      const TenantId& id, std::int64_t since_revision,
      const std::function<void(DirectoryEntry)>& on_entry) = 0;
};

// How long a removal is remembered (as a tag, no contact data), for readers that follow by
// revision.
inline constexpr absl::Duration kRemovalMemory = absl::Hours(24 * 7);

// ---- Purging a tenant ----

class PurgeStore {
 public:
  virtual ~PurgeStore() = default;

  // What there is of a tenant, by kind: "keys", "subscribers", "identifiers", "consents",
  // "retained_contacts", "sealed_entries". Also of one whose purge was interrupted. NOT_FOUND.
  virtual absl::StatusOr<std::vector<Count>> CountTenant(const TenantId& id) = 0;

  // Destroys the tenant's data key, in the key store and in memory: from then on nothing of the
  // tenant can be read, here or in a backup of the data. Then takes the tenant away: for every
  // other function it is NOT_FOUND, but that CreateTenant() of the same name is ALREADY_EXISTS
  // until the purge is finished. The audit log has "purge.begin". Safe to repeat. Returns the
  // number of keys that were destroyed, 0 or 1. NOT_FOUND if there is no such tenant.
  virtual absl::StatusOr<std::int64_t> BeginPurge(const TenantId& id, const Act& act) = 0;

  // Deletes at most `rows_max` rows of a tenant whose purge has begun; returns how many of which
  // kind, as CountTenant() names them. Nothing: all rows are gone, the tenant's own too. The
  // tenant's audit log stays.
  virtual absl::StatusOr<std::vector<Count>> PurgeRows(const TenantId& id,
                                                       std::int64_t rows_max) = 0;
};

// ---- Leadership ----

class LeaseStore {
 public:
  virtual ~LeaseStore() = default;

  // Takes or renews the lease `name` for `duration`, unless another holder has it and it has not
  // ended at `now`; returns whether `holder` has it.
  virtual absl::StatusOr<bool> TakeLease(const std::string& name, const std::string& holder,
                                         absl::Duration duration, absl::Time now) = 0;
};

// Everything but the keys, in one database.
class Store : public TenantStore,
              public EpochStore,
              public DirectoryStore,
              public AddressBookStore,
              public AuditStore,
              public SealedDirectoryStore,
              public PurgeStore,
              public LeaseStore {};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_STORE_H_
