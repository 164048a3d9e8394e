// Counts the calls of a server by method, and how they ended and how long they took.

#ifndef SMART_CONTACTS_SERVICE_RPC_CALL_METER_H_
#define SMART_CONTACTS_SERVICE_RPC_CALL_METER_H_

#include <grpcpp/support/server_interceptor.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "service/telemetry/histogram.h"

namespace smartcontacts::service {

// What is known of the calls of one method. Safe for concurrent use.
struct MethodMeter {
  MethodMeter(std::string service_name, std::string method_name);

  const std::string service;  // "smartcontacts.v1.MatchService"
  const std::string method;   // "MatchContacts"
  const bool timed;           // whether the call ends by itself
  std::atomic<std::int64_t> in_flight = 0;
  // By gRPC's status code, OK to UNAUTHENTICATED, as callers learned it.
  std::array<std::atomic<std::int64_t>, 17> handled{};
  // In seconds, from the arrival of the call to its end; nothing unless `timed`.
  Histogram duration;
};

// An interceptor of gRPC's, because that is the one place which sees all calls: health checks,
// methods that are not there, and calls that were cancelled before anybody looked at them. What is
// neither of the contract nor gRPC's own counts as one method "unknown" of a service "unknown":
// callers cannot make names up. Safe for concurrent use.
class CallMeter {
 public:
  CallMeter();

  // For one server, whose calls are counted as long as it lives; the meter must outlive it.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> NewInterceptors();

  const std::deque<MethodMeter>& methods() const { return methods_; }

 private:
  class Interceptors;

  MethodMeter& Add(std::string service, std::string method);
  MethodMeter& MeterOf(std::string_view path);

  std::deque<MethodMeter> methods_;                                // which stay where they are
  absl::flat_hash_map<std::string, MethodMeter*> meters_by_path_;  // "/SERVICE/METHOD"
  MethodMeter& unknown_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_CALL_METER_H_
