#include "service/telemetry/metrics.h"

#include <civetweb.h>
#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace smartcontacts::service {
namespace {

// Readers: Prometheus (two of them, often) and the probes of an orchestrator.
constexpr char kThreads[] = "4";
// Whoever sends nothing or reads nothing holds a thread for so long.
constexpr char kRequestTimeoutMs[] = "5000";

std::vector<prometheus::ClientMetric::Label> ToPrometheus(const Metrics::Labels& labels) {
  std::vector<prometheus::ClientMetric::Label> all;
  all.reserve(labels.size());
  for (const auto& [name, value] : labels) all.push_back({name, value});
  return all;
}

prometheus::ClientMetric::Histogram ToPrometheus(const Histogram& histogram) {
  prometheus::ClientMetric::Histogram all;
  const std::vector<std::uint64_t> counts = histogram.counts();
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    all.sample_count += counts[i];
    all.bucket.push_back({all.sample_count, histogram.bounds()[i]});
  }
  all.sample_count += counts.back();
  all.sample_sum = histogram.sum();
  return all;
}

}  // namespace

class Metrics::Families {
 public:
  using Read = std::function<std::vector<prometheus::ClientMetric>()>;

  void Add(const std::string& name, const std::string& help, prometheus::MetricType type,
           Read read) {
    families_.push_back({name, help, type, std::move(read)});
  }

  std::string Text() const {
    std::vector<prometheus::MetricFamily> all;
    all.reserve(families_.size());
    for (const Family& family : families_) {
      all.push_back({family.name, family.help, family.type, family.read()});
    }
    return prometheus::TextSerializer().Serialize(all);
  }

 private:
  struct Family {
    std::string name;
    std::string help;
    prometheus::MetricType type;
    Read read;
  };

  std::vector<Family> families_;
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}

Metrics::~Metrics() {
  if (server_ != nullptr) mg_stop(server_);  // waits for the readers of the moment
}

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       std::function<double()> read) {
  AddGauges(name, help, [read = std::move(read)] { return std::vector<Sample>{{{}, read()}}; });
}

void Metrics::AddGauges(const std::string& name, const std::string& help,
                        std::function<std::vector<Sample>()> read) {
  families_->Add(name, help, prometheus::MetricType::Gauge, [read = std::move(read)] {
    std::vector<prometheus::ClientMetric> values;
    for (const Sample& sample : read()) {
      prometheus::ClientMetric& value = values.emplace_back();
      value.label = ToPrometheus(sample.labels);
      value.gauge.value = sample.value;
    }
    return values;
  });
}

void Metrics::AddCounter(const std::string& name, const std::string& help,
                         std::function<double()> read) {
  AddCounters(name, help, [read = std::move(read)] { return std::vector<Sample>{{{}, read()}}; });
}

void Metrics::AddCounters(const std::string& name, const std::string& help,
                          std::function<std::vector<Sample>()> read) {
  families_->Add(name, help, prometheus::MetricType::Counter, [read = std::move(read)] {
    std::vector<prometheus::ClientMetric> values;
    for (const Sample& sample : read()) {
      prometheus::ClientMetric& value = values.emplace_back();
      value.label = ToPrometheus(sample.labels);
      value.counter.value = sample.value;
    }
    return values;
  });
}

void Metrics::AddHistogram(const std::string& name, const std::string& help,
                           const Histogram& histogram) {
  AddHistograms(name, help, {{{}, &histogram}});
}

void Metrics::AddHistograms(const std::string& name, const std::string& help,
                            std::vector<Distribution> distributions) {
  families_->Add(name, help, prometheus::MetricType::Histogram,
                 [distributions = std::move(distributions)] {
                   std::vector<prometheus::ClientMetric> values;
                   for (const Distribution& distribution : distributions) {
                     prometheus::ClientMetric& value = values.emplace_back();
                     value.label = ToPrometheus(distribution.labels);
                     value.histogram = ToPrometheus(*distribution.value);
                   }
                   return values;
                 });
}

absl::Status Metrics::Serve(const std::string& address, std::function<absl::Status()> ready) {
  ready_ = std::move(ready);
  const char* options[] = {"listening_ports",    address.c_str(),   "num_threads", kThreads,
                           "request_timeout_ms", kRequestTimeoutMs, nullptr};
  server_ = mg_start(nullptr, nullptr, options);
  mg_server_port port{};
  if (server_ == nullptr || mg_get_server_ports(server_, 1, &port) != 1) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address,
                     ": the port is in use, or the address is not of this machine"));
  }
  mg_set_request_handler(server_, "/", &Metrics::Answer, this);
  address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", port.port);
  return absl::OkStatus();
}

std::pair<int, std::string> Metrics::Page(const std::string& path) const {
  if (path == "/metrics") return {200, families_->Text()};
  if (path == "/healthz") return {200, "ok\n"};
  if (path == "/readyz") {
    const absl::Status status = ready_();
    if (status.ok()) return {200, "ready\n"};
    return {503, absl::StrCat("not ready: ", status.message(), "\n")};
  }
  return {404, "there are /metrics, /healthz and /readyz\n"};
}

int Metrics::Answer(mg_connection* connection, void* metrics) {
  const mg_request_info& request = *mg_get_request_info(connection);
  const std::string_view method = request.request_method;
  const bool allowed = method == "GET" || method == "HEAD";
  const auto [code, text] = allowed ? static_cast<Metrics*>(metrics)->Page(request.local_uri)
                                    : std::pair<int, std::string>(405, "read with GET or HEAD\n");
  mg_response_header_start(connection, code);
  mg_response_header_add(connection, "Content-Type", "text/plain; version=0.0.4; charset=utf-8",
                         -1);
  mg_response_header_add(connection, "Content-Length", absl::StrCat(text.size()).c_str(), -1);
  mg_response_header_add(connection, "Cache-Control", "no-store", -1);
  if (!allowed) mg_response_header_add(connection, "Allow", "GET, HEAD", -1);
  mg_response_header_send(connection);
  if (method != "HEAD") mg_write(connection, text.data(), text.size());
  return code;
}

}  // namespace smartcontacts::service
