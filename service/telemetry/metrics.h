// What an operator's monitoring reads, over HTTP:
//
//   /metrics   Prometheus' text. A metric is about the server, at most about a tenant; never about
//              an account, and it has no contact data.
//   /healthz   200 as long as the process answers.
//   /readyz    200 if calls may be sent here; otherwise 503, and why in words.

#ifndef SMART_CONTACTS_SERVICE_TELEMETRY_METRICS_H_
#define SMART_CONTACTS_SERVICE_TELEMETRY_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/telemetry/histogram.h"

struct mg_connection;
struct mg_context;

namespace smartcontacts::service {

// Answers from Serve() to destruction. Safe for concurrent use.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  // One value of a metric, or one histogram, which must outlive this.
  template <typename Value>
  struct Labelled {
    Labels labels;
    Value value;
  };
  using Sample = Labelled<double>;
  using Distribution = Labelled<const Histogram*>;

  Metrics();
  ~Metrics();

  // Values are asked for when they are read, on any thread; what `read` refers to must outlive
  // this. Names follow https://prometheus.io/docs/practices/naming/. Add all before Serve().
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read);
  void AddGauges(const std::string& name, const std::string& help,
                 std::function<std::vector<Sample>()> read);
  void AddCounter(const std::string& name, const std::string& help, std::function<double()> read);
  void AddCounters(const std::string& name, const std::string& help,
                   std::function<std::vector<Sample>()> read);
  void AddHistogram(const std::string& name, const std::string& help, const Histogram& histogram);
  void AddHistograms(const std::string& name, const std::string& help,
                     std::vector<Distribution> distributions);

  // Listens on "HOST:PORT" (port 0 takes a free one). `ready` says whether calls may be sent here,
  // or why not, in words for anybody. UNAVAILABLE, naming the address, if that cannot be done.
  absl::Status Serve(const std::string& address, std::function<absl::Status()> ready);

  // "HOST:PORT" with the port that was taken; empty before Serve().
  const std::string& address() const { return address_; }

 private:
  class Families;

  static int Answer(mg_connection* connection, void* metrics);
  // Status code and text for a path.
  std::pair<int, std::string> Page(const std::string& path) const;

  std::unique_ptr<Families> families_;
  std::function<absl::Status()> ready_;
  std::string address_;
  mg_context* server_ = nullptr;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TELEMETRY_METRICS_H_
