// Changing a directory. Every change, small or whole, is staged in temporary tables of one
// connection and then merged by set operations, inside the caller's transaction. What is staged is
// sealed.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_STAGING_H_
#define SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_STAGING_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace smartcontacts::storage {

struct MergeCounts {
  DirectoryCounts directory;
  BookCounts books;  // of those who were removed

  // As the audit log has them.
  std::vector<Count> ToAudit() const;
};

// Not safe for concurrent use; one at a time on a connection.
class DirectoryStaging {
 public:
  // Starts empty. What it is given must outlive it.
  static absl::StatusOr<DirectoryStaging> Begin(Database& database, const TenantId& tenant,
                                                const RowSealer& sealer);

  // A subscriber to be added or replaced. ALREADY_EXISTS if the address was staged before.
  absl::Status Upsert(const Subscriber& subscriber);
  // A subscriber to be removed, if there is one.
  absl::Status Remove(const Aor& aor);
  // All that are there and not staged are to be removed.
  absl::Status RemoveOthers();

  // How many subscribers there are, whatever is staged.
  absl::StatusOr<std::int64_t> SubscriberCount();

  // Makes the directory what was staged: in a new revision if that changes anything. Those who are
  // removed take their address books along. RESOURCE_EXHAUSTED, before anything is written, if
  // there would be more than `subscribers_max`.
  absl::StatusOr<MergeCounts> Merge(std::int64_t subscribers_max, absl::Time now);

 private:
  DirectoryStaging(Database& database, const TenantId& tenant, const RowSealer& sealer)
      : database_(database), tenant_(tenant), sealer_(sealer) {}

  absl::Status FindDifferences();
  absl::StatusOr<DirectoryCounts> CountDifferences();
  absl::StatusOr<BookCounts> DiscardBooksOfRemoved();
  absl::Status WriteRemovals(std::int64_t revision, absl::Time now);
  absl::Status WriteSubscribers(std::int64_t revision);
  absl::Status WriteIdentifiers(std::int64_t revision);
  absl::Status ForgetOldRemovals(absl::Time now);

  Database& database_;
  const TenantId& tenant_;
  const RowSealer& sealer_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_DIRECTORY_STAGING_H_
