// What an operator's monitoring reads: Prometheus' text over HTTP, at /metrics. A metric is about
// the server, at most about a tenant; never about an account, and it has no contact data.

#ifndef SMART_CONTACTS_SERVICE_TELEMETRY_METRICS_H_
#define SMART_CONTACTS_SERVICE_TELEMETRY_METRICS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace prometheus {
class Exposer;
}

namespace smartcontacts::service {

// Answers from construction to destruction. Safe for concurrent use.
class Metrics {
 public:
  // Listens on "HOST:PORT" (port 0 takes a free one). UNAVAILABLE, naming the address, if that
  // cannot be done.
  static absl::StatusOr<std::unique_ptr<Metrics>> Serve(const std::string& address);
  ~Metrics();

  // "HOST:PORT" with the port that was taken.
  const std::string& address() const { return address_; }

  // Adds a value that is asked for when it is read. `read` must be safe for concurrent use, and
  // what it refers to must outlive this. Names follow https://prometheus.io/docs/practices/naming/.
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read);

 private:
  class Readings;
  Metrics();

  std::string address_;
  std::shared_ptr<Readings> readings_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TELEMETRY_METRICS_H_
