// What a database's connections are doing, for whoever watches over the server.

#ifndef SMART_CONTACTS_STORAGE_DATABASE_COUNTERS_H_
#define SMART_CONTACTS_STORAGE_DATABASE_COUNTERS_H_

#include <atomic>
#include <cstdint>

namespace smartcontacts::storage {

// A backend counts, anybody reads. Safe for concurrent use.
struct DatabaseCounters {
  std::atomic<std::int64_t> connections_max = 0;
  std::atomic<std::int64_t> connections_used = 0;  // lent to somebody
  std::atomic<std::int64_t> connections_idle = 0;  // open, and lent to nobody
  std::atomic<std::int64_t> checkout_timeouts = 0;
  // Of connecting and of statements; not that somebody else's change came first, which is normal.
  std::atomic<std::int64_t> errors = 0;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_DATABASE_COUNTERS_H_
