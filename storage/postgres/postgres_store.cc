#include "storage/postgres/postgres_store.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "domain/status_macros.h"
#include "storage/book_rows.h"
#include "storage/from_epoch.h"
#include "storage/postgres/address_book_rows.h"
#include "storage/postgres/audit_rows.h"
#include "storage/postgres/choice_rows.h"
#include "storage/postgres/directory_rows.h"
#include "storage/postgres/directory_staging.h"
#include "storage/postgres/lease_rows.h"
#include "storage/postgres/postgres_import.h"
#include "storage/postgres/purge_rows.h"
#include "storage/postgres/schema.h"
#include "storage/postgres/sealed_directory_rows.h"
#include "storage/postgres/tenant_rows.h"
#include "storage/sealed_rows.h"

namespace smartcontacts::storage {
namespace {

using postgres::DirectoryStaging;
using postgres::Lock;

// A batch of the sealing with more entries than this has the time that an import has.
constexpr std::size_t kSmallBatchEntriesMax = 10'000;

std::size_t EntryCount(const SealedBatch& batch) {
  std::size_t count = 0;
  for (const SealedSubscriber& subscriber : batch.subscribers) count += subscriber.entries.size();
  return count;
}

// Times are stored in microseconds; the answer is what the next reader sees.
absl::Time Rounded(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

class PostgresStore final : public Store {
 public:
  PostgresStore(PostgresDatabase& database, KeyRing& keys) : database_(database), keys_(keys) {}

  absl::StatusOr<Tenant> CreateTenant(const Tenant& wanted, const crypto::EpochSalt& salt,
                                      const Act& act) override {
    Tenant tenant = wanted;
    tenant.version = 0;
    tenant.revision = 0;
    tenant.books_version = 0;
    tenant.epoch = 1;
    tenant.create_time = Rounded(act.time);
    tenant.update_time = tenant.create_time;
    RETURN_IF_ERROR(Write(tenant.id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      RETURN_IF_ERROR(postgres::InsertTenant(transaction, tenant));
      ASSIGN_OR_RETURN(const auto keys, keys_.GetOrCreate(tenant.id, act.time));
      postgres::InsertEpoch(transaction, tenant.id, RowSealer(tenant.id, *keys),
                            {.number = tenant.epoch, .salt = salt, .create_time = act.time});
      Append(transaction, tenant.id, act, "tenant.create");
      return absl::OkStatus();
    }));
    return tenant;
  }

  absl::StatusOr<Tenant> GetTenant(const TenantId& id) override {
    return Read<Tenant>(id.value(), [&](pqxx::transaction_base& transaction) {
      return postgres::ReadTenant(transaction, id);
    });
  }

  absl::StatusOr<std::vector<Tenant>> ListTenants(const std::optional<TenantId>& after,
                                                  int limit) override {
    return Read<std::vector<Tenant>>(kAllTenants, [&](pqxx::transaction_base& transaction) {
      return postgres::ReadTenants(transaction, after, limit);
    });
  }

  absl::StatusOr<Tenant> UpdateTenant(const TenantId& id,
                                      const std::function<absl::Status(Tenant&)>& change,
                                      const Act& act) override {
    return Change<Tenant>(id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<Tenant> {
      ASSIGN_OR_RETURN(Tenant tenant, postgres::ReadTenant(transaction, id, Lock::kUpdate));
      RETURN_IF_ERROR(change(tenant));
      tenant.update_time = Rounded(act.time);
      RETURN_IF_ERROR(postgres::WriteTenant(transaction, tenant));
      postgres::Announce(transaction, id);
      Append(transaction, id, act, "tenant.update");
      ++tenant.version;
      return tenant;
    });
  }

  absl::StatusOr<std::vector<TenantVersion>> ReadVersions(absl::Span<const TenantId> ids) override {
    std::vector<TenantVersion> versions;
    RETURN_IF_ERROR(
        database_.Run(Access::kProbe, kAllTenants, [&](pqxx::transaction_base& transaction) {
          versions = postgres::ReadVersions(transaction, ids);
          return absl::OkStatus();
        }));
    // Another server may have purged the others.
    absl::flat_hash_set<TenantId> gone(ids.begin(), ids.end());
    for (const TenantVersion& version : versions) gone.erase(version.id);
    for (const TenantId& id : gone) keys_.Forget(id);
    return versions;
  }

  absl::StatusOr<EpochRecord> RotateEpoch(const TenantId& id, const crypto::EpochSalt& salt,
                                          absl::Duration overlap, const Act& act,
                                          std::int64_t from_epoch) override {
    EpochRecord epoch{.salt = salt, .create_time = Rounded(act.time)};
    RETURN_IF_ERROR(Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const Tenant tenant, postgres::ReadTenant(transaction, id, Lock::kUpdate));
      ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
      RETURN_IF_ERROR(CheckFromEpoch(tenant, from_epoch));
      epoch.number = tenant.epoch + 1;
      postgres::ReplaceEpoch(transaction, id, RowSealer(id, *keys), epoch, act.time + overlap);
      postgres::EndPendingRotation(transaction, id);
      postgres::Announce(transaction, id);
      Append(transaction, id, act, "epoch.rotate");
      return absl::OkStatus();
    }));
    return epoch;
  }

  absl::StatusOr<std::vector<EpochRecord>> ListEpochs(const TenantId& id) override {
    return ReadOpening<std::vector<EpochRecord>, RowSealer>(
        id, [&](pqxx::transaction_base& transaction, const RowSealer& sealer) {
          return postgres::ReadEpochs(transaction, id, sealer);
        });
  }

  absl::StatusOr<DirectoryCounts> Apply(const TenantId& id, const DirectoryChange& change,
                                        std::int64_t subscribers_max, const Act& act) override {
    RETURN_IF_ERROR(GetTenant(id).status());
    ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
    const RowSealer sealer(id, *keys);
    std::vector<SealedSubscriberRow> upserts;
    for (const Subscriber& subscriber : change.upserts) upserts.push_back(sealer.Seal(subscriber));
    std::vector<crypto::Tag> removals;
    for (const Aor& aor : change.removals) removals.push_back(sealer.TagOf(aor));

    return Change<DirectoryCounts>(
        id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<DirectoryCounts> {
          const DirectoryStaging staging(id);
          staging.Upsert(transaction, upserts, change.upserts, act.time);
          ASSIGN_OR_RETURN(const DirectoryStaging::Merged merged,
                           staging.Merge(transaction, removals, DirectoryStaging::Others::kKeep,
                                         subscribers_max, act.time));
          staging.Clear(transaction);
          Append(transaction, id, act, "directory.change", merged.ForAudit());
          return merged.directory;
        });
  }

  absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginImport(const TenantId& id,
                                                               const ImportConditions& conditions,
                                                               const Act& act) override {
    RETURN_IF_ERROR(GetTenant(id).status());
    ASSIGN_OR_RETURN(auto keys, keys_.Get(id));
    return postgres::BeginImport(database_, audit_chain(), id, std::move(keys), conditions, act);
  }

  absl::StatusOr<Subscriber> SetChoice(const TenantId& id, const Aor& aor,
                                       std::optional<bool> discoverable,
                                       std::optional<bool> announced, const Act& act) override {
    return Change<Subscriber>(
        id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<Subscriber> {
          ASSIGN_OR_RETURN(const Tenant tenant,
                           postgres::ReadTenant(transaction, id, Lock::kUpdate));
          ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
          ASSIGN_OR_RETURN(Subscriber subscriber,
                           postgres::WriteChoice(transaction, tenant, aor, discoverable, announced,
                                                 RowSealer(id, *keys)));
          Append(transaction, id, act, "discoverability.set");
          return subscriber;
        });
  }

  absl::StatusOr<Subscriber> GetSubscriber(const TenantId& id, const Aor& aor) override {
    return ReadOpening<Subscriber, RowSealer>(
        id, [&](pqxx::transaction_base& transaction, const RowSealer& sealer) {
          return postgres::ReadSubscriber(transaction, id, aor, sealer);
        });
  }

  absl::StatusOr<SubscriberPage> ListSubscribers(const TenantId& id,
                                                 const std::optional<crypto::Tag>& after,
                                                 int limit) override {
    return ReadOpening<SubscriberPage, RowSealer>(
        id, [&](pqxx::transaction_base& transaction, const RowSealer& sealer) {
          return postgres::ReadSubscriberPage(transaction, id, after, limit, sealer);
        });
  }

  absl::StatusOr<std::int64_t> ReadDirectory(
      const TenantId& id, std::int64_t since_revision,
      const std::function<void(DirectoryEntry)>& on_entry) override {
    bool handed_on = false;
    return ReadOpening<std::int64_t, RowSealer>(
        id,
        [&](pqxx::transaction_base& transaction,
            const RowSealer& sealer) -> absl::StatusOr<std::int64_t> {
          // What was handed on is not handed on again.
          if (handed_on) {
            return absl::UnavailableError("the connection was lost while a directory was read");
          }
          return postgres::ReadDirectoryChanges(transaction, id, since_revision, sealer,
                                                [&](DirectoryEntry entry) {
                                                  handed_on = true;
                                                  on_entry(std::move(entry));
                                                });
        });
  }

  absl::StatusOr<SyncOutcome> SyncBook(const TenantId& id, const BookSync& sync,
                                       const BookConditions& conditions, absl::Time now) override {
    SyncOutcome outcome;
    const absl::Status undone = absl::CancelledError("a refusal");
    const absl::Status status = Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
      ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
      ASSIGN_OR_RETURN(outcome, postgres::SyncBook(transaction, id, BookSealer(id, *keys), sync,
                                                   conditions, Rounded(now)));
      return outcome.refusal.has_value() ? undone : absl::OkStatus();
    });
    if (!status.ok() && status != undone) return status;
    return outcome;
  }

  absl::StatusOr<std::vector<BookRecord>> ListBooks(const TenantId& id, const Aor& account,
                                                    absl::Time synced_after) override {
    return ReadOpening<std::vector<BookRecord>, BookSealer>(
        id, [&](pqxx::transaction_base& transaction, const BookSealer& sealer) {
          return postgres::ListBooks(transaction, id, sealer, account, synced_after);
        });
  }

  absl::StatusOr<std::vector<BookKey>> FindBooks(const TenantId& id, absl::Span<const BookKey> keys,
                                                 absl::Time synced_after) override {
    return ReadOpening<std::vector<BookKey>, BookSealer>(
        id, [&](pqxx::transaction_base& transaction, const BookSealer&) {
          return postgres::FindBooks(transaction, id, keys, synced_after);
        });
  }

  absl::StatusOr<std::vector<Holder>> FindHolders(const TenantId& id, std::int64_t epoch,
                                                  absl::Span<const crypto::Digest> digests,
                                                  const std::optional<BookKey>& book,
                                                  absl::Time synced_after) override {
    return ReadOpening<std::vector<Holder>, BookSealer>(
        id, [&](pqxx::transaction_base& transaction, const BookSealer& sealer) {
          return postgres::FindHolders(transaction, id, sealer, epoch, digests, book, synced_after);
        });
  }

  absl::StatusOr<BookCounts> CountBooks(const TenantId& id, const BookFilter& filter) override {
    return ReadOpening<BookCounts, BookSealer>(
        id,
        [&](pqxx::transaction_base& transaction,
            const BookSealer& sealer) -> absl::StatusOr<BookCounts> {
          return postgres::CountBooks(transaction, id, sealer, filter);
        });
  }

  absl::StatusOr<BookCounts> DiscardBooks(const TenantId& id, const BookFilter& filter,
                                          const Act& act, const std::string& action) override {
    return Change<BookCounts>(
        id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<BookCounts> {
          RETURN_IF_ERROR(postgres::ReadTenant(transaction, id, Lock::kUpdate).status());
          ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
          const BookCounts counts =
              postgres::DiscardBooks(transaction, id, BookSealer(id, *keys), filter);
          if (counts.books == 0) return counts;
          postgres::Announce(transaction, id);
          Append(transaction, id, act, action,
                 {{"consents", counts.books}, {"retained_contacts", counts.contacts}});
          return counts;
        });
  }

  absl::StatusOr<std::int64_t> EraseDiscarded(const TenantId& id,
                                              std::int64_t contacts_max) override {
    return Change<std::int64_t>(
        id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<std::int64_t> {
          RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
          return postgres::EraseDiscarded(transaction, id, contacts_max);
        });
  }

  absl::Status AppendAuditEntry(const TenantId& id, const Act& act, const std::string& action,
                                absl::Span<const Count> counts) override {
    return Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      RETURN_IF_ERROR(postgres::CheckHasLog(transaction, id));
      Append(transaction, id, act, action, counts);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<AuditEntry>> ListAuditEntries(const TenantId& id,
                                                           std::int64_t after_sequence,
                                                           int limit) override {
    return Read<std::vector<AuditEntry>>(id.value(), [&](pqxx::transaction_base& transaction) {
      return postgres::ReadEntries(transaction, id, after_sequence, limit);
    });
  }

  absl::StatusOr<AuditVerdict> VerifyAuditChain(const TenantId& id) override {
    return Read<AuditVerdict>(
        id.value(), [&](pqxx::transaction_base& transaction) -> absl::StatusOr<AuditVerdict> {
          RETURN_IF_ERROR(postgres::CheckHasLog(transaction, id));
          return postgres::VerifyChain(transaction, audit_chain(), id);
        });
  }

  absl::Status BeginRotation(const TenantId& id, const PendingRotation& rotation) override {
    return Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
      return postgres::BeginRotation(transaction, id, rotation);
    });
  }

  absl::StatusOr<std::optional<PendingRotation>> GetPendingRotation(const TenantId& id) override {
    return Read<std::optional<PendingRotation>>(
        id.value(),
        [&](pqxx::transaction_base& transaction) -> absl::StatusOr<std::optional<PendingRotation>> {
          RETURN_IF_ERROR(postgres::ReadTenant(transaction, id).status());
          return postgres::ReadPendingRotation(transaction, id);
        });
  }

  absl::Status BeginSealing(const TenantId& id, std::int64_t epoch, std::int64_t revision,
                            std::size_t label_size) override {
    return Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
      return postgres::BeginSealing(transaction, id, epoch, revision, label_size);
    });
  }

  absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(const TenantId& id) override {
    return Read<std::vector<SealedDirectoryState>>(
        id.value(),
        [&](pqxx::transaction_base& transaction)
            -> absl::StatusOr<std::vector<SealedDirectoryState>> {
          RETURN_IF_ERROR(postgres::ReadTenant(transaction, id).status());
          return postgres::ListSealed(transaction, id);
        });
  }

  absl::StatusOr<SealedDirectoryState> WriteSealed(const TenantId& id,
                                                   const SealedBatch& batch) override {
    SealedDirectoryState state;
    const Access access =
        EntryCount(batch) > kSmallBatchEntriesMax ? Access::kBulkWrite : Access::kWrite;
    RETURN_IF_ERROR(
        database_.Run(access, id.value(), [&](pqxx::transaction_base& transaction) -> absl::Status {
          RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
          ASSIGN_OR_RETURN(state, postgres::WriteSealed(transaction, id, batch));
          return absl::OkStatus();
        }));
    return state;
  }

  absl::StatusOr<SealedDirectoryState> ReadSealed(
      const TenantId& id, std::int64_t epoch, std::int64_t since_revision,
      const std::function<void(EntryChange)>& on_entry) override {
    bool handed_on = false;
    return Read<SealedDirectoryState>(
        id.value(),
        [&](pqxx::transaction_base& transaction) -> absl::StatusOr<SealedDirectoryState> {
          // What was handed on is not handed on again.
          if (handed_on) {
            return absl::UnavailableError(
                "the connection was lost while a sealed directory was read");
          }
          RETURN_IF_ERROR(postgres::ReadTenant(transaction, id).status());
          return postgres::ReadSealed(transaction, id, epoch, since_revision,
                                      [&](EntryChange change) {
                                        handed_on = true;
                                        on_entry(std::move(change));
                                      });
        });
  }

  absl::StatusOr<std::int64_t> DropSealed(const TenantId& id, std::int64_t epoch,
                                          std::int64_t rows_max) override {
    return Change<std::int64_t>(
        id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<std::int64_t> {
          RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
          return postgres::DropSealed(transaction, id, epoch, rows_max);
        });
  }

  absl::StatusOr<std::int64_t> ForgetSealedRemovals(const TenantId& id, std::int64_t epoch,
                                                    std::int64_t revision,
                                                    std::int64_t rows_max) override {
    return Change<std::int64_t>(
        id, [&](pqxx::transaction_base& transaction) -> absl::StatusOr<std::int64_t> {
          RETURN_IF_ERROR(postgres::HoldTenant(transaction, id));
          return postgres::ForgetSealedRemovals(transaction, id, epoch, revision, rows_max);
        });
  }

  absl::StatusOr<std::vector<Count>> CountTenant(const TenantId& id) override {
    return Read<std::vector<Count>>(
        id.value(), [&](pqxx::transaction_base& transaction) -> absl::StatusOr<std::vector<Count>> {
          RETURN_IF_ERROR(postgres::IsBeingPurged(transaction, id).status());
          ASSIGN_OR_RETURN(const bool has_key, keys_.Has(id));
          std::vector<Count> counts = postgres::CountRows(transaction, id);
          counts.insert(counts.begin(), {"keys", has_key ? 1 : 0});
          return counts;
        });
  }

  absl::StatusOr<std::int64_t> BeginPurge(const TenantId& id, const Act& act) override {
    // The key of a tenant that is just being made is not destroyed.
    RETURN_IF_ERROR(Read<bool>(id.value(), [&](pqxx::transaction_base& transaction) {
                      return postgres::IsBeingPurged(transaction, id);
                    }).status());
    ASSIGN_OR_RETURN(const std::int64_t keys, keys_.Destroy(id));
    RETURN_IF_ERROR(Write(id, [&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const bool begun, postgres::MarkPurging(transaction, id));
      if (!begun) return absl::OkStatus();
      postgres::Announce(transaction, id);
      Append(transaction, id, act, "purge.begin", {{"keys", keys}});
      return absl::OkStatus();
    }));
    // What was unwrapped while the key was destroyed.
    keys_.Forget(id);
    return keys;
  }

  absl::StatusOr<std::vector<Count>> PurgeRows(const TenantId& id, std::int64_t rows_max) override {
    return Change<std::vector<Count>>(id, [&](pqxx::transaction_base& transaction) {
      return postgres::PurgeRows(transaction, id, rows_max);
    });
  }

  absl::StatusOr<bool> TakeLease(const std::string& name, const std::string& holder,
                                 absl::Duration duration, absl::Time now) override {
    bool taken = false;
    RETURN_IF_ERROR(
        database_.Run(Access::kWrite, kAllTenants, [&](pqxx::transaction_base& transaction) {
          taken = postgres::TakeLease(transaction, name, holder, duration, now);
          return absl::OkStatus();
        }));
    return taken;
  }

 private:
  const crypto::KeyedHash& audit_chain() const { return keys_.service_keys().audit_chain; }

  void Append(pqxx::transaction_base& transaction, const TenantId& id, const Act& act,
              const std::string& action, absl::Span<const Count> counts = {}) const {
    postgres::AppendEntry(transaction, audit_chain(), id, act, action, counts);
  }

  absl::Status Write(const TenantId& id, PostgresDatabase::Body body) {
    return database_.Run(Access::kWrite, id.value(), body);
  }

  template <typename Result>
  absl::StatusOr<Result> Read(
      absl::string_view scope,
      absl::FunctionRef<absl::StatusOr<Result>(pqxx::transaction_base&)> body) {
    absl::StatusOr<Result> result = absl::UnknownError("not run");
    RETURN_IF_ERROR(database_.Run(Access::kRead, scope, [&](pqxx::transaction_base& transaction) {
      result = body(transaction);
      return result.status();
    }));
    return result;
  }

  template <typename Result>
  absl::StatusOr<Result> Change(
      const TenantId& id, absl::FunctionRef<absl::StatusOr<Result>(pqxx::transaction_base&)> body) {
    absl::StatusOr<Result> result = absl::UnknownError("not run");
    RETURN_IF_ERROR(Write(id, [&](pqxx::transaction_base& transaction) {
      result = body(transaction);
      return result.status();
    }));
    return result;
  }

  // Of a tenant that is there, with its keys.
  template <typename Result, typename Sealer>
  absl::StatusOr<Result> ReadOpening(
      const TenantId& id,
      absl::FunctionRef<absl::StatusOr<Result>(pqxx::transaction_base&, const Sealer&)> body) {
    return Read<Result>(id.value(),
                        [&](pqxx::transaction_base& transaction) -> absl::StatusOr<Result> {
                          RETURN_IF_ERROR(postgres::ReadTenant(transaction, id).status());
                          ASSIGN_OR_RETURN(const auto keys, keys_.Get(id));
                          return body(transaction, Sealer(id, *keys));
                        });
  }

  PostgresDatabase& database_;
  KeyRing& keys_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(PostgresDatabase& database,
                                                         KeyRing& keys) {
  RETURN_IF_ERROR(CheckServable(database, DataSchema()));
  return std::make_unique<PostgresStore>(database, keys);
}

}  // namespace smartcontacts::storage
