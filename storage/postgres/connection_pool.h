// A bounded number of connections to one PostgreSQL database, lent to one thread at a time, each
// with a deadline.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_CONNECTION_POOL_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_CONNECTION_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/mutex.h"
#include "storage/database_counters.h"
#include "storage/postgres/watchdog.h"

namespace smartcontacts::storage {

// Safe for concurrent use. Must outlive its leases.
class PostgresConnectionPool {
 public:
  // A connection on loan. Goes back on destruction if it was kept healthy; otherwise it is closed.
  class Lease {
   public:
    Lease(PostgresConnectionPool& pool, std::unique_ptr<pqxx::connection> connection,
          absl::Time deadline);
    Lease(Lease&&) = delete;
    ~Lease();

    pqxx::connection& connection() { return *connection_; }
    // Its last transaction ended as it should: others may have it.
    void KeepForOthers() { healthy_ = true; }

   private:
    PostgresConnectionPool& pool_;
    std::unique_ptr<pqxx::connection> connection_;
    Watchdog::Watch watch_;
    bool healthy_ = false;
  };

  // Counts in `counters`, which must outlive it.
  PostgresConnectionPool(std::string connection_options, std::size_t size_max,
                         absl::Duration checkout_timeout, DatabaseCounters& counters)
      : connection_options_(std::move(connection_options)),
        checkout_timeout_(checkout_timeout),
        counters_(counters),
        available_(size_max) {
    counters_.connections_max = static_cast<std::int64_t>(size_max);
  }

  // A connection that is given up at `deadline`: whoever uses it then gets pqxx::broken_connection.
  // UNAVAILABLE if none becomes free in time; throws pqxx's exceptions if it cannot be made.
  absl::StatusOr<std::unique_ptr<Lease>> Borrow(absl::Time deadline);

  // Closes the connections nobody uses: after one was found broken the others probably are too.
  void ForgetIdle();

 private:
  std::unique_ptr<pqxx::connection> TakeIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Return(std::unique_ptr<pqxx::connection> connection);

  const std::string connection_options_;
  const absl::Duration checkout_timeout_;
  DatabaseCounters& counters_;
  Watchdog watchdog_;
  Mutex mutex_;
  std::condition_variable_any returned_;
  std::size_t available_ ABSL_GUARDED_BY(mutex_);  // connections that may be lent, open or not
  std::vector<std::unique_ptr<pqxx::connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_CONNECTION_POOL_H_
