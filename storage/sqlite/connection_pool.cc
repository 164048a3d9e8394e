#include "storage/sqlite/connection_pool.h"

#include <chrono>

#include "absl/status/status.h"
#include "storage/sqlite/opening.h"

namespace smartcontacts::storage {
namespace {

constexpr std::chrono::seconds kCheckoutTimeout(10);

}  // namespace

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Borrow() {
  {
    MutexLock lock(mutex_);
    const auto deadline = std::chrono::steady_clock::now() + kCheckoutTimeout;
    while (available_ == 0) {
      if (returned_.wait_until(mutex_, deadline) == std::cv_status::timeout && available_ == 0) {
        ++counters_->checkout_timeouts;
        return absl::UnavailableError("all database connections are in use");
      }
    }
    --available_;
    ++counters_->connections_used;
    if (!idle_.empty()) {
      Lease lease(*this, std::move(idle_.back()));
      idle_.pop_back();
      --counters_->connections_idle;
      return lease;
    }
  }
  absl::StatusOr<std::unique_ptr<Database>> database = Connect(path_);
  if (!database.ok()) {
    ++counters_->errors;
    {
      MutexLock lock(mutex_);
      ++available_;
      --counters_->connections_used;
    }
    returned_.notify_one();
    return database.status();
  }
  (*database)->CountErrors(counters_);
  return Lease(*this, *std::move(database));
}

void ConnectionPool::Return(std::unique_ptr<Database> database) {
  {
    MutexLock lock(mutex_);
    ++available_;
    --counters_->connections_used;
    ++counters_->connections_idle;
    idle_.push_back(std::move(database));
  }
  returned_.notify_one();
}

}  // namespace smartcontacts::storage
