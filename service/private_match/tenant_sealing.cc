#include "service/private_match/tenant_sealing.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "crypto/sealed_entry.h"
#include "domain/status_macros.h"
#include "service/matching/epoch_salt.h"
#include "service/private_match/entry_sealing.h"

namespace smartcontacts::service {
namespace {

// Subscribers sealed between two looks at whether to go on: a tenth of a second's work.
constexpr int kSubscribersPerPage = 500;
constexpr std::int64_t kRowsPerDrop = 5'000;
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

// What a step comes to if somebody else took it before, or took away what it was about: the next
// look tells what there is to do now.
absl::StatusOr<bool> Taken(const absl::Status& status) {
  if (status.ok() || absl::IsAborted(status) || absl::IsAlreadyExists(status) ||
      absl::IsNotFound(status)) {
    return true;
  }
  return status;
}

std::size_t UsualAorLength(const Tenant& tenant) {
  std::size_t domain = 0;
  for (const std::string& name : tenant.sip_domains) domain = std::max(domain, name.size());
  const std::size_t length = domain + kUserLength + 5;  // "sip:" and "@"
  return std::min(length, crypto::kLabelLengthMax);
}

}  // namespace

bool TenantSealing::View::IsWanted(const State& state) const {
  return !state.dropped &&
         std::find(wanted_epochs.begin(), wanted_epochs.end(), state.epoch) != wanted_epochs.end();
}

const TenantSealing::State* TenantSealing::View::StateOf(std::int64_t epoch) const {
  const auto found = std::find_if(states.begin(), states.end(),
                                  [epoch](const State& state) { return state.epoch == epoch; });
  return found == states.end() ? nullptr : &*found;
}

absl::StatusOr<TenantSealing::View> TenantSealing::Look(const TenantId& id) {
  View view{.tenant = {.id = id}};
  ASSIGN_OR_RETURN(view.tenant, context_.store.GetTenant(id));
  view.current_epoch = view.tenant.epoch;
  ASSIGN_OR_RETURN(view.states, context_.store.ListSealed(id));
  ASSIGN_OR_RETURN(view.rotation, context_.store.GetPendingRotation(id));
  std::stable_partition(view.states.begin(), view.states.end(),
                        [](const State& state) { return state.complete; });
  // A tenant without the mode needs none of its keys here.
  if (view.tenant.policy.private_mode == PrivateMode::kOff) return view;
  ASSIGN_OR_RETURN(const std::vector<storage::EpochRecord> epochs, context_.store.ListEpochs(id));
  const absl::Time now = context_.clock();
  for (const storage::EpochRecord& epoch : epochs) {
    if (epoch.expire_time.value_or(absl::InfiniteFuture()) > now) {
      view.wanted_epochs.push_back(epoch.number);
    }
  }
  if (view.rotation.has_value()) view.wanted_epochs.push_back(view.current_epoch + 1);
  return view;
}

absl::StatusOr<bool> TenantSealing::Step(const TenantId& id, GoOn go_on) {
  ASSIGN_OR_RETURN(const View view, Look(id));
  ASSIGN_OR_RETURN(const bool rotated, EndRotation(view, go_on));
  if (rotated) return true;
  ASSIGN_OR_RETURN(const bool dropped, DropUnneeded(view, go_on));
  if (dropped) return true;
  ASSIGN_OR_RETURN(const bool begun, BeginMissing(view, go_on));
  if (begun) return true;
  for (const State& state : view.states) {
    ASSIGN_OR_RETURN(const bool advanced, Advance(view.tenant, state, go_on));
    if (advanced) return true;
  }
  return false;
}

// A tenant that gave up the private mode waits for no directory.
absl::StatusOr<bool> TenantSealing::EndRotation(const View& view, GoOn go_on) {
  if (!view.rotation.has_value()) return false;
  const State* const next = view.StateOf(view.current_epoch + 1);
  const bool ready = next != nullptr && next->complete && !next->dropped;
  if (!ready && view.tenant.policy.private_mode != PrivateMode::kOff) return false;
  RETURN_IF_ERROR(go_on());
  const auto rotated = context_.store.RotateEpoch(
      view.tenant.id, NewEpochSalt(), view.rotation->overlap,
      {.actor = view.rotation->actor, .time = context_.clock()}, view.current_epoch);
  if (rotated.ok()) {
    context_.log.Info("epoch rotated",
                      {{"tenant", view.tenant.id.value()}, {"epoch", rotated->number}});
  }
  return Taken(rotated.status());
}

absl::StatusOr<bool> TenantSealing::DropUnneeded(const View& view, GoOn go_on) {
  for (const State& state : view.states) {
    if (view.IsWanted(state)) continue;
    RETURN_IF_ERROR(go_on());
    return Taken(context_.store.DropSealed(view.tenant.id, state.epoch, kRowsPerDrop).status());
  }
  return false;
}

absl::StatusOr<bool> TenantSealing::BeginMissing(const View& view, GoOn go_on) {
  for (const std::int64_t epoch : view.wanted_epochs) {
    if (view.StateOf(epoch) != nullptr) continue;
    RETURN_IF_ERROR(go_on());
    std::size_t label_size =
        *crypto::LabelSizeFor(std::max(UsualAorLength(view.tenant), LongestAor(view.tenant.id)));
    // What was needed before will be needed again.
    for (const State& state : view.states) label_size = std::max(label_size, state.label_size);
    const absl::Status begun =
        context_.store.BeginSealing(view.tenant.id, epoch, view.tenant.revision, label_size);
    if (begun.ok()) aor_lengths_.erase(view.tenant.id);  // its state has it now
    return Taken(begun);
  }
  return false;
}

absl::StatusOr<bool> TenantSealing::Advance(const Tenant& tenant, const State& state, GoOn go_on) {
  if (!state.complete && state.sealed_up_to != kEnd) return SealPage(tenant, state, go_on);
  if (!state.complete || tenant.revision > state.revision) return Follow(tenant, state, go_on);
  if (state.revision - state.changes_floor > 2 * kRevisionsRemembered) {
    return ForgetRemovals(tenant, state, go_on);
  }
  return false;
}

absl::StatusOr<bool> TenantSealing::SealPage(const Tenant& tenant, const State& state, GoOn go_on) {
  RETURN_IF_ERROR(go_on());
  ASSIGN_OR_RETURN(const auto page, context_.store.ListSubscribers(tenant.id, state.sealed_up_to,
                                                                   kSubscribersPerPage));
  ASSIGN_OR_RETURN(const auto keys, context_.keys.Get(tenant.id));
  ASSIGN_OR_RETURN(const EntrySealing sealing,
                   EntrySealing::Begin(*keys, state.epoch, state.label_size));
  storage::SealedBatch batch{.epoch = state.epoch,
                             .label_size = state.label_size,
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
  return Taken(context_.store.WriteSealed(tenant.id, batch).status());
}

absl::StatusOr<bool> TenantSealing::Follow(const Tenant& tenant, const State& state, GoOn go_on) {
  RETURN_IF_ERROR(go_on());
  // From an empty directory everything is new: that is sealed page by page, not at once.
  if (state.complete && state.revision == 0) return StartOver(tenant, state, 0);
  std::vector<storage::DirectoryEntry> changes;
  const auto revision = context_.store.ReadDirectory(
      tenant.id, state.revision,
      [&changes](storage::DirectoryEntry entry) { changes.push_back(std::move(entry)); });
  if (absl::IsOutOfRange(revision.status())) return StartOver(tenant, state, 0);
  RETURN_IF_ERROR(revision.status());
  ASSIGN_OR_RETURN(const auto keys, context_.keys.Get(tenant.id));
  ASSIGN_OR_RETURN(const EntrySealing sealing,
                   EntrySealing::Begin(*keys, state.epoch, state.label_size));
  storage::SealedBatch batch{.epoch = state.epoch,
                             .label_size = state.label_size,
                             .from_revision = state.revision,
                             .from_tag = state.sealed_up_to,
                             .revision = *revision,
                             .sealed_up_to = state.sealed_up_to,
                             .complete = true,
                             .done_count = state.done_count};
  for (const storage::DirectoryEntry& change : changes) {
    if (batch.subscribers.size() % kSubscribersPerPage == 0) RETURN_IF_ERROR(go_on());
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
  const absl::Status written = context_.store.WriteSealed(tenant.id, batch).status();
  if (written.ok() && !state.complete) {
    context_.log.Info("directory sealed", {{"tenant", tenant.id.value()}, {"epoch", state.epoch}});
  }
  return Taken(written);
}

// All at once, because the first batch raises the floor, which is what led here.
absl::StatusOr<bool> TenantSealing::ForgetRemovals(const Tenant& tenant, const State& state,
                                                   GoOn go_on) {
  while (true) {
    RETURN_IF_ERROR(go_on());
    const absl::StatusOr<std::int64_t> forgotten = context_.store.ForgetSealedRemovals(
        tenant.id, state.epoch, state.revision - kRevisionsRemembered, kRowsPerDrop);
    if (!forgotten.ok()) return Taken(forgotten.status());
    if (*forgotten == 0) return true;
  }
}

std::size_t TenantSealing::LongestAor(const TenantId& id) const {
  const auto found = aor_lengths_.find(id);
  return found == aor_lengths_.end() ? 0 : found->second;
}

absl::StatusOr<bool> TenantSealing::StartOver(const Tenant& tenant, const State& state,
                                              std::size_t aor_length) {
  std::size_t& known = aor_lengths_[tenant.id];
  known = std::max(known, aor_length);
  context_.log.Info("directory is sealed anew",
                    {{"tenant", tenant.id.value()}, {"epoch", state.epoch}});
  return Taken(context_.store.DropSealed(tenant.id, state.epoch, kRowsPerDrop).status());
}

}  // namespace smartcontacts::service
