#include "storage/postgres/watchdog.h"

#include <sys/socket.h>

#include <chrono>

#include "absl/time/clock.h"

namespace smartcontacts::storage {
namespace {

// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kInterval(250);

}  // namespace

Watchdog::Watchdog() : thread_([this] { Guard(); }) {}

Watchdog::~Watchdog() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Watchdog::Watch Watchdog::Begin(int socket, absl::Time deadline) {
  MutexLock lock(mutex_);
  watched_.emplace(next_, Watched{socket, deadline});
  if (watched_.size() == 1) changed_.notify_all();
  return Watch(*this, next_++);
}

void Watchdog::Watch::End() {
  if (watchdog_ == nullptr) return;
  MutexLock lock(watchdog_->mutex_);
  watchdog_->watched_.erase(number_);
  watchdog_ = nullptr;
}

void Watchdog::Guard() {
  MutexLock lock(mutex_);
  while (!ending_) {
    if (watched_.empty()) {
      changed_.wait(mutex_);
    } else {
      changed_.wait_for(mutex_, kInterval);
    }
    const absl::Time now = absl::Now();
    for (const auto& [number, watched] : watched_) {
      if (watched.deadline <= now) shutdown(watched.socket, SHUT_RDWR);
    }
  }
}

}  // namespace smartcontacts::storage
