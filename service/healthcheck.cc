#include "service/healthcheck.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>

#include <latch>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smartcontacts::service {
namespace {

// grpc.health.v1: HealthCheckRequest is one string, HealthCheckResponse one enumeration, each with
// the field number 1, like these messages. Debian has no file of that contract.
using Request = google::protobuf::StringValue;
using Response = google::protobuf::Int32Value;
constexpr std::int32_t kServing = 1;

}  // namespace

void AddHealthcheckOptions(CLI::App& command, HealthcheckConfig& config) {
  command
      .add_option("--health-server", config.health_server,
                  "HOST:PORT that the server has as --health-listen")
      ->capture_default_str();
  command
      .add_option("--service", config.service,
                  "readiness: calls can be sent here. liveness: the process works")
      ->capture_default_str()
      ->configurable(false)
      ->check(CLI::IsMember({"readiness", "liveness"}));
  command.add_option("--timeout-s", config.timeout_s, "Seconds to wait for the answer")
      ->capture_default_str()
      ->configurable(false)
      ->check(CLI::Range(1, 60));
}

absl::Status CheckHealth(const HealthcheckConfig& config) {
  grpc::TemplatedGenericStub<Request, Response> stub(
      grpc::CreateChannel(config.health_server, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(config.timeout_s)));
  Request request;
  request.set_value(config.service);
  Response response;
  grpc::Status status;
  std::latch done(1);
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                 [&](grpc::Status answered) {
                   status = std::move(answered);
                   done.count_down();
                 });
  done.wait();
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat(config.health_server, " does not answer: ", status.error_message()));
  }
  if (response.value() != kServing) {
    return absl::UnavailableError(
        absl::StrCat(config.health_server, ": no ", config.service, "; its log says why"));
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
