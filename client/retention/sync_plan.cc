#include "client/retention/sync_plan.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "client/retention/packed_digests.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using Digests = std::vector<crypto::Digest>;

// What a message has beside its digests: tags and lengths.
constexpr std::int64_t kMessageOverheadMax = 64;

// How many digests one message can have.
std::size_t BatchSize(const v1::Limits& limits) {
  const std::int64_t fitting = (limits.message_bytes_max() - kMessageOverheadMax) /
                               static_cast<std::int64_t>(crypto::Digest::kSize);
  return static_cast<std::size_t>(
      std::max<std::int64_t>(1, std::min<std::int64_t>(limits.digests_per_message_max(), fitting)));
}

v1::SyncAddressBookRequest StartOf(const DeviceState& state) {
  const PendingSync& pending = *state.pending;
  v1::SyncAddressBookRequest request;
  v1::SyncStart& start = *request.mutable_start();
  start.set_device_id(state.device_id);
  start.set_epoch(pending.epoch);
  start.set_sync_id(pending.sync_id);
  if (!pending.full) start.set_sync_token(state.sync_token);
  if (pending.consent.has_value()) {
    start.mutable_consent()->set_privacy_policy_version(pending.consent->privacy_policy_version);
    start.mutable_consent()->mutable_agree_time()->set_seconds(
        absl::ToUnixSeconds(pending.consent->agree_time));
  }
  return request;
}

bool Contains(const Digests& sorted, const crypto::Digest& digest) {
  return std::binary_search(sorted.begin(), sorted.end(), digest);
}

}  // namespace

DigestDelta DeltaOf(absl::Span<const crypto::Digest> before,
                    absl::Span<const crypto::Digest> after) {
  DigestDelta delta;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(delta.added));
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(delta.removed));
  return delta;
}

bool NeedsConsent(const DeviceState& state, const v1::GetPolicyResponse& policy) {
  const std::string& version = policy.privacy_policy_version();
  if (state.pending.has_value() && state.pending->consent.has_value() &&
      state.pending->consent->privacy_policy_version == version) {
    return false;
  }
  return state.sync_token.empty() || state.consented_version != version;
}

PendingSync PlanSync(const DeviceState& state, Digests digests, std::int64_t epoch, bool full,
                     std::optional<GivenConsent> consent) {
  PendingSync pending;
  std::array<std::uint8_t, kSyncIdSize> random;
  crypto::RandomBytes(absl::MakeSpan(random));
  pending.sync_id.assign(random.begin(), random.end());
  pending.epoch = epoch;
  pending.full = full || state.sync_token.empty() || state.epoch != epoch;
  pending.digests = std::move(digests);
  pending.consent = std::move(consent);
  return pending;
}

absl::Status WriteSync(
    const DeviceState& state, const v1::Limits& limits,
    const std::function<absl::Status(const v1::SyncAddressBookRequest&)>& write) {
  const PendingSync& pending = *state.pending;
  const DigestDelta delta = DeltaOf(pending.full ? Digests() : state.retained, pending.digests);
  RETURN_IF_ERROR(write(StartOf(state)));
  const std::size_t batch_size = BatchSize(limits);
  const std::size_t count = delta.added.size() + delta.removed.size();
  // Added and removed ones are one sequence, which is cut into messages.
  for (std::size_t begin = 0; begin < count; begin += batch_size) {
    const std::size_t end = std::min(count, begin + batch_size);
    const std::size_t border = std::clamp(delta.added.size(), begin, end);
    v1::SyncAddressBookRequest request;
    v1::SyncDelta& message = *request.mutable_delta();
    if (begin < border) {
      message.set_added_digests(
          Pack(absl::MakeConstSpan(delta.added).subspan(begin, border - begin)));
    }
    if (border < end) {
      message.set_removed_digests(Pack(
          absl::MakeConstSpan(delta.removed).subspan(border - delta.added.size(), end - border)));
    }
    RETURN_IF_ERROR(write(request));
  }
  v1::SyncAddressBookRequest finish;
  finish.mutable_finish()->set_digest_count(static_cast<std::int64_t>(count));
  return write(finish);
}

void CompleteSync(DeviceState& state, const std::string& sync_token) {
  PendingSync done = *std::move(state.pending);
  state.pending.reset();
  if (done.full) {
    // The service may have known nothing for a while, so no cursor says what was told.
    state.unmatched = done.digests;
    state.cursor.clear();
    state.revision = 0;
  } else {
    Digests unmatched = DeltaOf(state.retained, done.digests).added;
    for (const crypto::Digest& digest : state.unmatched) {
      if (Contains(done.digests, digest)) unmatched.push_back(digest);
    }
    std::sort(unmatched.begin(), unmatched.end());
    unmatched.erase(std::unique(unmatched.begin(), unmatched.end()), unmatched.end());
    state.unmatched = std::move(unmatched);
  }
  // Of another epoch it cannot be said whose digest it was: the next match finds out.
  std::erase_if(state.known, [&done](const KnownMatch& match) {
    return match.epoch == done.epoch && !Contains(done.digests, match.digest);
  });
  state.retained = std::move(done.digests);
  state.epoch = done.epoch;
  state.sync_token = sync_token;
  if (done.consent.has_value()) state.consented_version = done.consent->privacy_policy_version;
}

}  // namespace smartcontacts::client
