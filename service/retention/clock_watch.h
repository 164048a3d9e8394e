// Whether the time may be believed: erasing by a clock that somebody set wrong cannot be undone.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_CLOCK_WATCH_H_
#define SMART_CONTACTS_SERVICE_RETENTION_CLOCK_WATCH_H_

#include <optional>

#include "absl/time/time.h"

namespace smartcontacts::service {

// Compares the wall clock, which can be set, with one that only runs. Not safe for concurrent use.
class ClockWatch {
 public:
  // How far the wall clock may get ahead between two looks.
  static constexpr absl::Duration kJumpMin = absl::Minutes(10);
  // How long it is not believed after a jump. Not for ever: the new time may be the right one.
  static constexpr absl::Duration kDistrust = absl::Hours(1);

  enum class Verdict {
    kSteady,
    kJumped,      // found just now
    kDistrusted,  // it jumped less than kDistrust ago
    kTrustedAgain,
  };

  // `running` is the time of the clock that only runs. A wall clock that was set back is steady: by
  // an earlier time less is erased, not more.
  Verdict Look(absl::Time wall, absl::Duration running) {
    const absl::Time offset = wall - running;
    const bool jumped = last_offset_.has_value() && offset - *last_offset_ > kJumpMin;
    last_offset_ = offset;
    if (jumped) {
      distrusted_until_ = running + kDistrust;
      return Verdict::kJumped;
    }
    if (!distrusted_until_.has_value()) return Verdict::kSteady;
    if (running < *distrusted_until_) return Verdict::kDistrusted;
    distrusted_until_.reset();
    return Verdict::kTrustedAgain;
  }

 private:
  std::optional<absl::Time> last_offset_;
  std::optional<absl::Duration> distrusted_until_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_CLOCK_WATCH_H_
