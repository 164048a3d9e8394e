#include "storage/sqlite/connection_pool.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/sqlite/opening.h"

namespace smartcontacts::storage {
namespace {

constexpr absl::Duration kCheckoutTimeout = absl::Seconds(10);

}  // namespace

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Borrow() {
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &ConnectionPool::HasFree), kCheckoutTimeout)) {
      return absl::UnavailableError("all database connections are in use");
    }
    --available_;
    if (!idle_.empty()) {
      Lease lease(*this, std::move(idle_.back()));
      idle_.pop_back();
      return lease;
    }
  }
  absl::StatusOr<std::unique_ptr<Database>> database = Connect(path_);
  if (!database.ok()) {
    absl::MutexLock lock(&mutex_);
    ++available_;
    return database.status();
  }
  return Lease(*this, *std::move(database));
}

void ConnectionPool::Return(std::unique_ptr<Database> database) {
  absl::MutexLock lock(&mutex_);
  ++available_;
  idle_.push_back(std::move(database));
}

}  // namespace smartcontacts::storage
