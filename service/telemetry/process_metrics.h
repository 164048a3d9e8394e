// What Prometheus' conventions say of every process:
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics.

#ifndef SMART_CONTACTS_SERVICE_TELEMETRY_PROCESS_METRICS_H_
#define SMART_CONTACTS_SERVICE_TELEMETRY_PROCESS_METRICS_H_

#include "service/telemetry/metrics.h"

namespace smartcontacts::service {

// Of this process, read from /proc when they are asked for; 0 where it cannot be read.
void AddProcessMetrics(Metrics& metrics);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TELEMETRY_PROCESS_METRICS_H_
