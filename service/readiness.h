// Whether calls should be sent to this server.

#ifndef SMART_CONTACTS_SERVICE_READINESS_H_
#define SMART_CONTACTS_SERVICE_READINESS_H_

#include <atomic>

#include "absl/status/status.h"
#include "service/replication/freshness.h"

namespace smartcontacts::service {

// Safe for concurrent use.
class Readiness {
 public:
  // `freshness` must outlive it.
  explicit Readiness(const Freshness& freshness) : freshness_(freshness) {}

  // OK, or UNAVAILABLE with the reason in words.
  absl::Status Check() const {
    if (draining_) return absl::UnavailableError("draining: this server is about to stop");
    if (!freshness_.MayAnswer()) {
      return absl::UnavailableError(
          "stale: changes may have been missed for longer than --freshness-bound-s; see whether "
          "the "
          "database can be reached");
    }
    return absl::OkStatus();
  }

  // There is no way back.
  void BeginDraining() { draining_ = true; }

 private:
  const Freshness& freshness_;
  std::atomic<bool> draining_{false};
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_READINESS_H_
