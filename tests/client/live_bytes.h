// Counts what `new` has given out and not got back, for tests that hold a reader to bounded memory.
// Only for binaries that link live_bytes.cc, which replaces the global operators.

#ifndef SMART_CONTACTS_TESTS_CLIENT_LIVE_BYTES_H_
#define SMART_CONTACTS_TESTS_CLIENT_LIVE_BYTES_H_

#include <cstddef>

namespace smartcontacts::client {

// How much more than at construction was in use at once since then. Of all threads.
class PeakLiveBytes {
 public:
  PeakLiveBytes();
  std::size_t Get() const;

 private:
  std::size_t live_at_start_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_LIVE_BYTES_H_
