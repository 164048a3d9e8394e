// Lets an operator in: checks the administrator's credential and hands the call to a worker,
// because everything behind it talks to the database.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_ADMIN_DOOR_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_ADMIN_DOOR_H_

#include <grpcpp/server_context.h>

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/auth/admin_credential.h"
#include "service/limits.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/log.h"
#include "storage/audit_store.h"

namespace smartcontacts::service {

// Who calls.
struct Administrator {
  std::string name;
  Log log;  // for what this call has done
};

// What `administrator` does now, for the audit log.
inline storage::Act ActOf(const Administrator& administrator, absl::Time now) {
  return {.actor = absl::StrCat("operator:", administrator.name), .time = now};
}

// Safe for concurrent use. What it is given must outlive it.
class AdminDoor {
 public:
  AdminDoor(const AdminCredential& credential, WorkerPool& workers, const Log& log)
      : credential_(credential), workers_(workers), log_(log) {}

  // Calls `admitted` once: on this thread with an error, or on a worker.
  void Admit(const grpc::CallbackServerContext& context,
             const std::function<void(absl::StatusOr<Administrator>)>& admitted) const;

  // Whose credential the call carries.
  absl::StatusOr<Administrator> Check(const grpc::CallbackServerContext& context) const;
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
