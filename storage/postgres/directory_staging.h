// Changing a directory in PostgreSQL. Every change, small or whole, is staged by COPY and merged by
// set operations. What is staged is sealed, marked with the change's number, and deleted with it.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_DIRECTORY_STAGING_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_DIRECTORY_STAGING_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/sealing.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"
#include "storage/store.h"

namespace smartcontacts::storage::postgres {

// A change under way. Not safe for concurrent use. Works in the caller's transactions and throws
// pqxx's exceptions.
class DirectoryStaging {
 public:
  explicit DirectoryStaging(const TenantId& tenant);

  // Subscribers to be added or replaced; pqxx::unique_violation if one was staged before.
  void Upsert(pqxx::transaction_base& transaction, absl::Span<const SealedSubscriberRow> rows,
              absl::Span<const Subscriber> subscribers, absl::Time now) const;

  enum class Others { kKeep, kRemove };

  struct Merged {
    DirectoryCounts directory;
    BookCounts books;  // of those who were removed: discarded with them

    std::vector<Count> ForAudit() const;
  };

  // Makes the directory what was staged and takes `removals` away, and with Others::kRemove all
  // that was not staged: in a new revision if that changes anything. NOT_FOUND for the tenant;
  // RESOURCE_EXHAUSTED if there would be more than `subscribers_max`: the transaction must not be
  // committed then.
  absl::StatusOr<Merged> Merge(pqxx::transaction_base& transaction,
                               absl::Span<const crypto::Tag> removals, Others others,
                               std::int64_t subscribers_max, absl::Time now) const;

  std::int64_t StagedCount(pqxx::transaction_base& transaction) const;
  // Deletes what was staged.
  void Clear(pqxx::transaction_base& transaction) const;
  // Deletes what changes of this tenant left behind that began before `time` and never ended.
  void ClearAbandoned(pqxx::transaction_base& transaction, absl::Time time) const;

 private:
  std::int64_t UpdateChanged(pqxx::transaction_base& transaction, std::int64_t revision) const;
  std::int64_t InsertAdded(pqxx::transaction_base& transaction, std::int64_t revision) const;
  std::int64_t Remove(pqxx::transaction_base& transaction, absl::Span<const crypto::Tag> removals,
                      Others others, std::int64_t revision, absl::Time now) const;
  void WriteIdentifiers(pqxx::transaction_base& transaction, std::int64_t revision) const;
  void ForgetOldRemovals(pqxx::transaction_base& transaction, absl::Time now) const;

  const TenantId tenant_;
  const std::string change_id_;
};

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_DIRECTORY_STAGING_H_
