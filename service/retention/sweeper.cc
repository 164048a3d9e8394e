#include "service/retention/sweeper.h"

#include <string>
#include <utility>

#include "absl/time/time.h"

namespace smartcontacts::service {

Sweeper::Sweeper(SweepContext context)
    : log_(context.log),
      interval_(absl::ToChronoNanoseconds(context.interval)),
      sweep_(std::move(context)),
      thread_([this] { Run(); }) {}

Sweeper::~Sweeper() {
  sweep_.Stop();
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void Sweeper::Wake(const TenantId& id) {
  {
    MutexLock lock(mutex_);
    named_.insert(id);
  }
  woken_.notify_one();
}

absl::flat_hash_set<TenantId> Sweeper::WaitForWork(SteadyClock::time_point until) {
  MutexLock lock(mutex_);
  while (named_.empty() && !ending_) {
    if (woken_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  return std::exchange(named_, {});
}

void Sweeper::Run() {
  SteadyClock::time_point next_round = SteadyClock::now();
  const auto ending = [this] {
    MutexLock lock(mutex_);
    return ending_;
  };
  while (true) {
    const absl::flat_hash_set<TenantId> named = WaitForWork(next_round);
    if (ending()) return;
    absl::Status worst;
    for (const TenantId& id : named) worst.Update(sweep_.EraseDiscarded(id));
    if (SteadyClock::now() >= next_round) {
      worst.Update(sweep_.Round());
      next_round = SteadyClock::now() + interval_;
    }
    Report(worst);
  }
}

void Sweeper::Report(const absl::Status& status) {
  if (status.ok() == sweeping_) return;
  sweeping_ = status.ok();
  if (sweeping_) {
    log_.Info("what is retained is swept again");
  } else {
    log_.Error(
        "cannot erase all that is retained beyond its time: it is not used any more, and erasing "
        "is tried again at every interval; check the database",
        {{"error", std::string(status.message())}});
  }
}

}  // namespace smartcontacts::service
