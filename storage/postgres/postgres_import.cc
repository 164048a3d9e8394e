#include "storage/postgres/postgres_import.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "storage/postgres/audit_rows.h"
#include "storage/postgres/directory_staging.h"
#include "storage/postgres/tenant_rows.h"
#include "storage/removal_guard.h"
#include "storage/sealed_rows.h"

namespace smartcontacts::storage::postgres {
namespace {

// An import that staged something this long ago is not under way any more.
constexpr absl::Duration kAbandonedAfter = absl::Hours(24);

class PostgresImport final : public DirectoryImport {
 public:
  PostgresImport(PostgresDatabase& database, const crypto::KeyedHash& audit_chain, TenantId id,
                 std::shared_ptr<const crypto::TenantKeys> keys, const ImportConditions& conditions,
                 Act act)
      : database_(database),
        audit_chain_(audit_chain),
        id_(std::move(id)),
        keys_(std::move(keys)),
        sealer_(id_, *keys_),
        conditions_(conditions),
        act_(std::move(act)),
        staging_(id_) {}

  ~PostgresImport() override {
    // What cannot be deleted now is deleted by a later import.
    if (staged_ > 0) Run([this](auto& transaction) { return Clear(transaction); }).IgnoreError();
  }

  absl::Status Stage(absl::Span<const Subscriber> subscribers) override {
    const auto size = static_cast<std::int64_t>(subscribers.size());
    if (staged_ + size > conditions_.subscribers_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat("more than ", conditions_.subscribers_max, " subscribers"));
    }
    std::vector<SealedSubscriberRow> rows;
    rows.reserve(subscribers.size());
    for (const Subscriber& subscriber : subscribers) {
      rows.push_back(sealer_.Seal(subscriber));
      if (!seen_.insert(rows.back().tag).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("subscriber ", staged_ + static_cast<std::int64_t>(rows.size()) - 1,
                         ": this address of record was there before"));
      }
    }
    RETURN_IF_ERROR(Run([&](pqxx::transaction_base& transaction) -> absl::Status {
      // Nothing is staged behind a purge.
      RETURN_IF_ERROR(HoldTenant(transaction, id_));
      if (staged_ == 0) staging_.ClearAbandoned(transaction, act_.time - kAbandonedAfter);
      staging_.Upsert(transaction, rows, subscribers, act_.time);
      return absl::OkStatus();
    }));
    staged_ += size;
    return absl::OkStatus();
  }

  absl::StatusOr<DirectoryCounts> Preview() override {
    DirectoryCounts counts;
    absl::Status undone = absl::CancelledError("a preview");
    absl::Status status = Run([&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const DirectoryStaging::Merged merged, Merge(transaction));
      counts = merged.directory;
      return undone;
    });
    if (status != undone) return status;
    if (counts.added + counts.changed + counts.removed > 0) --counts.revision;
    return counts;
  }

  absl::StatusOr<DirectoryCounts> Commit() override {
    DirectoryCounts counts;
    RETURN_IF_ERROR(Run([&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const DirectoryStaging::Merged merged, Merge(transaction));
      counts = merged.directory;
      const std::int64_t before = counts.unchanged + counts.changed + counts.removed;
      RETURN_IF_ERROR(CheckRemovals(conditions_, counts.removed, before));
      RETURN_IF_ERROR(Clear(transaction));
      AppendEntry(transaction, audit_chain_, id_, act_, "directory.import", merged.ForAudit());
      return absl::OkStatus();
    }));
    staged_ = 0;
    return counts;
  }

 private:
  absl::Status Run(PostgresDatabase::Body body) {
    return database_.Run(Access::kBulkWrite, id_.value(), body);
  }

  absl::Status Clear(pqxx::transaction_base& transaction) const {
    staging_.Clear(transaction);
    return absl::OkStatus();
  }

  absl::StatusOr<DirectoryStaging::Merged> Merge(pqxx::transaction_base& transaction) const {
    if (staging_.StagedCount(transaction) != staged_) {
      return absl::UnavailableError(
          "the database was restarted and has lost what was staged: import again");
    }
    return staging_.Merge(transaction, {}, DirectoryStaging::Others::kRemove,
                          conditions_.subscribers_max, act_.time);
  }

  PostgresDatabase& database_;
  const crypto::KeyedHash& audit_chain_;
  const TenantId id_;
  const std::shared_ptr<const crypto::TenantKeys> keys_;
  const RowSealer sealer_;
  const ImportConditions conditions_;
  const Act act_;
  const DirectoryStaging staging_;
  absl::flat_hash_set<crypto::Tag> seen_;
  std::int64_t staged_ = 0;
};

}  // namespace

std::unique_ptr<DirectoryImport> BeginImport(PostgresDatabase& database,
                                             const crypto::KeyedHash& audit_chain,
                                             const TenantId& id,
                                             std::shared_ptr<const crypto::TenantKeys> keys,
                                             const ImportConditions& conditions, const Act& act) {
  return std::make_unique<PostgresImport>(database, audit_chain, id, std::move(keys), conditions,
                                          act);
}

}  // namespace smartcontacts::storage::postgres
