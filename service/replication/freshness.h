// Whether this server can still be sure that what it has in memory is what the database has.

#ifndef SMART_CONTACTS_SERVICE_REPLICATION_FRESHNESS_H_
#define SMART_CONTACTS_SERVICE_REPLICATION_FRESHNESS_H_

#include <atomic>
#include <chrono>

#include "absl/time/time.h"

namespace smartcontacts::service {

// Safe for concurrent use; asking is one atomic read.
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

 private:
  const std::chrono::nanoseconds bound_;
  const bool match_when_stale_;
  std::atomic<Clock::time_point> confirmed_{Clock::now()};
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_REPLICATION_FRESHNESS_H_
