// Everything behind the app's port: handlers, and what they work with.

#ifndef SMART_CONTACTS_SERVICE_APP_SIDE_H_
#define SMART_CONTACTS_SERVICE_APP_SIDE_H_

#include <grpcpp/impl/service_type.h>

#include <string>
#include <utility>
#include <vector>

#include "service/auth/authenticator.h"
#include "service/clock.h"
#include "service/config.h"
#include "service/databases.h"
#include "service/matching/tenant_cache.h"
#include "service/private_match/blind_evaluator.h"
#include "service/private_match/directory_sealer.h"
#include "service/private_match/sealed_directories.h"
#include "service/quota/account_slots.h"
#include "service/quota/match_quota_keeper.h"
#include "service/replication/freshness.h"
#include "service/rpc/address_book_handlers.h"
#include "service/rpc/app_door.h"
#include "service/rpc/match_handlers.h"
#include "service/rpc/policy_handlers.h"
#include "service/rpc/privacy_handlers.h"
#include "service/rpc/private_match_handlers.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/log.h"
#include "service/watch/watch_hub.h"

namespace smartcontacts::service {

class AppSide {
 public:
  // What is given must outlive it.
  AppSide(const ServeConfig& config, const Authenticator& authenticator, Databases& databases,
          TenantCache& tenants, DirectorySealer& sealer, const Freshness& freshness,
          const Clock& clock, const Log& log);
  ~AppSide();

  std::vector<grpc::Service*> services() {
    return {&policy_, &match_, &address_book_, &privacy_, &private_match_};
  }

  // Watches would keep a server from stopping.
  void EndWatches() { hub_.Stop(); }

  // For the metrics.
  const MatchSizes& match_sizes() const { return match_sizes_; }
  const MatchQuotaKeeper& quota() const { return quota_; }
  const BlindEvaluator& evaluator() const { return evaluator_; }
  const WatchHub& hub() const { return hub_; }
  std::vector<std::pair<std::string, const WorkerPool*>> workers() const {
    return {{"tenant_loading", &loading_workers_},
            {"app", &workers_},
            {"watch_opening", &watch_workers_},
            {"evaluation", &evaluation_workers_},
            {"sealed_directory", &sealed_directory_workers_}};
  }
  std::vector<std::pair<std::string, const AccountSlots*>> slots() const {
    return {{"sync_slots", &sync_slots_}, {"sealed_directory_slots", &sealed_directory_slots_}};
  }

 private:
  TenantCache& tenants_;
  MatchQuotaKeeper quota_;
  MatchSizes match_sizes_;
  AccountSlots sync_slots_;
  AccountSlots sealed_directory_slots_;
  WorkerPool loading_workers_;
  WorkerPool workers_;
  WorkerPool watch_workers_;
  WorkerPool evaluation_workers_;
  WorkerPool sealed_directory_workers_;
  WatchHub hub_;
  const AppDoor door_;
  const BlockingAppDoor blocking_door_;
  const BlockingAppDoor evaluation_door_;
  const BlockingAppDoor sealed_directory_door_;
  BlindEvaluator evaluator_;
  SealedDirectories sealed_directories_;
  PolicyServiceHandlers policy_;
  MatchServiceHandlers match_;
  AddressBookServiceHandlers address_book_;
  PrivacyServiceHandlers privacy_;
  PrivateMatchServiceHandlers private_match_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_APP_SIDE_H_
