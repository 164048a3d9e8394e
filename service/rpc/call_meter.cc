#include "service/rpc/call_meter.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "smartcontacts/admin/v1/audit_service.pb.h"
#include "smartcontacts/admin/v1/directory_service.pb.h"
#include "smartcontacts/admin/v1/epoch_service.pb.h"
#include "smartcontacts/admin/v1/purge_service.pb.h"
#include "smartcontacts/admin/v1/statistics_service.pb.h"
#include "smartcontacts/admin/v1/tenant_service.pb.h"
#include "smartcontacts/v1/address_book_service.pb.h"
#include "smartcontacts/v1/match_service.pb.h"
#include "smartcontacts/v1/policy_service.pb.h"
#include "smartcontacts/v1/privacy_service.pb.h"
#include "smartcontacts/v1/private_match_service.pb.h"

namespace smartcontacts::service {
namespace {

constexpr char kUnknown[] = "unknown";

// From a match of a few contacts in memory to a stream of a whole address book over a slow line.
std::vector<double> DurationBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

// A caller's deadline ends the call there a little earlier than here, where it was rounded up: the
// longer it is, the coarser is what gRPC sends of it.
std::chrono::system_clock::duration DeadlineBlur(std::chrono::steady_clock::duration elapsed) {
  return std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::milliseconds(20) + elapsed / 50);
}

// One call. Lives until gRPC is done with it. Its hooks are called on any thread, and the one that
// sends the status may come together with the one that hears of the end.
class Interceptor final : public grpc::experimental::Interceptor {
 public:
  Interceptor(MethodMeter& meter, const grpc::ServerContextBase& context)
      : meter_(meter), context_(context) {
    meter_.in_flight.fetch_add(1, std::memory_order_relaxed);
  }

  ~Interceptor() override {
    meter_.in_flight.fetch_sub(1, std::memory_order_relaxed);
    if (code_ == kNone) return;
    meter_.handled[static_cast<std::size_t>(code_)].fetch_add(1, std::memory_order_relaxed);
    if (!meter_.timed) return;
    meter_.duration.Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count());
  }

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Point::PRE_SEND_STATUS)) {
      int none = kNone;
      code_.compare_exchange_strong(
          none, std::clamp<int>(methods->GetSendStatus().error_code(), grpc::StatusCode::OK,
                                grpc::StatusCode::UNAUTHENTICATED));
    }
    // Whatever a handler answered or is going to: the caller does not hear of it.
    if (methods->QueryInterceptionHookPoint(Point::POST_RECV_CLOSE) && context_.IsCancelled()) {
      const bool late =
          context_.deadline() <= std::chrono::system_clock::now() +
                                     DeadlineBlur(std::chrono::steady_clock::now() - begin_);
      code_ = late ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::CANCELLED;
    }
    methods->Proceed();
  }

 private:
  static constexpr int kNone = -1;

  MethodMeter& meter_;
  const grpc::ServerContextBase& context_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<int> code_ = kNone;
};

}  // namespace

class CallMeter::Interceptors final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Interceptors(CallMeter& meter) : meter_(meter) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Interceptor(meter_.MeterOf(info->method()), *info->server_context());
  }

 private:
  CallMeter& meter_;
};

MethodMeter::MethodMeter(std::string service_name, std::string method_name)
    : service(std::move(service_name)),
      method(std::move(method_name)),
      timed(method != "WatchMatches" && method != "Watch"),
      duration(DurationBounds()) {}

CallMeter::CallMeter() : unknown_(Add(kUnknown, kUnknown)) {
  // The files of the contract that have services, each by one of its messages.
  for (const google::protobuf::Descriptor* message :
       {v1::GetPolicyRequest::descriptor(), v1::MatchContactsRequest::descriptor(),
        v1::SyncAddressBookRequest::descriptor(), v1::GetMyDataRequest::descriptor(),
        v1::EvaluateBlindedRequest::descriptor(), admin::v1::CreateTenantRequest::descriptor(),
        admin::v1::RotateEpochRequest::descriptor(),
        admin::v1::UpsertSubscribersRequest::descriptor(), admin::v1::PurgeRequest::descriptor(),
        admin::v1::ListAuditEntriesRequest::descriptor(),
        admin::v1::GetStatisticsRequest::descriptor()}) {
    const google::protobuf::FileDescriptor& file = *message->file();
    for (int i = 0; i < file.service_count(); ++i) {
      const google::protobuf::ServiceDescriptor& service = *file.service(i);
      for (int k = 0; k < service.method_count(); ++k) {
        Add(service.full_name(), service.method(k)->name());
      }
    }
  }
  // Those of gRPC have no descriptors here.
  Add("grpc.health.v1.Health", "Check");
  Add("grpc.health.v1.Health", "Watch");
  Add("grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo");
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
CallMeter::NewInterceptors() {
  return std::make_unique<Interceptors>(*this);
}

MethodMeter& CallMeter::Add(std::string service, std::string method) {
  const std::string path = absl::StrCat("/", service, "/", method);
  MethodMeter& meter = methods_.emplace_back(std::move(service), std::move(method));
  meters_by_path_.emplace(path, &meter);
  return meter;
}

MethodMeter& CallMeter::MeterOf(std::string_view path) {
  const auto found = meters_by_path_.find(absl::string_view(path.data(), path.size()));
  return found == meters_by_path_.end() ? unknown_ : *found->second;
}

}  // namespace smartcontacts::service
