#include "client/retention/address_book_sync.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/retention/sync_plan.h"
#include "domain/status_macros.h"
#include "smartcontacts/v1/address_book_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr char kConsentRequired[] = "CONSENT_REQUIRED";

// One call with the state's pending sync.
absl::StatusOr<v1::SyncAddressBookResponse> Send(const Connection& connection,
                                                 const v1::Limits& limits,
                                                 const DeviceState& state) {
  const std::unique_ptr<grpc::ClientContext> context = connection.NewCall();
  const auto stub = v1::AddressBookService::NewStub(connection.channel());
  v1::SyncAddressBookResponse response;
  const auto writer = stub->SyncAddressBook(context.get(), &response);
  // A service that has refused reads no further; Finish() then says why.
  const absl::Status written =
      WriteSync(state, limits, [&writer](const v1::SyncAddressBookRequest& request) {
        return writer->Write(request) ? absl::OkStatus() : absl::CancelledError();
      });
  if (written.ok()) writer->WritesDone();
  RETURN_IF_ERROR(ToStatus(writer->Finish()));
  RETURN_IF_ERROR(written);
  if (response.sync_token().empty() || response.sync_token().size() > kSyncTokenSizeMax) {
    return absl::InternalError("the service answered a sync without a usable token");
  }
  return response;
}

// Whether the service looked at the sync and will not have it, so that repeating it is no use.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status);
}

// Whether it will not have it yet. After any other error it may have been applied.
bool IsToWait(const absl::Status& status) { return absl::IsResourceExhausted(status); }

// Whether there is nothing in the sync to keep. What the person agreed to outlives the epoch.
bool IsOver(const PendingSync& sync, const absl::Status& refusal) {
  const std::string reason = ReasonOf(refusal);
  const bool epoch_ended = reason == "EPOCH_EXPIRED" || reason == "EPOCH_UNKNOWN";
  return !epoch_ended || !sync.consent.has_value();
}

// What the person agreed to, just now or in a sync that came to nothing for another reason than
// that.
std::optional<GivenConsent> ConsentFor(const std::optional<GivenConsent>& now,
                                       const PendingSync& begun, const absl::Status& why_not,
                                       const std::string& version) {
  if (now.has_value()) return now;
  const bool stands = !why_not.ok() && ReasonOf(why_not) != kConsentRequired &&
                      begun.consent.has_value() && begun.consent->privacy_policy_version == version;
  return stands ? begun.consent : std::nullopt;
}

class Synchroniser {
 public:
  Synchroniser(const Connection& connection, const v1::Limits& limits, const StateFile& file)
      : connection_(connection), limits_(limits), file_(file) {}

  // Sends the state's pending sync and writes down what came of it.
  absl::StatusOr<SyncResult> Finish(const DeviceState& state) {
    const absl::StatusOr<v1::SyncAddressBookResponse> response = Send(connection_, limits_, state);
    const PendingSync& sent = *state.pending;
    bool others = false;  // another process began a sync meanwhile
    const absl::Status stored =
        file_
            .Update([&](DeviceState& now) {
              others = !now.pending.has_value() || now.pending->sync_id != sent.sync_id;
              if (others) return;
              if (response.ok()) {
                CompleteSync(now, response->sync_token());
              } else if (IsRefusal(response.status())) {
                if (IsOver(sent, response.status())) now.pending.reset();
                if (ReasonOf(response.status()) == kConsentRequired) now.consented_version.clear();
              }
            })
            .status();
    RETURN_IF_ERROR(response.status());
    RETURN_IF_ERROR(stored);
    if (others) {
      return absl::AbortedError(absl::StrCat(
          file_.path(), ": another process synced this device at the same time; sync again"));
    }
    const bool same_epoch = state.epoch == sent.epoch;
    const DigestDelta delta =
        DeltaOf(same_epoch ? state.retained : std::vector<crypto::Digest>(), sent.digests);
    return SyncResult{static_cast<std::int64_t>(delta.added.size()),
                      static_cast<std::int64_t>(delta.removed.size()), sent.full,
                      response->retained_count(),
                      absl::FromUnixSeconds(response->expire_time().seconds())};
  }

 private:
  const Connection& connection_;
  const v1::Limits& limits_;
  const StateFile& file_;
};

}  // namespace

absl::StatusOr<SyncResult> SyncAddressBook(const Connection& connection,
                                           const v1::GetPolicyResponse& policy,
                                           const std::vector<crypto::Digest>& digests,
                                           const std::optional<GivenConsent>& consent,
                                           const StateFile& file) {
  const std::int64_t limit = policy.limits().retained_digests_per_device_max();
  if (static_cast<std::int64_t>(digests.size()) > limit) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the address book has ", digests.size(), " numbers and at most ", limit,
                     " are retained for a device: sync a smaller book"));
  }
  Synchroniser synchroniser(connection, policy.limits(), file);
  ASSIGN_OR_RETURN(DeviceState state, file.ReadOrCreate());
  std::optional<GivenConsent> agreed = consent;
  const auto plan = [&](bool full) {
    return file.Update([&](DeviceState& now) {
      now.pending = PlanSync(now, digests, policy.epoch().number(), full, agreed);
    });
  };
  if (state.pending.has_value()) {
    const PendingSync begun = *state.pending;
    absl::StatusOr<SyncResult> result = synchroniser.Finish(state);
    const absl::Status& status = result.status();
    if (!status.ok() && !IsRefusal(status) && !IsToWait(status)) return result;
    agreed = ConsentFor(consent, begun, status, policy.privacy_policy_version());
    const bool all =
        begun.digests == digests && begun.epoch == policy.epoch().number() && !consent.has_value();
    if (all && (status.ok() || IsToWait(status))) return result;
    if (IsToWait(status)) {
      // Another one at once would be one too many as well. It is the next call's.
      RETURN_IF_ERROR(plan(/*full=*/false).status());
      return result;
    }
  }
  for (bool full = false;; full = true) {
    ASSIGN_OR_RETURN(state, plan(full));
    absl::StatusOr<SyncResult> result = synchroniser.Finish(state);
    const bool again = ReasonOf(result.status()) == "SYNC_TOKEN_INVALID" && !state.pending->full;
    if (!again) return result;
  }
}

}  // namespace smartcontacts::client
