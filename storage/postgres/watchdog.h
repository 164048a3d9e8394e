// Ends what takes too long. A timeout of the database server is of no use when the network to it is
// gone, and libpq waits for an answer without end.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_WATCHDOG_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_WATCHDOG_H_

#include <condition_variable>
#include <cstdint>
#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "domain/mutex.h"

namespace smartcontacts::storage {

// Safe for concurrent use. Must outlive its watches.
class Watchdog {
 public:
  // Ends with End() or its own end; the socket must be open until then.
  class Watch {
   public:
    Watch(Watchdog& watchdog, std::int64_t number) : watchdog_(&watchdog), number_(number) {}
    Watch(Watch&& other) noexcept
        : watchdog_(std::exchange(other.watchdog_, nullptr)), number_(other.number_) {}
    ~Watch() { End(); }
    void End();

   private:
    Watchdog* watchdog_;
    std::int64_t number_;
  };

  Watchdog();
  ~Watchdog();

  // Shuts `socket` down at `deadline`, so that who waits on it sees the connection end.
  Watch Begin(int socket, absl::Time deadline);

 private:
  struct Watched {
    int socket;
    absl::Time deadline;
  };

  void Guard();

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::int64_t, Watched> watched_ ABSL_GUARDED_BY(mutex_);
  std::int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_WATCHDOG_H_
