#include "storage/postgres/postgres_import.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "storage/postgres/directory_staging.h"
#include "storage/removal_guard.h"
#include "storage/sealed_rows.h"

namespace smartcontacts::storage::postgres {
namespace {

// An import that staged something this long ago is not under way any more.
constexpr absl::Duration kAbandonedAfter = absl::Hours(24);

class PostgresImport final : public DirectoryImport {
 public:
  PostgresImport(PostgresDatabase& database, TenantId id,
                 std::shared_ptr<const crypto::TenantKeys> keys, const ImportConditions& conditions,
                 absl::Time now)
      : database_(database),
        id_(std::move(id)),
        keys_(std::move(keys)),
        sealer_(id_, *keys_),
        conditions_(conditions),
        now_(now),
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
    std::vector<SealedSubscriber> rows;
    rows.reserve(subscribers.size());
    for (const Subscriber& subscriber : subscribers) {
      rows.push_back(sealer_.Seal(subscriber));
      if (!seen_.insert(rows.back().tag).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("subscriber ", staged_ + static_cast<std::int64_t>(rows.size()) - 1,
                         ": this address of record was there before"));
      }
    }
    RETURN_IF_ERROR(Run([&](pqxx::transaction_base& transaction) {
      if (staged_ == 0) staging_.ClearAbandoned(transaction, now_ - kAbandonedAfter);
      staging_.Upsert(transaction, rows, subscribers, now_);
      return absl::OkStatus();
    }));
    staged_ += size;
    return absl::OkStatus();
  }

  absl::StatusOr<DirectoryCounts> Preview() override {
    DirectoryCounts counts;
    absl::Status undone = absl::CancelledError("a preview");
    absl::Status status = Run([&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(counts, Merge(transaction));
      return undone;
    });
    if (status != undone) return status;
    if (counts.added + counts.changed + counts.removed > 0) --counts.revision;
    return counts;
  }

  absl::StatusOr<DirectoryCounts> Commit() override {
    DirectoryCounts counts;
    RETURN_IF_ERROR(Run([&](pqxx::transaction_base& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(counts, Merge(transaction));
      const std::int64_t before = counts.unchanged + counts.changed + counts.removed;
      RETURN_IF_ERROR(CheckRemovals(conditions_, counts.removed, before));
      RETURN_IF_ERROR(Clear(transaction));
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

  absl::StatusOr<DirectoryCounts> Merge(pqxx::transaction_base& transaction) const {
    if (staging_.StagedCount(transaction) != staged_) {
      return absl::UnavailableError(
          "the database was restarted and has lost what was staged: import again");
    }
    return staging_.Merge(transaction, {}, DirectoryStaging::Others::kRemove,
                          conditions_.subscribers_max, now_);
  }

  PostgresDatabase& database_;
  const TenantId id_;
  const std::shared_ptr<const crypto::TenantKeys> keys_;
  const RowSealer sealer_;
  const ImportConditions conditions_;
  const absl::Time now_;
  const DirectoryStaging staging_;
  absl::flat_hash_set<crypto::Tag> seen_;
  std::int64_t staged_ = 0;
};

}  // namespace

std::unique_ptr<DirectoryImport> BeginImport(PostgresDatabase& database, const TenantId& id,
                                             std::shared_ptr<const crypto::TenantKeys> keys,
                                             const ImportConditions& conditions, absl::Time now) {
  return std::make_unique<PostgresImport>(database, id, std::move(keys), conditions, now);
}

}  // namespace smartcontacts::storage::postgres
