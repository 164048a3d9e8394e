// `smart-contactsd healthcheck`: what a server says of itself, for whoever cannot ask gRPC.

#ifndef SMART_CONTACTS_SERVICE_HEALTHCHECK_H_
#define SMART_CONTACTS_SERVICE_HEALTHCHECK_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace smartcontacts::service {

struct HealthcheckConfig {
  std::string health_server = "127.0.0.1:8445";
  std::string service = "readiness";
  std::int64_t timeout_s = 5;
};

void AddHealthcheckOptions(CLI::App& command, HealthcheckConfig& config);

// OK if the server answers SERVING for the service. UNAVAILABLE if it answers otherwise or not in
// time.
absl::Status CheckHealth(const HealthcheckConfig& config);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_HEALTHCHECK_H_
