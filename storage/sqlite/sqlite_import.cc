#include "storage/sqlite/sqlite_import.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/removal_guard.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/audit_rows.h"
#include "storage/sqlite/directory_staging.h"
#include "storage/sqlite/opening.h"
#include "storage/sqlite/tenant_rows.h"

namespace smartcontacts::storage {
namespace {

class SqliteImport final : public DirectoryImport {
 public:
  SqliteImport(std::unique_ptr<Database> database, const Tenant& tenant,
               std::shared_ptr<const crypto::TenantKeys> keys, const crypto::KeyedHash& audit_chain,
               const ImportConditions& conditions, Act act)
      : database_(std::move(database)),
        id_(tenant.id),
        create_time_(tenant.create_time),
        keys_(std::move(keys)),
        sealer_(id_, *keys_),
        audit_chain_(audit_chain),
        conditions_(conditions),
        act_(std::move(act)) {}

  absl::Status Begin() {
    ASSIGN_OR_RETURN(DirectoryStaging staging, DirectoryStaging::Begin(*database_, id_, sealer_));
    staging_.emplace(staging);
    return absl::OkStatus();
  }

  absl::Status Stage(absl::Span<const Subscriber> subscribers) override {
    for (const Subscriber& subscriber : subscribers) {
      if (staged_ == conditions_.subscribers_max) {
        return absl::ResourceExhaustedError(
            absl::StrCat("more than ", conditions_.subscribers_max, " subscribers"));
      }
      const absl::Status status = staging_->Upsert(subscriber);
      if (absl::IsAlreadyExists(status)) {
        return absl::InvalidArgumentError(
            absl::StrCat("subscriber ", staged_, ": this address of record was there before"));
      }
      RETURN_IF_ERROR(status);
      ++staged_;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<DirectoryCounts> Preview() override {
    // Done and undone.
    ASSIGN_OR_RETURN(const Transaction transaction,
                     Transaction::Begin(*database_, Transaction::Kind::kWrite));
    ASSIGN_OR_RETURN(const MergeCounts merged, Merge());
    DirectoryCounts counts = merged.directory;
    if (counts.added + counts.changed + counts.removed > 0) --counts.revision;
    return counts;
  }

  absl::StatusOr<DirectoryCounts> Commit() override {
    ASSIGN_OR_RETURN(Transaction transaction,
                     Transaction::Begin(*database_, Transaction::Kind::kWrite));
    ASSIGN_OR_RETURN(const std::int64_t before, staging_->SubscriberCount());
    ASSIGN_OR_RETURN(const MergeCounts merged, Merge());
    RETURN_IF_ERROR(CheckRemovals(conditions_, merged.directory.removed, before));
    RETURN_IF_ERROR(
        AppendEntry(*database_, audit_chain_, id_, act_, "directory.import", merged.ToAudit()));
    RETURN_IF_ERROR(transaction.Commit());
    return merged.directory;
  }

 private:
  absl::StatusOr<MergeCounts> Merge() {
    ASSIGN_OR_RETURN(const Tenant tenant, ReadTenant(*database_, id_));
    // What is staged is sealed under the key of the tenant that was there.
    if (tenant.create_time != create_time_) {
      return absl::NotFoundError("the tenant was purged since the import began");
    }
    RETURN_IF_ERROR(staging_->RemoveOthers());
    return staging_->Merge(conditions_.subscribers_max, act_.time);
  }

  const std::unique_ptr<Database> database_;
  const TenantId id_;
  const absl::Time create_time_;
  const std::shared_ptr<const crypto::TenantKeys> keys_;
  const RowSealer sealer_;
  const crypto::KeyedHash& audit_chain_;
  const ImportConditions conditions_;
  const Act act_;
  std::optional<DirectoryStaging> staging_;
  std::int64_t staged_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginSqliteImport(
    const std::string& path, const Tenant& tenant, std::shared_ptr<const crypto::TenantKeys> keys,
    const crypto::KeyedHash& audit_chain, const ImportConditions& conditions, const Act& act) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Connect(path));
  auto import = std::make_unique<SqliteImport>(std::move(database), tenant, std::move(keys),
                                               audit_chain, conditions, act);
  RETURN_IF_ERROR(import->Begin());
  return import;
}

}  // namespace smartcontacts::storage
