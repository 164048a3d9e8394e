#include "service/app_side.h"

#include <algorithm>
#include <functional>
#include <thread>

namespace smartcontacts::service {
namespace {

constexpr std::size_t kAppWorkers = 8;
constexpr std::size_t kAppWorkersQueueMax = 256;
// Devices that begin to watch: all of a server's come back at once when another one stops.
constexpr std::size_t kWatchWorkers = 4;
constexpr std::size_t kWatchWorkersQueueMax = 20'000;

// Batches of blinded elements that wait: a sixth of a second's work each. They give way to
// everything else that the server does.
constexpr std::size_t kEvaluationQueueMax = 32;
constexpr int kEvaluationNiceness = 10;

// Sealed directories that are being loaded or sent. A slow reader holds its answer in memory.
constexpr std::size_t kSealedDirectoryWorkers = 4;
constexpr std::size_t kSealedDirectoryQueueMax = 256;
constexpr AccountSlots::Limits kSealedDirectorySlots{.all = 64, .tenant = 32, .account = 4};
// Address books that are being synced: each holds its contacts until it is complete.
constexpr AccountSlots::Limits kSyncSlots{.all = 256, .tenant = 128, .account = 2};

}  // namespace

AppSide::AppSide(const ServeConfig& config, const Authenticator& authenticator,
                 Databases& databases, TenantCache& tenants, DirectorySealer& sealer,
                 const Freshness& freshness, const Clock& clock, const Log& log)
    : tenants_(tenants),
      quota_(static_cast<std::size_t>(config.quota_accounts_max)),
      sync_slots_(kSyncSlots),
      sealed_directory_slots_(kSealedDirectorySlots),
      loading_workers_(kAppWorkers, kAppWorkersQueueMax),
      workers_(kAppWorkers, kAppWorkersQueueMax),
      watch_workers_(kWatchWorkers, kWatchWorkersQueueMax),
      evaluation_workers_(std::max(std::thread::hardware_concurrency(), 1U), kEvaluationQueueMax,
                          kEvaluationNiceness),
      sealed_directory_workers_(kSealedDirectoryWorkers, kSealedDirectoryQueueMax),
      hub_({tenants, databases.store(), clock, log, RetentionMax(config),
            [this](std::function<void()> work) { return watch_workers_.Submit(std::move(work)); }}),
      door_(authenticator, tenants, freshness, loading_workers_, log),
      blocking_door_(door_, workers_),
      evaluation_door_(door_, evaluation_workers_),
      sealed_directory_door_(door_, sealed_directory_workers_),
      evaluator_(databases.keys(), quota_),
      sealed_directories_(databases.store(), DirectoryBytesMax(config)),
      policy_(door_, databases.keys(), RetentionMax(config)),
      match_({door_, quota_, clock, match_sizes_}),
      address_book_({door_, blocking_door_, databases.store(), tenants, hub_, sync_slots_, quota_,
                     clock, RetentionMax(config)}),
      privacy_({blocking_door_, databases.store(), tenants, quota_,
                databases.keys().service_keys().receipt_signer, clock, RetentionMax(config)}),
      private_match_({door_, evaluation_door_, sealed_directory_door_, sealed_directory_slots_,
                      evaluator_, sealed_directories_, databases.keys(), clock}) {
  tenants.OnChange([this, &tenants, &sealer] {
    hub_.Wake();
    sealer.Wake();
    sealed_directories_.DropUnless([&](const TenantId& id) { return tenants.IsLoaded(id); });
  });
}

AppSide::~AppSide() {
  tenants_.OnChange([] {});
}

}  // namespace smartcontacts::service
