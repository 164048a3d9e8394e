// `smart-contactsd serve`.

#ifndef SMART_CONTACTS_SERVICE_SERVE_H_
#define SMART_CONTACTS_SERVICE_SERVE_H_

#include "absl/status/status.h"
#include "service/config.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// Serves until SIGTERM or SIGINT, then drains. `config` is complete. An error says what kept the
// server from starting.
absl::Status Serve(const ServeConfig& config, const Log& log);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_SERVE_H_
