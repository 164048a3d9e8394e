#include "storage/sqlite/sqlite_import.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/removal_guard.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/directory_staging.h"
#include "storage/sqlite/opening.h"

namespace smartcontacts::storage {
namespace {

class SqliteImport final : public DirectoryImport {
 public:
  SqliteImport(std::unique_ptr<Database> database, TenantId id,
               std::shared_ptr<const crypto::TenantKeys> keys, const ImportConditions& conditions,
               absl::Time now)
      : database_(std::move(database)),
        id_(std::move(id)),
        keys_(std::move(keys)),
        sealer_(id_, *keys_),
        conditions_(conditions),
        now_(now) {}

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
    ASSIGN_OR_RETURN(DirectoryCounts counts, Merge());
    if (counts.added + counts.changed + counts.removed > 0) --counts.revision;
    return counts;
  }

  absl::StatusOr<DirectoryCounts> Commit() override {
    ASSIGN_OR_RETURN(Transaction transaction,
                     Transaction::Begin(*database_, Transaction::Kind::kWrite));
    ASSIGN_OR_RETURN(const std::int64_t before, staging_->SubscriberCount());
    ASSIGN_OR_RETURN(const DirectoryCounts counts, Merge());
    RETURN_IF_ERROR(CheckRemovals(conditions_, counts.removed, before));
    RETURN_IF_ERROR(transaction.Commit());
    return counts;
  }

 private:
  absl::StatusOr<DirectoryCounts> Merge() {
    RETURN_IF_ERROR(staging_->RemoveOthers());
    return staging_->Merge(conditions_.subscribers_max, now_);
  }

  const std::unique_ptr<Database> database_;
  const TenantId id_;
  const std::shared_ptr<const crypto::TenantKeys> keys_;
  const RowSealer sealer_;
  const ImportConditions conditions_;
  const absl::Time now_;
  std::optional<DirectoryStaging> staging_;
  std::int64_t staged_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryImport>> BeginSqliteImport(
    const std::string& path, const TenantId& id, std::shared_ptr<const crypto::TenantKeys> keys,
    const ImportConditions& conditions, absl::Time now) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Connect(path));
  auto import =
      std::make_unique<SqliteImport>(std::move(database), id, std::move(keys), conditions, now);
  RETURN_IF_ERROR(import->Begin());
  return import;
}

}  // namespace smartcontacts::storage
