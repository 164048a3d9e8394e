// Brings the sealed directories of a tenant in step with its directory, one batch at a time.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_TENANT_SEALING_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_TENANT_SEALING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/tenant.h"
#include "service/clock.h"
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

// For one thread. Everything it has done is in the store: whoever goes on, here or on another
// server, goes on from there.
class TenantSealing {
 public:
  explicit TenantSealing(const SealingContext& context) : context_(context) {}

  // Takes one step: begins a directory, seals some subscribers, follows the directory's changes,
  // ends a rotation that waited for its epoch, or deletes what no epoch needs. Directories that are
  // being served come before those that are being made. Returns whether there may be more to do;
  // false: all is in step. Steps that somebody else took first are no error.
  //
  // `go_on` is called before any work, and every tenth of a second or so while it lasts; its error
  // ends the step, with nothing done, and is returned. Other errors are the store's; NOT_FOUND if
  // there is no such tenant.
  absl::StatusOr<bool> Step(const TenantId& id, absl::FunctionRef<absl::Status()> go_on);

 private:
  using State = storage::SealedDirectoryState;
  using GoOn = absl::FunctionRef<absl::Status()>;

  struct View {
    Tenant tenant;
    std::int64_t current_epoch = 0;
    std::optional<storage::PendingRotation> rotation;
    std::vector<std::int64_t> wanted_epochs;  // those that are to have a directory
    std::vector<State> states;                // those being served first

    bool IsWanted(const State& state) const;
    const State* StateOf(std::int64_t epoch) const;
  };

  absl::StatusOr<View> Look(const TenantId& id);
  // Each returns whether it did something.
  absl::StatusOr<bool> EndRotation(const View& view, GoOn go_on);
  absl::StatusOr<bool> DropUnneeded(const View& view, GoOn go_on);
  absl::StatusOr<bool> BeginMissing(const View& view, GoOn go_on);
  absl::StatusOr<bool> Advance(const Tenant& tenant, const State& state, GoOn go_on);

  absl::StatusOr<bool> SealPage(const Tenant& tenant, const State& state, GoOn go_on);
  absl::StatusOr<bool> Follow(const Tenant& tenant, const State& state, GoOn go_on);
  absl::StatusOr<bool> ForgetRemovals(const Tenant& tenant, const State& state, GoOn go_on);
  // Takes the directory away, to be begun anew with labels that `aor_length` bytes fit into.
  absl::StatusOr<bool> StartOver(const Tenant& tenant, const State& state, std::size_t aor_length);

  // The longest address of record that did not fit; 0 if all did.
  std::size_t LongestAor(const TenantId& id) const;

  const SealingContext context_;
  // Until the directory is begun anew.
  absl::flat_hash_map<TenantId, std::size_t> aor_lengths_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_TENANT_SEALING_H_
