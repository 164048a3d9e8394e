#include "service/private_match/tenant_sealing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/sealed_entry.h"
#include "domain/status_macros.h"
#include "service/matching/epoch_salt.h"

namespace smartcontacts::service {
namespace {

using storage::SealedDirectoryState;

// Subscribers sealed in one step: a tenth of a second's work.
constexpr int kSubscribersPerPage = 500;
constexpr std::int64_t kRowsPerDrop = 5'000;
// For DropSealed(): what is left of directories that were dropped before.
constexpr std::int64_t kLeftovers = 0;
// Removals are remembered for so many revisions: a device that missed more loads the directory
// anew.
constexpr std::int64_t kRevisionsRemembered = 10'000;
// What a user part is given room for beside the longest of a tenant's domains, to begin with.
constexpr std::size_t kUserLength = 24;

// Behind every subscriber.
constexpr crypto::Tag kEnd = [] {
  crypto::Tag tag{};
  tag.bytes.fill(0xff);
  return tag;
}();

bool IsPending(const SealedDirectoryState& state, std::int64_t current_epoch) {
  return state.rotation.has_value() && state.epoch == current_epoch + 1;
}

// Somebody else took the step before, or ended what it was about.
bool IsOvertaken(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsAlreadyExists(status);
}

std::size_t LabelSizeOf(const Tenant& tenant, std::size_t aor_length_min) {
  std::size_t domain = 0;
  for (const std::string& name : tenant.sip_domains) domain = std::max(domain, name.size());
  const std::size_t usual = std::min(domain + kUserLength + 5, crypto::kLabelLengthMax);  // sip: @
  return *crypto::LabelSizeFor(std::max(usual, aor_length_min));
}

}  // namespace

absl::StatusOr<TenantSealing::View> TenantSealing::Look(const TenantId& id) {
  ASSIGN_OR_RETURN(Tenant tenant, context_.store.GetTenant(id));
  ASSIGN_OR_RETURN(std::vector<storage::EpochRecord> epochs, context_.store.ListEpochs(id));
  const absl::Time now = context_.clock();
  std::erase_if(epochs, [now](const storage::EpochRecord& epoch) {
    return epoch.expire_time.value_or(absl::InfiniteFuture()) <= now;
  });
  ASSIGN_OR_RETURN(std::vector<State> states, context_.store.ListSealed(id));
  return View{std::move(tenant), std::move(epochs), std::move(states)};
}

absl::StatusOr<bool> TenantSealing::Step(const TenantId& id) {
  ASSIGN_OR_RETURN(const View view, Look(id));
  ASSIGN_OR_RETURN(const bool rotated, EndRotation(view));
  if (rotated) return true;
  ASSIGN_OR_RETURN(const bool dropped, DropUnneeded(view));
  if (dropped) return true;
  if (view.tenant.policy.private_mode == PrivateMode::kOff) return false;
  ASSIGN_OR_RETURN(const bool begun, BeginMissing(view));
  if (begun) return true;
  for (const State& state : view.states) {
    ASSIGN_OR_RETURN(const bool advanced, Advance(view.tenant, state));
    if (advanced) return true;
  }
  return false;
}

// A tenant that gave up the private mode waits for no directory.
absl::StatusOr<bool> TenantSealing::EndRotation(const View& view) {
  const std::int64_t current = view.epochs.front().number;
  for (const State& state : view.states) {
    if (!IsPending(state, current)) continue;
    if (!state.complete && view.tenant.policy.private_mode != PrivateMode::kOff) continue;
    const auto rotated = context_.store.RotateEpoch(
        view.tenant.id, NewEpochSalt(), state.rotation->overlap,
        {.actor = state.rotation->actor, .time = context_.clock()}, current);
    if (IsOvertaken(rotated.status())) return true;
    RETURN_IF_ERROR(rotated.status());
    context_.log.Info("epoch rotated",
                      {{"tenant", view.tenant.id.value()}, {"epoch", rotated->number}});
    return true;
  }
  return false;
}

absl::StatusOr<bool> TenantSealing::DropUnneeded(const View& view) {
  const auto needed = [&view](const State& state) {
    if (view.tenant.policy.private_mode == PrivateMode::kOff) return false;
    if (IsPending(state, view.epochs.front().number)) return true;
    return std::any_of(view.epochs.begin(), view.epochs.end(),
                       [&state](const auto& epoch) { return epoch.number == state.epoch; });
  };
  std::int64_t unneeded = kLeftovers;
  for (const State& state : view.states) {
    if (!needed(state)) unneeded = state.epoch;
  }
  ASSIGN_OR_RETURN(const std::int64_t rows,
                   context_.store.DropSealed(view.tenant.id, unneeded, kRowsPerDrop));
  return rows > 0 || unneeded != kLeftovers;
}

absl::StatusOr<bool> TenantSealing::BeginMissing(const View& view) {
  for (const storage::EpochRecord& epoch : view.epochs) {
    if (std::any_of(view.states.begin(), view.states.end(),
                    [&epoch](const State& state) { return state.epoch == epoch.number; })) {
      continue;
    }
    return Begin(view.tenant, epoch.number, std::nullopt);
  }
  return false;
}

absl::StatusOr<bool> TenantSealing::Begin(const Tenant& tenant, std::int64_t epoch,
                                          std::optional<storage::PendingRotation> rotation) {
  const absl::Status status =
      BeginSealing(context_.store, tenant, epoch, aor_lengths_[tenant.id], std::move(rotation));
  if (!IsOvertaken(status)) RETURN_IF_ERROR(status);
  return true;
}

absl::StatusOr<bool> TenantSealing::Advance(const Tenant& tenant, const State& state) {
  if (!state.complete) {
    return state.sealed_up_to == kEnd ? Follow(tenant, state) : SealPage(tenant, state);
  }
  if (tenant.revision > state.revision) return Follow(tenant, state);
  if (state.revision - state.changes_floor > 2 * kRevisionsRemembered) {
    ASSIGN_OR_RETURN(
        const std::int64_t forgotten,
        context_.store.ForgetSealedRemovals(tenant.id, state.epoch,
                                            state.revision - kRevisionsRemembered, kRowsPerDrop));
    return forgotten > 0;
  }
  return false;
}

absl::StatusOr<EntrySealing> TenantSealing::SealingOf(const Tenant& tenant, const State& state) {
  ASSIGN_OR_RETURN(const auto keys, context_.keys.Get(tenant.id));
  return EntrySealing::Begin(*keys, state.epoch, state.label_size);
}

absl::StatusOr<bool> TenantSealing::SealPage(const Tenant& tenant, const State& state) {
  ASSIGN_OR_RETURN(const auto page, context_.store.ListSubscribers(tenant.id, state.sealed_up_to,
                                                                   kSubscribersPerPage));
  ASSIGN_OR_RETURN(const auto keys, context_.keys.Get(tenant.id));
  ASSIGN_OR_RETURN(const EntrySealing sealing, SealingOf(tenant, state));
  storage::SealedBatch batch{.epoch = state.epoch,
                             .from_revision = state.revision,
                             .from_tag = state.sealed_up_to,
                             .revision = state.revision,
                             .sealed_up_to = page.next.value_or(kEnd)};
  for (const Subscriber& subscriber : page.subscribers) {
    ASSIGN_OR_RETURN(auto sealed,
                     sealing.Seal(keys->aor_tagger(subscriber.aor.value()), subscriber));
    if (!sealed.has_value()) return StartOver(tenant, state, subscriber.aor.value().size());
    batch.subscribers.push_back(*std::move(sealed));
  }
  batch.done_count = state.done_count + static_cast<std::int64_t>(page.subscribers.size());
  return Write(tenant, batch);
}

absl::StatusOr<bool> TenantSealing::Follow(const Tenant& tenant, const State& state) {
  // From an empty directory everything is new: that is sealed page by page, not at once.
  if (state.complete && state.revision == 0) return StartOver(tenant, state, 0);
  std::vector<storage::DirectoryEntry> changes;
  const auto revision = context_.store.ReadDirectory(
      tenant.id, state.revision,
      [&changes](storage::DirectoryEntry entry) { changes.push_back(std::move(entry)); });
  if (absl::IsOutOfRange(revision.status())) return StartOver(tenant, state, 0);
  RETURN_IF_ERROR(revision.status());
  ASSIGN_OR_RETURN(const EntrySealing sealing, SealingOf(tenant, state));
  storage::SealedBatch batch{.epoch = state.epoch,
                             .from_revision = state.revision,
                             .from_tag = state.sealed_up_to,
                             .revision = *revision,
                             .sealed_up_to = state.sealed_up_to,
                             .complete = true,
                             .done_count = state.done_count};
  for (const storage::DirectoryEntry& change : changes) {
    if (!change.subscriber.has_value()) {
      batch.subscribers.push_back({.tag = change.tag, .entries = {}});
      continue;
    }
    ASSIGN_OR_RETURN(auto sealed, sealing.Seal(change.tag, *change.subscriber));
    if (!sealed.has_value()) {
      return StartOver(tenant, state, change.subscriber->aor.value().size());
    }
    batch.subscribers.push_back(*std::move(sealed));
  }
  batch.pad = [&sealing](std::int64_t entry_count, std::int64_t padding_count) {
    return sealing.Pad(entry_count, padding_count);
  };
  ASSIGN_OR_RETURN(const bool written, Write(tenant, batch));
  if (written && !state.complete) {
    context_.log.Info("directory sealed", {{"tenant", tenant.id.value()}, {"epoch", state.epoch}});
  }
  return written;
}

absl::StatusOr<bool> TenantSealing::Write(const Tenant& tenant, const storage::SealedBatch& batch) {
  const absl::Status status = context_.store.WriteSealed(tenant.id, batch).status();
  if (!IsOvertaken(status)) RETURN_IF_ERROR(status);
  return true;
}

absl::StatusOr<bool> TenantSealing::StartOver(const Tenant& tenant, const State& state,
                                              std::size_t aor_length) {
  std::size_t& known = aor_lengths_[tenant.id];
  known = std::max(known, aor_length);
  while (true) {
    ASSIGN_OR_RETURN(const std::int64_t rows,
                     context_.store.DropSealed(tenant.id, state.epoch, kRowsPerDrop));
    if (rows == 0) break;
  }
  return Begin(tenant, state.epoch, state.rotation);
}

absl::Status BeginSealing(storage::Store& store, const Tenant& tenant, std::int64_t epoch,
                          std::size_t aor_length,
                          std::optional<storage::PendingRotation> rotation) {
  ASSIGN_OR_RETURN(const std::vector<storage::Count> counts, store.CountTenant(tenant.id));
  SealedDirectoryState state{.epoch = epoch,
                             .revision = tenant.revision,
                             .label_size = LabelSizeOf(tenant, aor_length),
                             .rotation = std::move(rotation)};
  for (const storage::Count& count : counts) {
    if (count.kind == "subscribers") state.total_count = count.count;
  }
  return store.BeginSealing(tenant.id, state);
}

}  // namespace smartcontacts::service
