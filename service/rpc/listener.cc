#include "service/rpc/listener.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include "absl/strings/str_cat.h"
#include "service/limits.h"

namespace smartcontacts::service {
namespace {

// A connection is renewed now and then, so that clients spread over replicas; a stream in flight
// gets the grace to finish. What comes from a dead peer ends with the keep-alive.
constexpr int kConnectionAgeMaxMs = 60 * 60 * 1000;
constexpr int kConnectionAgeGraceMs = 10 * 60 * 1000;
constexpr int kKeepAliveTimeMs = 2 * 60 * 1000;
constexpr int kKeepAliveTimeoutMs = 20 * 1000;
constexpr int kClientPingIntervalMinMs = 30 * 1000;
// A token of the largest size, and some more.
constexpr int kMetadataBytesMax = 16 * 1024;

}  // namespace

void InitializeRpc() {
  gpr_set_log_function([](gpr_log_func_args*) {});
  google::protobuf::SetLogHandler(nullptr);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Start(
    const std::string& address, std::shared_ptr<grpc::ServerCredentials> credentials,
    const std::vector<grpc::Service*>& services, CallMeter& calls) {
  std::unique_ptr<Listener> listener(new Listener);
  int port = 0;
  grpc::ServerBuilder builder;
  listener->credentials_ = std::move(credentials);
  builder.AddListeningPort(address, listener->credentials_, &port);
  // Two servers on one port would share the calls between them, and nobody would notice.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMaxMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepAliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kClientPingIntervalMinMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.SetMaxReceiveMessageSize(kTransportMessageBytesMax);
  for (grpc::Service* service : services) builder.RegisterService(service);
  builder.RegisterCallbackGenericService(&listener->unavailable_methods_);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(calls.NewInterceptors());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  listener->server_ = builder.BuildAndStart();
  if (listener->server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address,
                                               ": the port is in use, or the address is not of "
                                               "this machine, or the port needs privileges"));
  }
  listener->SetHealth(/*ready=*/true, /*fresh=*/true);
  listener->address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
  return listener;
}

void Listener::SetHealth(bool ready, bool fresh) {
  grpc::HealthCheckServiceInterface& health = *server_->GetHealthCheckService();
  health.SetServingStatus("", ready);
  health.SetServingStatus(kReadiness, ready);
  health.SetServingStatus(kFreshness, fresh);
  health.SetServingStatus(kLiveness, true);
}

void Listener::Drain(absl::Time deadline) {
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(absl::ToChronoTime(deadline));
}

}  // namespace smartcontacts::service
