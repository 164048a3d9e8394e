// Everything behind the operator's port: handlers, and what they work with.

#ifndef SMART_CONTACTS_SERVICE_ADMIN_SIDE_H_
#define SMART_CONTACTS_SERVICE_ADMIN_SIDE_H_

#include <grpcpp/impl/service_type.h>

#include <string>
#include <utility>
#include <vector>

#include "service/auth/admin_credential.h"
#include "service/background/pace.h"
#include "service/clock.h"
#include "service/config.h"
#include "service/databases.h"
#include "service/matching/tenant_cache.h"
#include "service/private_match/directory_sealer.h"
#include "service/retention/sweeper.h"
#include "service/rpc/admin/admin_door.h"
#include "service/rpc/admin/audit_handlers.h"
#include "service/rpc/admin/directory_handlers.h"
#include "service/rpc/admin/epoch_handlers.h"
#include "service/rpc/admin/purge_handlers.h"
#include "service/rpc/admin/tenant_handlers.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

class AdminSide {
 public:
  // What is given must outlive it.
  AdminSide(const ServeConfig& config, const AdminCredential& credential, Databases& databases,
            TenantCache& tenants, DirectorySealer& sealer, Pace& pace, Sweeper& sweeper,
            const Clock& clock, const Log& log);

  std::vector<grpc::Service*> services() {
    return {&tenant_, &epoch_, &directory_, &purge_, &audit_};
  }

  // For the metrics.
  const PurgeCounters& purges() const { return purges_; }
  std::vector<std::pair<std::string, const WorkerPool*>> workers() const {
    return {{"admin", &workers_}, {"admin_long", &long_workers_}};
  }

 private:
  storage::Store& store_;
  WorkerPool workers_;
  WorkerPool long_workers_;
  const AdminDoor door_;
  const AdminDoor long_door_;
  PurgeCounters purges_;
  TenantServiceHandlers tenant_;
  EpochServiceHandlers epoch_;
  DirectoryServiceHandlers directory_;
  PurgeServiceHandlers purge_;
  AuditServiceHandlers audit_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_ADMIN_SIDE_H_
