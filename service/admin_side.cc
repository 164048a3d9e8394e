#include "service/admin_side.h"

namespace smartcontacts::service {
namespace {

constexpr std::size_t kAdminWorkers = 8;
constexpr std::size_t kAdminWorkersQueueMax = 256;
// For work that takes minutes or hours: what waits behind it would seem to hang.
constexpr std::size_t kLongWorkers = 4;
constexpr std::size_t kLongWorkersQueueMax = 1;

}  // namespace

AdminSide::AdminSide(const ServeConfig& config, const AdminCredential& credential,
                     Databases& databases, TenantCache& tenants, DirectorySealer& sealer,
                     Pace& pace, Sweeper& sweeper, const Clock& clock, const Log& log)
    : store_(databases.store()),
      workers_(kAdminWorkers, kAdminWorkersQueueMax),
      long_workers_(kLongWorkers, kLongWorkersQueueMax),
      door_(credential, workers_, log),
      long_door_(credential, long_workers_, log),
      tenant_({door_, store_, tenants, clock, RetentionMax(config)}),
      epoch_({door_, long_door_, store_, databases.keys(), tenants, sealer, clock}),
      directory_({door_, store_, tenants, sweeper, clock, config.subscribers_max}),
      purge_(door_, long_door_,
             {store_, tenants, sweeper, pace, databases.keys().service_keys().receipt_signer, clock,
              purges_}),
      audit_(door_, store_) {}

}  // namespace smartcontacts::service
