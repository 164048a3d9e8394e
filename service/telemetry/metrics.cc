#include "service/telemetry/metrics.h"

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "domain/mutex.h"

namespace smartcontacts::service {

class Metrics::Readings final : public prometheus::Collectable {
 public:
  void Add(const std::string& name, const std::string& help, std::function<double()> read) {
    MutexLock lock(mutex_);
    gauges_.push_back({name, help, std::move(read)});
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    MutexLock lock(mutex_);
    std::vector<prometheus::MetricFamily> families;
    families.reserve(gauges_.size());
    for (const Reading& gauge : gauges_) {
      prometheus::ClientMetric metric;
      metric.gauge.value = gauge.read();
      families.push_back({gauge.name, gauge.help, prometheus::MetricType::Gauge, {metric}});
    }
    return families;
  }

 private:
  struct Reading {
    std::string name;
    std::string help;
    std::function<double()> read;
  };

  mutable Mutex mutex_;
  std::vector<Reading> gauges_ ABSL_GUARDED_BY(mutex_);
};

Metrics::Metrics() : readings_(std::make_shared<Readings>()) {}
Metrics::~Metrics() = default;

absl::StatusOr<std::unique_ptr<Metrics>> Metrics::Serve(const std::string& address) {
  std::unique_ptr<Metrics> metrics(new Metrics);
  try {
    metrics->exposer_ = std::make_unique<prometheus::Exposer>(address, /*num_threads=*/2);
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address,
                     ": the port is in use, or the address is not of this machine"));
  }
  metrics->exposer_->RegisterCollectable(metrics->readings_);
  metrics->address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":",
                                   metrics->exposer_->GetListeningPorts().front());
  return metrics;
}

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       std::function<double()> read) {
  readings_->Add(name, help, std::move(read));
}

}  // namespace smartcontacts::service
