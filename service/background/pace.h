// Lets work in batches run beside live traffic.

#ifndef SMART_CONTACTS_SERVICE_BACKGROUND_PACE_H_
#define SMART_CONTACTS_SERVICE_BACKGROUND_PACE_H_

#include <chrono>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "domain/mutex.h"

namespace smartcontacts::service {

// All that share one take together a quarter of the database's time at most, however many they are:
// one batch at a time, and after each a pause three times as long as the batch was. Half of the
// time was measured to be felt by live matches on a machine of two cores. Safe for concurrent use.
class Pace {
 public:
  // Waits for its turn, runs `batch`, pauses, and returns what `batch` returned.
  template <typename Batch>
  auto Run(Batch batch) {
    Clock::time_point free_from;
    auto result = RunOne(batch, free_from);
    // Not under the lock: whoever waits for it comes first, and no one's batches follow on each
    // other while others wait.
    std::this_thread::sleep_until(free_from);
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kPauses = 3;

  template <typename Batch>
  auto RunOne(Batch& batch, Clock::time_point& free_from) {
    MutexLock lock(mutex_);
    std::this_thread::sleep_until(free_from_);
    const Clock::time_point begin = Clock::now();
    auto result = batch();
    const Clock::time_point end = Clock::now();
    free_from = free_from_ = end + kPauses * (end - begin);
    return result;
  }

  Mutex mutex_;
  Clock::time_point free_from_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_BACKGROUND_PACE_H_
