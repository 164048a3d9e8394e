// A bounded number of connections to one database, lent to one thread at a time.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_CONNECTION_POOL_H_
#define SMART_CONTACTS_STORAGE_SQLITE_CONNECTION_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "domain/mutex.h"
#include "storage/database_counters.h"
#include "storage/sqlite/database.h"

namespace smartcontacts::storage {

// Safe for concurrent use. Must outlive its leases.
class ConnectionPool {
 public:
  // A connection on loan; goes back on destruction.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Database> database)
        : pool_(&pool), database_(std::move(database)) {}
    Lease(Lease&&) = default;
    ~Lease() {
      if (database_ != nullptr) pool_->Return(std::move(database_));
    }
    Database& operator*() const { return *database_; }
    Database* operator->() const { return database_.get(); }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Database> database_;
  };

  // Counts in `counters`.
  ConnectionPool(std::string path, std::size_t size_max, std::shared_ptr<DatabaseCounters> counters)
      : path_(std::move(path)), counters_(std::move(counters)), available_(size_max) {
    counters_->connections_max = static_cast<std::int64_t>(size_max);
  }

  // UNAVAILABLE if none becomes free in time.
  absl::StatusOr<Lease> Borrow();

 private:
  void Return(std::unique_ptr<Database> database);

  const std::string path_;
  const std::shared_ptr<DatabaseCounters> counters_;
  Mutex mutex_;
  std::condition_variable_any returned_;
  std::size_t available_ ABSL_GUARDED_BY(mutex_);  // connections that may be lent, open or not
  std::vector<std::unique_ptr<Database>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_CONNECTION_POOL_H_
