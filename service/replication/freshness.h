// Whether this server can still be sure that what it has in memory is what the database has.

#ifndef SMART_CONTACTS_SERVICE_REPLICATION_FRESHNESS_H_
#define SMART_CONTACTS_SERVICE_REPLICATION_FRESHNESS_H_

#include <atomic>
#include <chrono>

#include "absl/time/time.h"

namespace smartcontacts::service {

// Safe for concurrent use, with one thread that says what it found; asking is one atomic read.
class Freshness {
 public:
  using Clock = std::chrono::steady_clock;  // it does not jump

  // Fresh for `bound` after each confirmation, the first of which is now. With `match_when_stale`
  // the server goes on answering after that.
  Freshness(absl::Duration bound, bool match_when_stale)
      : bound_(absl::ToChronoNanoseconds(bound)), match_when_stale_(match_when_stale) {}

  // What is in memory was the database's at `time` or later.
  void Confirm(Clock::time_point time) { confirmed_ = time; }

  // Since the last confirmation.
  absl::Duration Age() const { return absl::FromChrono(Clock::now() - confirmed_.load()); }
  bool Fresh() const { return Clock::now() - confirmed_.load() <= bound_; }
  bool MayAnswer() const { return match_when_stale_ || Fresh(); }

  // Changes are known that are not in memory yet, or there are none any more.
  void SetBehind(bool behind) {
    if (behind == (behind_since_.load() != kNotBehind)) return;
    behind_since_ = behind ? Clock::now() : kNotBehind;
  }
  // For how long changes that are known have been waiting; zero if there are none.
  absl::Duration Lag() const {
    const Clock::time_point since = behind_since_;
    return since == kNotBehind ? absl::ZeroDuration() : absl::FromChrono(Clock::now() - since);
  }

 private:
  const std::chrono::nanoseconds bound_;
  const bool match_when_stale_;
  static constexpr Clock::time_point kNotBehind = Clock::time_point::max();
  std::atomic<Clock::time_point> confirmed_{Clock::now()};
  std::atomic<Clock::time_point> behind_since_{kNotBehind};
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_REPLICATION_FRESHNESS_H_
