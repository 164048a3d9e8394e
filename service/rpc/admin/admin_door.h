// Lets the operator in: checks the administrator's credential and hands the call to a worker,
// because everything behind it talks to the database.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_ADMIN_DOOR_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_ADMIN_DOOR_H_

#include <grpcpp/server_context.h>

#include <cstddef>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/auth/admin_credential.h"
#include "service/limits.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// Who calls; there is one administrator's credential.
struct Administrator {};

// Safe for concurrent use. What it is given must outlive it.
class AdminDoor {
 public:
  AdminDoor(const AdminCredential& credential, WorkerPool& workers, const Log& log)
      : credential_(credential), workers_(workers), log_(log) {}

  // Calls `admitted` once: on this thread with an error, or on a worker.
  void Admit(const grpc::CallbackServerContext& context,
             const std::function<void(absl::StatusOr<Administrator>)>& admitted) const;

  // OK if the call carries the credential.
  absl::Status Check(const grpc::CallbackServerContext& context) const;
  // Runs `work` on a worker. kServiceUnavailable if too much is waiting; `work` is dropped then.
  absl::Status Submit(std::function<void()> work) const;

  std::size_t message_bytes_max() const { return kAdminMessageBytesMax; }
  const Log& log() const { return log_; }

 private:
  const AdminCredential& credential_;
  WorkerPool& workers_;
  const Log& log_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_ADMIN_DOOR_H_
