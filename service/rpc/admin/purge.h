// Removes for good what a purge names, in batches beside live traffic.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_PURGE_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_PURGE_H_

#include <atomic>
#include <cstdint>

#include "absl/status/statusor.h"
#include "crypto/signing.h"
#include "domain/names.h"
#include "service/background/pace.h"
#include "service/clock.h"
#include "service/matching/tenant_cache.h"
#include "service/retention/sweeper.h"
#include "service/rpc/admin/admin_door.h"
#include "service/rpc/progress.h"
#include "smartcontacts/admin/v1/purge_service.pb.h"
#include "storage/store.h"

namespace smartcontacts::service {

// What the purges of this server do. Safe for concurrent use.
struct PurgeCounters {
  std::atomic<std::int64_t> running = 0;
  std::atomic<std::int64_t> removed_rows = 0;
};

// What a purge works with, all of which must outlive it.
struct PurgeContext {
  storage::Store& store;
  TenantCache& tenants;
  Sweeper& sweeper;
  Pace& pace;
  const crypto::Signer& receipt_signer;
  Clock clock;
  PurgeCounters& counters;
};

// What to purge: the whole tenant, or of what its accounts retain the part that `filter` names.
struct PurgeScope {
  TenantId id;
  storage::BookFilter filter;
  bool everything = false;
  bool dry_run = false;
};

// Runs until all is gone, and returns the last message: the counts and the receipt. A dry run only
// counts. kConflict while another purge of the tenant runs, here or on another server. NOT_FOUND.
// After CANCELLED (the caller went away) or another error, what was removed stays removed; to
// repeat is safe, and of retained data the sweeper deletes the rest.
absl::StatusOr<admin::v1::PurgeResponse> RunPurge(const PurgeContext& context,
                                                  const Administrator& administrator,
                                                  const PurgeScope& scope,
                                                  ProgressStream& progress);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_PURGE_H_
