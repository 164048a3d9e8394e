#include "storage/sqlite/sqlite_store.h"

#include <optional>
#include <utility>
#include <vector>

#include "storage/from_epoch.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/address_book_rows.h"
#include "storage/sqlite/audit_rows.h"
#include "storage/sqlite/book_erasure.h"
#include "storage/sqlite/connection_pool.h"
#include "storage/sqlite/directory_rows.h"
#include "storage/sqlite/directory_staging.h"
#include "storage/sqlite/file_lock.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/opening.h"
#include "storage/sqlite/purge_rows.h"
#include "storage/sqlite/sealed_directory_rows.h"
#include "storage/sqlite/sqlite_import.h"
#include "storage/sqlite/tenant_rows.h"

namespace smartcontacts::storage {
namespace {

// "SCDB", in the file's header.
constexpr std::int32_t kApplicationId = 0x53434442;
constexpr std::size_t kConnectionsMax = 4;

using Kind = Transaction::Kind;

class SqliteStore final : public Store {
 public:
  SqliteStore(FileLock lock, std::string path, KeyRing& keys,
              std::shared_ptr<DatabaseCounters> counters)
      : lock_(std::move(lock)),
        path_(std::move(path)),
        keys_(keys),
        connections_(path_, kConnectionsMax, std::move(counters)) {}

  // ---- Tenants and epochs ----

  absl::StatusOr<Tenant> CreateTenant(const Tenant& wanted, const crypto::EpochSalt& salt,
                                      const Act& act) override {
    Tenant tenant = wanted;
    tenant.version = 0;
    tenant.revision = 0;
    tenant.books_version = 0;
    tenant.epoch = 1;
    tenant.create_time = AsStored(act.time);
    tenant.update_time = tenant.create_time;
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    RETURN_IF_ERROR(InsertTenant(*database, tenant));
    ASSIGN_OR_RETURN(const auto keys, keys_.GetOrCreate(tenant.id, act.time));
    RETURN_IF_ERROR(InsertEpoch(*database, tenant.id, RowSealer(tenant.id, *keys),
                                {.number = tenant.epoch, .salt = salt, .create_time = act.time}));
    RETURN_IF_ERROR(AppendEntry(*database, chain(), tenant.id, act, "tenant.create"));
    RETURN_IF_ERROR(transaction.Commit());
    return tenant;
  }

  absl::StatusOr<Tenant> GetTenant(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    return ReadTenant(*database, id);
  }

  absl::StatusOr<std::vector<Tenant>> ListTenants(const std::optional<TenantId>& after,
                                                  int limit) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    return ReadTenants(*database, after, limit);
  }

  absl::StatusOr<Tenant> UpdateTenant(const TenantId& id,
                                      const std::function<absl::Status(Tenant&)>& change,
                                      const Act& act) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    ASSIGN_OR_RETURN(Tenant tenant, ReadTenant(*database, id));
    RETURN_IF_ERROR(change(tenant));
    tenant.update_time = AsStored(act.time);
    RETURN_IF_ERROR(WriteTenant(*database, tenant));
    ++tenant.version;
    RETURN_IF_ERROR(AppendEntry(*database, chain(), id, act, "tenant.update"));
    RETURN_IF_ERROR(transaction.Commit());
    return tenant;
  }

  absl::StatusOr<std::vector<TenantVersion>> ReadVersions(absl::Span<const TenantId> ids) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    std::vector<TenantVersion> versions;
    for (const TenantId& id : ids) {
      const std::size_t before = versions.size();
      RETURN_IF_ERROR(ReadVersion(*database, id, versions));
      // A key that was destroyed must not live on in memory.
      if (versions.size() == before) keys_.Forget(id);
    }
    return versions;
  }

  absl::StatusOr<EpochRecord> RotateEpoch(const TenantId& id, const crypto::EpochSalt& salt,
                                          absl::Duration overlap, const Act& act,
                                          std::int64_t from_epoch) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    RETURN_IF_ERROR(CheckFromEpoch(session.tenant, from_epoch));
    const EpochRecord epoch{
        .number = session.tenant.epoch + 1, .salt = salt, .create_time = AsStored(act.time)};
    RETURN_IF_ERROR(ReplaceEpoch(*session.database, id, RowSealer(id, *session.keys), epoch,
                                 act.time + overlap));
    RETURN_IF_ERROR(EndPendingRotation(*session.database, id));
    RETURN_IF_ERROR(AppendEntry(*session.database, chain(), id, act, "epoch.rotate"));
    RETURN_IF_ERROR(session.transaction.Commit());
    return epoch;
  }

  absl::StatusOr<std::vector<EpochRecord>> ListEpochs(const TenantId& id) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return ReadEpochs(*session.database, id, RowSealer(id, *session.keys));
  }

  // ---- The directory ----

  absl::StatusOr<DirectoryCounts> Apply(const TenantId& id, const DirectoryChange& change,
                                        std::int64_t subscribers_max, const Act& act) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    const RowSealer sealer(id, *session.keys);
    ASSIGN_OR_RETURN(DirectoryStaging staging,
                     DirectoryStaging::Begin(*session.database, id, sealer));
    for (const Subscriber& subscriber : change.upserts) RETURN_IF_ERROR(staging.Upsert(subscriber));
    for (const Aor& aor : change.removals) RETURN_IF_ERROR(staging.Remove(aor));
    ASSIGN_OR_RETURN(const MergeCounts merged, staging.Merge(subscribers_max, act.time));
    RETURN_IF_ERROR(
        AppendEntry(*session.database, chain(), id, act, "directory.change", merged.ToAudit()));
    RETURN_IF_ERROR(session.transaction.Commit());
    return merged.directory;
  }

  absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginImport(const TenantId& id,
                                                               const ImportConditions& conditions,
                                                               const Act& act) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return BeginSqliteImport(path_, session.tenant, session.keys, chain(), conditions, act);
  }

  absl::StatusOr<Subscriber> SetChoice(const TenantId& id, const Aor& aor,
                                       std::optional<bool> discoverable,
                                       std::optional<bool> announced, const Act& act) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    const RowSealer sealer(id, *session.keys);
    ASSIGN_OR_RETURN(Subscriber subscriber, ReadSubscriber(*session.database, id, aor, sealer));
    const SubscriberChoice before = subscriber.choice;
    if (discoverable.has_value()) subscriber.choice.discoverable = discoverable;
    if (announced.has_value()) subscriber.choice.announced = *announced;
    if (subscriber.choice != before) {
      RETURN_IF_ERROR(WriteChoice(*session.database, id, sealer.TagOf(aor), subscriber.choice));
    }
    RETURN_IF_ERROR(AppendEntry(*session.database, chain(), id, act, "discoverability.set"));
    RETURN_IF_ERROR(session.transaction.Commit());
    return subscriber;
  }

  absl::StatusOr<Subscriber> GetSubscriber(const TenantId& id, const Aor& aor) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return ReadSubscriber(*session.database, id, aor, RowSealer(id, *session.keys));
  }

  absl::StatusOr<SubscriberPage> ListSubscribers(const TenantId& id,
                                                 const std::optional<crypto::Tag>& after,
                                                 int limit) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return ReadSubscriberPage(*session.database, id, after, limit, RowSealer(id, *session.keys));
  }

  absl::StatusOr<std::int64_t> ReadDirectory(
      const TenantId& id, std::int64_t since_revision,
      const std::function<void(DirectoryEntry)>& on_entry) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return ReadDirectoryChanges(*session.database, id, since_revision, RowSealer(id, *session.keys),
                                on_entry);
  }

  // ---- Address books ----

  absl::StatusOr<SyncOutcome> SyncBook(const TenantId& id, const BookSync& sync,
                                       const BookConditions& conditions, absl::Time now) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    ASSIGN_OR_RETURN(const SyncOutcome outcome,
                     storage::SyncBook(*session.database, id, BookSealer(id, *session.keys), sync,
                                       conditions, AsStored(now)));
    if (!outcome.refusal.has_value()) RETURN_IF_ERROR(session.transaction.Commit());
    return outcome;
  }

  absl::StatusOr<std::vector<BookRecord>> ListBooks(const TenantId& id, const Aor& account,
                                                    absl::Time synced_after) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return storage::ListBooks(*session.database, id, BookSealer(id, *session.keys), account,
                              synced_after);
  }

  absl::StatusOr<std::vector<BookKey>> FindBooks(const TenantId& id, absl::Span<const BookKey> keys,
                                                 absl::Time synced_after) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return storage::FindBooks(*session.database, id, keys, synced_after);
  }

  absl::StatusOr<std::vector<Holder>> FindHolders(const TenantId& id, std::int64_t epoch,
                                                  absl::Span<const crypto::Digest> digests,
                                                  const std::optional<BookKey>& book,
                                                  absl::Time synced_after) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return storage::FindHolders(*session.database, id, BookSealer(id, *session.keys), epoch,
                                digests, book, synced_after);
  }

  absl::StatusOr<BookCounts> CountBooks(const TenantId& id, const BookFilter& filter) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    ASSIGN_OR_RETURN(const std::vector<StoredBook> books,
                     SelectBooks(*session.database, id, BookSealer(id, *session.keys), filter));
    return CountsOf(books);
  }

  absl::StatusOr<BookCounts> DiscardBooks(const TenantId& id, const BookFilter& filter,
                                          const Act& act, const std::string& action) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    ASSIGN_OR_RETURN(const std::vector<StoredBook> books,
                     SelectBooks(*session.database, id, BookSealer(id, *session.keys), filter));
    const BookCounts counts = CountsOf(books);
    if (books.empty()) return counts;
    RETURN_IF_ERROR(storage::DiscardBooks(*session.database, id, books));
    RETURN_IF_ERROR(AppendEntry(*session.database, chain(), id, act, action, ToAudit(counts)));
    RETURN_IF_ERROR(session.transaction.Commit());
    return counts;
  }

  absl::StatusOr<std::int64_t> EraseDiscarded(const TenantId& id,
                                              std::int64_t contacts_max) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    ASSIGN_OR_RETURN(const std::int64_t erased,
                     storage::EraseDiscarded(*session.database, id, contacts_max));
    RETURN_IF_ERROR(session.transaction.Commit());
    return erased;
  }

  // ---- The audit log ----

  absl::Status AppendAuditEntry(const TenantId& id, const Act& act, const std::string& action,
                                absl::Span<const Count> counts) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    RETURN_IF_ERROR(CheckHasAuditLog(*database, id));
    RETURN_IF_ERROR(AppendEntry(*database, chain(), id, act, action, counts));
    return transaction.Commit();
  }

  absl::StatusOr<std::vector<AuditEntry>> ListAuditEntries(const TenantId& id,
                                                           std::int64_t after_sequence,
                                                           int limit) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(CheckHasAuditLog(*database, id));
    return ReadEntries(*database, id, after_sequence, limit);
  }

  absl::StatusOr<AuditVerdict> VerifyAuditChain(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(CheckHasAuditLog(*database, id));
    return VerifyEntries(*database, chain(), id);
  }

  // ---- Sealed directories ----

  absl::Status BeginRotation(const TenantId& id, const PendingRotation& rotation) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    RETURN_IF_ERROR(storage::BeginRotation(*session.database, id, rotation));
    return session.transaction.Commit();
  }

  absl::StatusOr<std::optional<PendingRotation>> GetPendingRotation(const TenantId& id) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return ReadPendingRotation(*session.database, id);
  }

  absl::Status BeginSealing(const TenantId& id, std::int64_t epoch, std::int64_t revision,
                            std::size_t label_size) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    RETURN_IF_ERROR(storage::BeginSealing(*session.database, id, epoch, revision, label_size));
    return session.transaction.Commit();
  }

  absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(const TenantId& id) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return storage::ListSealed(*session.database, id);
  }

  absl::StatusOr<SealedDirectoryState> WriteSealed(const TenantId& id,
                                                   const SealedBatch& batch) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    ASSIGN_OR_RETURN(SealedDirectoryState state,
                     storage::WriteSealed(*session.database, id, batch));
    RETURN_IF_ERROR(session.transaction.Commit());
    return state;
  }

  absl::StatusOr<SealedDirectoryState> ReadSealed(
      const TenantId& id, std::int64_t epoch, std::int64_t since_revision,
      const std::function<void(EntryChange)>& on_entry) override {
    ASSIGN_OR_RETURN(const Session session, Begin(id, Kind::kRead));
    return storage::ReadSealed(*session.database, id, epoch, since_revision, on_entry);
  }

  absl::StatusOr<std::int64_t> DropSealed(const TenantId& id, std::int64_t epoch,
                                          std::int64_t rows_max) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    ASSIGN_OR_RETURN(const std::int64_t gone,
                     storage::DropSealed(*session.database, id, epoch, rows_max));
    RETURN_IF_ERROR(session.transaction.Commit());
    return gone;
  }

  absl::StatusOr<std::int64_t> ForgetSealedRemovals(const TenantId& id, std::int64_t epoch,
                                                    std::int64_t revision,
                                                    std::int64_t rows_max) override {
    ASSIGN_OR_RETURN(Session session, Begin(id, Kind::kWrite));
    ASSIGN_OR_RETURN(
        const std::int64_t forgotten,
        storage::ForgetSealedRemovals(*session.database, id, epoch, revision, rows_max));
    RETURN_IF_ERROR(session.transaction.Commit());
    return forgotten;
  }

  // ---- Purging, leadership ----

  absl::StatusOr<std::vector<Count>> CountTenant(const TenantId& id) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(const Transaction transaction, Transaction::Begin(*database, Kind::kRead));
    RETURN_IF_ERROR(CheckHasRows(*database, id));
    ASSIGN_OR_RETURN(std::vector<Count> counts, CountTenantRows(*database, id));
    ASSIGN_OR_RETURN(const bool has_key, keys_.Has(id));
    counts.insert(counts.begin(), {"keys", has_key ? 1 : 0});
    return counts;
  }

  absl::StatusOr<std::int64_t> BeginPurge(const TenantId& id, const Act& act) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(CheckHasRows(*database, id));
    ASSIGN_OR_RETURN(const bool destroyed, keys_.Destroy(id));
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    RETURN_IF_ERROR(MarkPurging(*database, id));
    RETURN_IF_ERROR(AppendEntry(*database, chain(), id, act, "purge.begin"));
    RETURN_IF_ERROR(transaction.Commit());
    // Whoever read the key before it was destroyed may have put it into memory after that.
    keys_.Forget(id);
    return destroyed ? 1 : 0;
  }

  absl::StatusOr<std::vector<Count>> PurgeRows(const TenantId& id, std::int64_t rows_max) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, Kind::kWrite));
    ASSIGN_OR_RETURN(std::vector<Count> counts, DeleteTenantRows(*database, id, rows_max));
    RETURN_IF_ERROR(transaction.Commit());
    // The call that finds nothing ends every purge, also one that was interrupted before this.
    if (counts.empty()) RETURN_IF_ERROR(EmptyWriteAheadLog(*database));
    return counts;
  }

  absl::StatusOr<bool> TakeLease(const std::string& name, const std::string& holder,
                                 absl::Duration duration, absl::Time now) override {
    ASSIGN_OR_RETURN(const ConnectionPool::Lease database, connections_.Borrow());
    RETURN_IF_ERROR(database->Run(
        "INSERT INTO leases (name, holder, expire_time) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
        "expire_time = excluded.expire_time WHERE holder = excluded.holder OR expire_time <= ?4",
        name, holder, now + duration, now));
    return database->changed_rows() > 0;
  }

 private:
  // A transaction about a tenant that is there. Rolled back unless committed.
  struct Session {
    ConnectionPool::Lease database;
    Transaction transaction;
    Tenant tenant;
    std::shared_ptr<const crypto::TenantKeys> keys;
  };
  absl::StatusOr<Session> Begin(const TenantId& id, Kind kind) {
    ASSIGN_OR_RETURN(ConnectionPool::Lease database, connections_.Borrow());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database, kind));
    ASSIGN_OR_RETURN(Tenant tenant, ReadTenant(*database, id));
    ASSIGN_OR_RETURN(auto keys, keys_.Get(id));
    return Session{std::move(database), std::move(transaction), std::move(tenant), std::move(keys)};
  }

  const crypto::KeyedHash& chain() const { return keys_.service_keys().audit_chain; }

  // Times are stored in microseconds; an answer is what the next reader sees.
  static absl::Time AsStored(absl::Time time) {
    return absl::FromUnixMicros(absl::ToUnixMicros(time));
  }

  const FileLock lock_;
  const std::string path_;
  KeyRing& keys_;
  ConnectionPool connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path, KeyRing& keys,
                                                       std::shared_ptr<DatabaseCounters> counters) {
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(path + ".lock"));
  RETURN_IF_ERROR(PrepareFile(
      path,
      {.description = "data", .application_id = kApplicationId, .migrations = DataMigrations()}));
  return std::make_unique<SqliteStore>(std::move(lock), path, keys, std::move(counters));
}

}  // namespace smartcontacts::storage
