// Lets an app in: who calls is taken from the token, never from the request.

#ifndef SMART_CONTACTS_SERVICE_RPC_APP_DOOR_H_
#define SMART_CONTACTS_SERVICE_RPC_APP_DOOR_H_

#include <grpcpp/server_context.h>

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "service/auth/authenticator.h"
#include "service/limits.h"
#include "service/matching/tenant_cache.h"
#include "service/replication/freshness.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// An authenticated account of a tenant that is served, and the tenant as it is at this moment.
struct Caller {
  Account account;
  std::shared_ptr<const LoadedTenant> tenant;
};

// Safe for concurrent use. What it is given must outlive it.
class AppDoor {
 public:
  AppDoor(const Authenticator& authenticator, TenantCache& tenants, const Freshness& freshness,
          WorkerPool& workers, const Log& log)
      : authenticator_(authenticator),
        tenants_(tenants),
        freshness_(freshness),
        workers_(workers),
        log_(log) {}

  // Calls `admitted` once: on this thread if the tenant is in memory or the caller is refused, on a
  // worker if the tenant has to be loaded first.
  void Admit(const grpc::CallbackServerContext& context,
             const std::function<void(absl::StatusOr<Caller>)>& admitted) const;

  // The same account, later in a long call: its tenant as it is now. May wait for the store. Errors
  // as Admit() has them of the tenant.
  absl::StatusOr<Caller> Reenter(const Account& account) const;

  std::size_t message_bytes_max() const { return kAppMessageBytesMax; }
  const Log& log() const { return log_; }

 private:
  const Authenticator& authenticator_;
  TenantCache& tenants_;
  const Freshness& freshness_;
  WorkerPool& workers_;
  const Log& log_;
};

// The same door for calls that ask the database: what is behind it runs on a worker. Safe for
// concurrent use. What it is given must outlive it.
class BlockingAppDoor {
 public:
  BlockingAppDoor(const AppDoor& door, WorkerPool& workers) : door_(door), workers_(workers) {}

  // Calls `admitted` once: with an error wherever it is, otherwise on a worker.
  void Admit(const grpc::CallbackServerContext& context,
             const std::function<void(absl::StatusOr<Caller>)>& admitted) const;
  // Runs `work` on a worker. kServiceUnavailable if too much is waiting; `work` is dropped then.
  absl::Status Submit(std::function<void()> work) const;

  std::size_t message_bytes_max() const { return door_.message_bytes_max(); }
  const Log& log() const { return door_.log(); }

 private:
  const AppDoor& door_;
  WorkerPool& workers_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_APP_DOOR_H_
