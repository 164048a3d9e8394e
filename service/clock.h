// The time comes in from outside, so that tests can say what it is.

#ifndef SMART_CONTACTS_SERVICE_CLOCK_H_
#define SMART_CONTACTS_SERVICE_CLOCK_H_

#include <functional>

#include "absl/time/time.h"

namespace smartcontacts::service {

// Safe for concurrent use.
using Clock = std::function<absl::Time()>;

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_CLOCK_H_
