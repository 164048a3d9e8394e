#include "service/retention/sync_collector.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/limits.h"
#include "service/matching/epochs.h"
#include "service/retention/retention_access.h"

namespace smartcontacts::service {
namespace {

// How far a device's clock may be ahead of ours.
constexpr absl::Duration kClockSkewMax = absl::Hours(24);

absl::Status TooMany(absl::string_view field, std::int64_t limit, absl::string_view where) {
  return MakeError(Reason::kBatchTooLarge, absl::StrCat(field, ": at most ", limit, " ", where),
                   {.field = std::string(field), .metadata = {{"limit", absl::StrCat(limit)}}});
}

absl::Status TokenInvalid() {
  return MakeError(Reason::kSyncTokenInvalid,
                   "the sync token is not that of the device's latest sync in this epoch: send the "
                   "whole address book, without a token and with a new sync_id",
                   {.field = "start.sync_token"});
}

absl::Status CheckConsentGiven(const storage::Consent& consent, const LoadedTenant& tenant,
                               absl::Time now) {
  if (consent.agree_time > now + kClockSkewMax || consent.agree_time <= absl::UnixEpoch()) {
    return InvalidField("start.consent.agree_time",
                        "when the person agreed; not in the future: set the device's clock");
  }
  return CheckConsent(tenant, consent.privacy_policy_version);
}

absl::Status Unpack(absl::string_view field, std::string_view packed,
                    std::vector<crypto::Digest>& digests) {
  if (packed.size() % crypto::Digest::kSize != 0) {
    return MakeError(Reason::kDigestLengthInvalid,
                     absl::StrCat(field, ": ", packed.size(), " bytes are no multiple of ",
                                  crypto::Digest::kSize),
                     {.field = std::string(field)});
  }
  const std::size_t count = packed.size() / crypto::Digest::kSize;
  if (count > kDigestsPerMessageMax) {
    return TooMany(field, kDigestsPerMessageMax, "in one message: send smaller ones");
  }
  const std::size_t before = digests.size();
  if (before + count > kRetainedDigestsPerDeviceMax) {
    return TooMany(field, kRetainedDigestsPerDeviceMax, "in one sync");
  }
  digests.resize(before + count);
  if (count > 0) std::memcpy(&digests[before], packed.data(), packed.size());
  return absl::OkStatus();
}

template <typename Fixed>
bool Read(std::string_view bytes, Fixed& value) {
  if (bytes.size() != value.bytes.size()) return false;
  std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
  return true;
}

}  // namespace

absl::StatusOr<SyncCollector> SyncCollector::Begin(const Account& account,
                                                   const LoadedTenant& tenant,
                                                   const SyncBeginning& beginning, absl::Time now) {
  RETURN_IF_ERROR(CheckRetentionAccess(tenant, account.aor));
  const absl::StatusOr<DeviceId> device = DeviceId::Parse(beginning.device_id);
  if (!device.ok()) return InvalidField("start.device_id", device.status().message());
  storage::BookSync sync{.account = account.aor, .device = *device, .epoch = beginning.epoch};
  if (!Read(beginning.sync_id, sync.sync_id)) {
    return InvalidField("start.sync_id", "16 random bytes, the same when the sync is repeated");
  }
  RETURN_IF_ERROR(CheckEpoch(tenant, "start.epoch", beginning.epoch, now));
  if (!beginning.sync_token.empty()) {
    if (!Read(beginning.sync_token, sync.token.emplace())) return TokenInvalid();
  }
  sync.consent = beginning.consent;
  if (sync.consent.has_value()) RETURN_IF_ERROR(CheckConsentGiven(*sync.consent, tenant, now));
  return SyncCollector(std::move(sync));
}

absl::Status SyncCollector::Add(std::string_view added, std::string_view removed) {
  RETURN_IF_ERROR(Unpack("delta.added_digests", added, sync_.added));
  return Unpack("delta.removed_digests", removed, sync_.removed);
}

absl::StatusOr<storage::BookSync> SyncCollector::Finish(std::int64_t digest_count) && {
  const auto arrived = static_cast<std::int64_t>(sync_.added.size() + sync_.removed.size());
  if (digest_count != arrived) {
    return MakeError(Reason::kSyncIncomplete,
                     absl::StrCat("the finish counts ", digest_count, " digests, but ", arrived,
                                  " arrived; nothing was changed"),
                     {.field = "finish.digest_count"});
  }
  return std::move(sync_);
}

absl::Status ToError(storage::SyncRefusal refusal, const LoadedTenant& tenant) {
  switch (refusal) {
    case storage::SyncRefusal::kNotASubscriber:
      return MakeError(Reason::kFeatureDisabled,
                       "contacts are retained for subscribers only, and this account is not in the "
                       "directory");
    case storage::SyncRefusal::kConsentRequired:
      // What is stored names another version, or there is nothing.
      return CheckConsent(tenant, "");
    case storage::SyncRefusal::kTokenInvalid:
      return TokenInvalid();
    case storage::SyncRefusal::kSyncIdReused:
      return InvalidField("start.sync_id", "it was another sync's: take new random bytes");
    case storage::SyncRefusal::kTooManyContacts:
      return TooMany("delta.added_digests", kRetainedDigestsPerDeviceMax, "retained for a device");
    case storage::SyncRefusal::kTooManyDevices:
      return TooMany("start.device_id", kDevicesPerAccountMax,
                     "devices of an account: erase one that is not used any more (EraseMyData)");
  }
  return absl::InternalError("an unknown refusal");
}

}  // namespace smartcontacts::service
