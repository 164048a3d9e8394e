// One port with its services: a gRPC server with our limits, health, reflection, and an answer for
// methods that are not there yet.

#ifndef SMART_CONTACTS_SERVICE_RPC_LISTENER_H_
#define SMART_CONTACTS_SERVICE_RPC_LISTENER_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/rpc/call_meter.h"
#include "service/rpc/unavailable_methods.h"

namespace smartcontacts::service {

// What is global in gRPC and protobuf: health and reflection on every server, and silence on
// standard error (their own lines are no JSON, and protobuf's can quote a request). Call once,
// first thing.
void InitializeRpc();

// Serves from construction to Drain().
class Listener {
 public:
  // UNAVAILABLE, naming the address, if it cannot be listened on. The services and `calls`, which
  // counts the calls, must outlive it.
  static absl::StatusOr<std::unique_ptr<Listener>> Start(
      const std::string& address, std::shared_ptr<grpc::ServerCredentials> credentials,
      const std::vector<grpc::Service*>& services, CallMeter& calls);

  // "HOST:PORT" with the port that was taken.
  const std::string& address() const { return address_; }

  // What health checks are told: "" and kReadiness whether to send calls here; kFreshness whether
  // what is in memory is the database's; kLiveness that the process works, whatever else does not.
  // All of it at first.
  static constexpr char kReadiness[] = "readiness";
  static constexpr char kLiveness[] = "liveness";
  static constexpr char kFreshness[] = "smartcontacts.Freshness";
  void SetHealth(bool ready, bool fresh);

  // Takes no new calls, waits for those in flight until `deadline`, then cancels what is left.
  void Drain(absl::Time deadline);

 private:
  Listener() = default;

  UnavailableMethods unavailable_methods_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_LISTENER_H_
