#include "storage/postgres/connection_pool.h"

#include <chrono>

#include "absl/status/status.h"
#include "storage/postgres/opening.h"

namespace smartcontacts::storage {

PostgresConnectionPool::Lease::Lease(PostgresConnectionPool& pool,
                                     std::unique_ptr<pqxx::connection> connection,
                                     absl::Time deadline)
    : pool_(pool),
      connection_(std::move(connection)),
      watch_(pool.watchdog_.Begin(connection_->sock(), deadline)) {}

PostgresConnectionPool::Lease::~Lease() {
  watch_.End();
  pool_.Return(healthy_ && connection_->is_open() ? std::move(connection_) : nullptr);
}

absl::StatusOr<std::unique_ptr<PostgresConnectionPool::Lease>> PostgresConnectionPool::Borrow(
    absl::Time deadline) {
  std::unique_ptr<pqxx::connection> connection;
  {
    MutexLock lock(mutex_);
    const auto last =
        std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(checkout_timeout_);
    while (available_ == 0) {
      if (returned_.wait_until(mutex_, last) == std::cv_status::timeout && available_ == 0) {
        ++counters_.checkout_timeouts;
        return absl::UnavailableError("all database connections are in use");
      }
    }
    --available_;
    ++counters_.connections_used;
    connection = TakeIdle();
  }
  try {
    if (connection == nullptr) connection = OpenConnection(connection_options_);
    return std::make_unique<Lease>(*this, std::move(connection), deadline);
  } catch (...) {
    Return(nullptr);
    throw;
  }
}

void PostgresConnectionPool::ForgetIdle() {
  std::vector<std::unique_ptr<pqxx::connection>> forgotten;
  MutexLock lock(mutex_);
  forgotten.swap(idle_);
  counters_.connections_idle = 0;
}

std::unique_ptr<pqxx::connection> PostgresConnectionPool::TakeIdle() {
  if (idle_.empty()) return nullptr;
  std::unique_ptr<pqxx::connection> connection = std::move(idle_.back());
  idle_.pop_back();
  --counters_.connections_idle;
  return connection;
}

void PostgresConnectionPool::Return(std::unique_ptr<pqxx::connection> connection) {
  {
    MutexLock lock(mutex_);
    ++available_;
    --counters_.connections_used;
    if (connection != nullptr) {
      idle_.push_back(std::move(connection));
      ++counters_.connections_idle;
    }
  }
  returned_.notify_one();
}

}  // namespace smartcontacts::storage
