#include "service/server_metrics.h"

#include <atomic>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/certificate_expiry.h"
#include "service/telemetry/process_metrics.h"

namespace smartcontacts::service {
namespace {

using Sample = Metrics::Sample;

// The names of gRPC's status codes, in their order.
constexpr const char* kCodes[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
static_assert(std::size(kCodes) == std::tuple_size_v<decltype(MethodMeter::handled)>);

double Seconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

// A sample for each of `named`, with the value that `value` has of it.
template <typename Named, typename Value>
std::vector<Sample> Each(const char* label, const Named& named, Value value) {
  std::vector<Sample> samples;
  samples.reserve(named.size());
  for (const auto& [name, one] : named) {
    samples.push_back({{{label, name}}, static_cast<double>(value(*one))});
  }
  return samples;
}

void AddCalls(Metrics& metrics, const CallMeter& calls) {
  const auto labels = [](const MethodMeter& meter) {
    return Metrics::Labels{{"service", meter.service}, {"method", meter.method}};
  };
  metrics.AddCounters(
      "smart_contacts_rpc_handled_total", "Calls that ended, by the status that the caller learned",
      [&calls, labels] {
        std::vector<Sample> samples;
        for (const MethodMeter& meter : calls.methods()) {
          for (std::size_t code = 0; code < meter.handled.size(); ++code) {
            // OK always, so that the first one is seen as an increase.
            if (code != 0 && meter.handled[code] == 0) continue;
            Metrics::Labels all = labels(meter);
            all.emplace_back("code", kCodes[code]);
            samples.push_back({std::move(all), static_cast<double>(meter.handled[code])});
          }
        }
        return samples;
      });
  metrics.AddGauges("smart_contacts_rpc_in_flight", "Calls under way", [&calls, labels] {
    std::vector<Sample> samples;
    for (const MethodMeter& meter : calls.methods()) {
      samples.push_back({labels(meter), static_cast<double>(meter.in_flight)});
    }
    return samples;
  });
  std::vector<Metrics::Distribution> durations;
  for (const MethodMeter& meter : calls.methods()) {
    if (meter.timed) durations.push_back({labels(meter), &meter.duration});
  }
  metrics.AddHistograms("smart_contacts_rpc_duration_seconds",
                        "Seconds from the arrival of a call to its end", std::move(durations));
}

void AddMatching(Metrics& metrics, const MetricSources& sources) {
  metrics.AddHistogram("smart_contacts_match_contacts",
                       "Contacts in a request for matches, or in a batch of a stream",
                       sources.match_sizes.contacts);
  metrics.AddHistogram("smart_contacts_match_hits", "Matches in an answer",
                       sources.match_sizes.hits);
  metrics.AddCounters(
      "smart_contacts_quota_refusals_total", "Requests that an account's quota did not cover",
      [&quota = sources.quota]() -> std::vector<Sample> {
        const auto refusals = [&quota](MatchKind kind) {
          return static_cast<double>(quota.refusals(kind));
        };
        return {{{{"quota", "match"}}, refusals(MatchKind::kFull)},
                {{{"quota", "incremental_match"}}, refusals(MatchKind::kIncremental)},
                {{{"quota", "evaluation"}}, refusals(MatchKind::kEvaluation)}};
      });
  metrics.AddGauge("smart_contacts_watches", "Devices that watch for matches",
                   [&watches = sources.watches] { return watches.watch_count(); });
}

void AddLoad(Metrics& metrics, const MetricSources& sources) {
  metrics.AddCounters("smart_contacts_busy_refusals_total",
                      "Work that was refused because too much of its kind was waiting or under way",
                      [workers = sources.workers, slots = sources.slots] {
                        const auto refusals = [](const auto& one) { return one.refusals(); };
                        std::vector<Sample> samples = Each("what", workers, refusals);
                        for (Sample& sample : Each("what", slots, refusals))
                          samples.push_back(std::move(sample));
                        return samples;
                      });
  metrics.AddGauges("smart_contacts_worker_queue_length", "Work that waits for a thread",
                    [workers = sources.workers] {
                      return Each("what", workers,
                                  [](const WorkerPool& pool) { return pool.queue_length(); });
                    });
  metrics.AddGauges("smart_contacts_worker_queue_length_max",
                    "Work that may wait for a thread; more is refused",
                    [workers = sources.workers] {
                      return Each("what", workers,
                                  [](const WorkerPool& pool) { return pool.queue_length_max(); });
                    });
}

void AddMemory(Metrics& metrics, const MetricSources& sources) {
  metrics.AddGauge("smart_contacts_ready", "1 if calls may be sent here, as /readyz says",
                   [ready = sources.ready] { return ready().ok() ? 1 : 0; });
  metrics.AddGauge("smart_contacts_fresh",
                   "1 while what is in memory is known to be the database's, 0 when changes may "
                   "have been missed for longer than --freshness-bound-s",
                   [&freshness = sources.freshness] { return freshness.Fresh() ? 1 : 0; });
  metrics.AddGauge(
      "smart_contacts_confirmation_age_seconds",
      "Seconds since what is in memory was last known to be the database's",
      [&freshness = sources.freshness] { return absl::ToDoubleSeconds(freshness.Age()); });
  metrics.AddGauge(
      "smart_contacts_revision_lag_seconds",
      "For how long changes that are known have not been in memory; 0 without such",
      [&freshness = sources.freshness] { return absl::ToDoubleSeconds(freshness.Lag()); });
  TenantCache& tenants = sources.tenants;
  metrics.AddGauge("smart_contacts_snapshots", "Tenants whose directories are in memory",
                   [&tenants] { return static_cast<double>(tenants.GetUsage().tenants); });
  metrics.AddGauge("smart_contacts_snapshot_bytes", "Memory that directories occupy",
                   [&tenants] { return static_cast<double>(tenants.GetUsage().bytes); });
  metrics.AddGauge("smart_contacts_snapshot_bytes_max",
                   "Memory that directories may occupy; beyond it tenants leave",
                   [&tenants] { return static_cast<double>(tenants.GetUsage().bytes_max); });
  metrics.AddCounter("smart_contacts_snapshot_evictions_total",
                     "Tenants that left memory because others needed the room",
                     [&tenants] { return static_cast<double>(tenants.evictions()); });
  metrics.AddHistogram("smart_contacts_snapshot_load_duration_seconds",
                       "Seconds that it took to bring a tenant into memory",
                       tenants.load_seconds());
}

void AddDatabases(Metrics& metrics, const MetricSources& sources) {
  using Counters = storage::DatabaseCounters;
  const auto& databases = sources.databases;
  metrics.AddGauges("smart_contacts_database_connections",
                    "Connections to the database, lent (used) and open without being lent (idle)",
                    [databases] {
                      std::vector<Sample> samples;
                      for (const auto& [name, counters] : databases) {
                        samples.push_back({{{"database", name}, {"state", "used"}},
                                           static_cast<double>(counters->connections_used)});
                        samples.push_back({{{"database", name}, {"state", "idle"}},
                                           static_cast<double>(counters->connections_idle)});
                      }
                      return samples;
                    });
  const auto each = [&databases](std::atomic<std::int64_t> Counters::*counter) {
    return [databases, counter] {
      return Each("database", databases,
                  [counter](const Counters& counters) { return (counters.*counter).load(); });
    };
  };
  metrics.AddGauges("smart_contacts_database_connections_max",
                    "Connections that there may be to the database",
                    each(&Counters::connections_max));
  metrics.AddCounters("smart_contacts_database_checkout_timeouts_total",
                      "Times that no connection became free in time",
                      each(&Counters::checkout_timeouts));
  metrics.AddCounters("smart_contacts_database_errors_total",
                      "Connections and statements that failed", each(&Counters::errors));
}

void AddPrivacy(Metrics& metrics, const MetricSources& sources) {
  const Sweep& sweep = sources.sweep;
  metrics.AddGauge("smart_contacts_sweep_last_success_timestamp_seconds",
                   "When this server last erased all that is retained beyond its time; 0 if it "
                   "never did, because another one does",
                   [&sweep] { return Seconds(sweep.last_success()); });
  metrics.AddCounter("smart_contacts_sweep_erased_contacts_total",
                     "Retained contacts that were deleted",
                     [&sweep] { return static_cast<double>(sweep.erased_contacts()); });
  const PurgeCounters& purges = sources.purges;
  metrics.AddGauge("smart_contacts_purge_running", "Purges under way",
                   [&purges] { return static_cast<double>(purges.running); });
  metrics.AddCounter("smart_contacts_purge_removed_rows_total", "Rows that purges removed",
                     [&purges] { return static_cast<double>(purges.removed_rows); });
}

void AddPrivateMode(Metrics& metrics, const MetricSources& sources) {
  metrics.AddGauge(
      "smart_contacts_sealing_pending",
      "Tenants whose sealed directories are not in step with their directories",
      [&sealer = sources.sealer] { return static_cast<double>(sealer.pending_count()); });
  metrics.AddCounter("smart_contacts_evaluated_elements_total", "Blinded elements evaluated",
                     [&evaluator = sources.evaluator] {
                       return static_cast<double>(evaluator.evaluated_elements());
                     });
}

void AddFiles(Metrics& metrics, const MetricSources& sources) {
  metrics.AddGauges(
      "smart_contacts_file_refused",
      "1 while a file has changed into one that cannot be used, so that the one before is",
      [files = sources.files_refused] {
        std::vector<Sample> samples;
        samples.reserve(files.size());
        for (const auto& [file, refused] : files) {
          samples.push_back({{{"file", file}}, refused() ? 1.0 : 0.0});
        }
        return samples;
      });
  metrics.AddGauges("smart_contacts_tls_certificate_expiry_timestamp_seconds",
                    "When the certificate in the file ends; nothing while it cannot be read",
                    [file = sources.tls_cert_file]() -> std::vector<Sample> {
                      if (file.empty()) return {};
                      const absl::StatusOr<absl::Time> expiry = CertificateExpiry(file);
                      if (!expiry.ok()) return {};
                      return {{{}, Seconds(*expiry)}};
                    });
}

}  // namespace

void AddServerMetrics(Metrics& metrics, const MetricSources& sources) {
  metrics.AddGauges("smart_contacts_build_info", "1, with the version as a label", [] {
    return std::vector<Sample>{{{{"version", SMART_CONTACTS_VERSION}}, 1}};
  });
  AddCalls(metrics, sources.calls);
  AddMatching(metrics, sources);
  AddLoad(metrics, sources);
  AddMemory(metrics, sources);
  AddDatabases(metrics, sources);
  AddPrivacy(metrics, sources);
  AddPrivateMode(metrics, sources);
  AddFiles(metrics, sources);
  AddProcessMetrics(metrics);
}

}  // namespace smartcontacts::service
