// Brings the sealed directories of a tenant in step with its directory, one batch at a time.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_TENANT_SEALING_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_TENANT_SEALING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/tenant.h"
#include "service/clock.h"
#include "service/private_match/entry_sealing.h"
#include "service/telemetry/log.h"
#include "storage/key_ring.h"
#include "storage/store.h"

namespace smartcontacts::service {

// What it works with, all of which must outlive it.
struct SealingContext {
  storage::Store& store;
  storage::KeyRing& keys;
  const Log& log;
  Clock clock;
};

// Begins the sealed directory of an epoch: every subscriber is still to be sealed. Labels have room
// for the tenant's usual addresses of record, and for one of `aor_length` bytes. Errors are
// SealedDirectoryStore::BeginSealing()'s.
absl::Status BeginSealing(storage::Store& store, const Tenant& tenant, std::int64_t epoch,
                          std::size_t aor_length, std::optional<storage::PendingRotation> rotation);

// For one thread. Everything it has done is in the store: whoever goes on, here or on another
// server, goes on from there.
class TenantSealing {
 public:
  explicit TenantSealing(const SealingContext& context) : context_(context) {}

  // Takes one step: begins a directory, seals some subscribers, follows the directory's changes,
  // ends a rotation that waited for its epoch, or deletes what no epoch needs. Returns whether
  // there is more to do. Steps that somebody else took first are no error. Errors are the store's;
  // NOT_FOUND if there is no such tenant.
  absl::StatusOr<bool> Step(const TenantId& id);

 private:
  using State = storage::SealedDirectoryState;

  struct View {
    Tenant tenant;
    std::vector<storage::EpochRecord> epochs;  // live ones, the newest first
    std::vector<State> states;
  };

  absl::StatusOr<View> Look(const TenantId& id);
  // Each returns whether it did something.
  absl::StatusOr<bool> DropUnneeded(const View& view);
  absl::StatusOr<bool> EndRotation(const View& view);
  absl::StatusOr<bool> BeginMissing(const View& view);
  absl::StatusOr<bool> Begin(const Tenant& tenant, std::int64_t epoch,
                             std::optional<storage::PendingRotation> rotation);
  absl::StatusOr<bool> Advance(const Tenant& tenant, const State& state);

  absl::StatusOr<bool> SealPage(const Tenant& tenant, const State& state);
  absl::StatusOr<bool> Follow(const Tenant& tenant, const State& state);
  absl::StatusOr<EntrySealing> SealingOf(const Tenant& tenant, const State& state);
  absl::StatusOr<bool> Write(const Tenant& tenant, const storage::SealedBatch& batch);
  // Deletes the directory and begins anew with labels that `aor_length` bytes fit into.
  absl::StatusOr<bool> StartOver(const Tenant& tenant, const State& state, std::size_t aor_length);

  const SealingContext context_;
  // The longest address of record that did not fit.
  absl::flat_hash_map<TenantId, std::size_t> aor_lengths_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_TENANT_SEALING_H_
