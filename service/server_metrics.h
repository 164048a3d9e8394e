// Which metrics the server has, and where each comes from.

#ifndef SMART_CONTACTS_SERVICE_SERVER_METRICS_H_
#define SMART_CONTACTS_SERVICE_SERVER_METRICS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "service/matching/tenant_cache.h"
#include "service/private_match/blind_evaluator.h"
#include "service/private_match/directory_sealer.h"
#include "service/quota/account_slots.h"
#include "service/quota/match_quota_keeper.h"
#include "service/replication/freshness.h"
#include "service/retention/sweep.h"
#include "service/rpc/admin/purge.h"
#include "service/rpc/call_meter.h"
#include "service/rpc/match_handlers.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/metrics.h"
#include "service/watch/watch_hub.h"
#include "storage/database_counters.h"

namespace smartcontacts::service {

// The parts of a server that report something, each with the name that a label gives it where there
// are several. All must outlive the metrics.
struct MetricSources {
  std::function<absl::Status()> ready;
  const CallMeter& calls;
  const MatchSizes& match_sizes;
  const MatchQuotaKeeper& quota;
  std::vector<std::pair<std::string, const WorkerPool*>> workers;
  std::vector<std::pair<std::string, const AccountSlots*>> slots;
  const Freshness& freshness;
  TenantCache& tenants;
  std::vector<std::pair<std::string, const storage::DatabaseCounters*>> databases;
  const WatchHub& watches;
  const Sweep& sweep;
  const PurgeCounters& purges;
  const DirectorySealer& sealer;
  const BlindEvaluator& evaluator;
  // Whether a file has changed into one that cannot be used.
  std::vector<std::pair<std::string, std::function<bool()>>> files_refused;
  std::string tls_cert_file;  // empty: there is none
};

void AddServerMetrics(Metrics& metrics, const MetricSources& sources);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_SERVER_METRICS_H_
