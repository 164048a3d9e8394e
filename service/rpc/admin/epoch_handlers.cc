#include "service/rpc/admin/epoch_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/matching/epoch_salt.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

constexpr absl::Duration kOverlapDefault = absl::Hours(24 * 7);
constexpr absl::Duration kOverlapMax = absl::Hours(24 * 90);

constexpr std::int64_t kProgressWhole = 10'000;

admin::v1::EpochStatus ToProto(const storage::EpochRecord& epoch) {
  admin::v1::EpochStatus message;
  message.set_number(epoch.number);
  message.set_state(epoch.expire_time.has_value() ? admin::v1::EPOCH_STATE_OVERLAPPING
                                                  : admin::v1::EPOCH_STATE_CURRENT);
  *message.mutable_create_time() = service::ToProto(epoch.create_time);
  if (epoch.expire_time.has_value())
    *message.mutable_expire_time() = service::ToProto(*epoch.expire_time);
  return message;
}

// An epoch that waits for its sealed directory; null: that is not begun.
admin::v1::EpochStatus Preparing(std::int64_t epoch, const storage::SealedDirectoryState* state) {
  admin::v1::EpochStatus message;
  message.set_number(epoch);
  message.set_state(admin::v1::EPOCH_STATE_PREPARING);
  if (state == nullptr || state->dropped) return message;
  // Subscribers may have joined since the count.
  const std::int64_t total = std::max({state->total_count, state->done_count, std::int64_t{1}});
  message.set_progress(static_cast<std::int32_t>(state->done_count * kProgressWhole / total));
  return message;
}

}  // namespace

grpc::ServerUnaryReactor* EpochServiceHandlers::RotateEpoch(grpc::CallbackServerContext* context,
                                                            const grpc::ByteBuffer* request,
                                                            grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::RotateEpochRequest>(
      context_.door, "RotateEpoch", context, request, response,
      [this](const Administrator& administrator, const auto& message) {
        return Rotate(administrator, message);
      });
}

grpc::ServerUnaryReactor* EpochServiceHandlers::ListEpochs(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::ListEpochsRequest>(
      context_.door, "ListEpochs", context, request, response,
      [this](const Administrator&, const auto& message) { return List(message); });
}

absl::StatusOr<admin::v1::RotateEpochResponse> EpochServiceHandlers::Rotate(
    const Administrator& administrator, const admin::v1::RotateEpochRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  const absl::Duration overlap =
      request.has_overlap() ? FromProto(request.overlap()) : kOverlapDefault;
  if (overlap < absl::ZeroDuration() || overlap > kOverlapMax) {
    return InvalidField("overlap", "from 0 to 90 days");
  }
  ASSIGN_OR_RETURN(const Tenant tenant, context_.store.GetTenant(id));
  admin::v1::RotateEpochResponse answer;
  ASSIGN_OR_RETURN(*answer.mutable_epoch(), tenant.policy.private_mode == PrivateMode::kOff
                                                ? RotateNow(id, administrator, overlap)
                                                : Prepare(tenant, administrator, overlap));
  return answer;
}

absl::StatusOr<admin::v1::EpochStatus> EpochServiceHandlers::RotateNow(
    const TenantId& id, const Administrator& administrator, absl::Duration overlap) {
  ASSIGN_OR_RETURN(
      const storage::EpochRecord epoch,
      context_.store.RotateEpoch(id, NewEpochSalt(), overlap,
                                 ActOf(administrator, context_.clock()), storage::kAnyEpoch));
  context_.tenants.Refresh(id).IgnoreError();  // the follower catches up
  administrator.log.Info("epoch rotated", {{"tenant", id.value()}, {"epoch", epoch.number}});
  return ToProto(epoch);
}

absl::StatusOr<admin::v1::EpochStatus> EpochServiceHandlers::Prepare(
    const Tenant& tenant, const Administrator& administrator, absl::Duration overlap) {
  const absl::Status begun = context_.store.BeginRotation(
      tenant.id, {.overlap = overlap, .actor = ActOf(administrator, context_.clock()).actor});
  if (absl::IsAlreadyExists(begun)) {
    return MakeError(Reason::kConflict,
                     "a rotation is being prepared: ListEpochs tells how far it is");
  }
  RETURN_IF_ERROR(begun);
  context_.sealer.Wake(tenant.id);
  const std::int64_t next = tenant.epoch + 1;
  administrator.log.Info("rotation is being prepared",
                         {{"tenant", tenant.id.value()}, {"epoch", next}});
  return Preparing(next, nullptr);
}

absl::StatusOr<admin::v1::ListEpochsResponse> EpochServiceHandlers::List(
    const admin::v1::ListEpochsRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  ASSIGN_OR_RETURN(const std::vector<storage::EpochRecord> epochs, context_.store.ListEpochs(id));
  ASSIGN_OR_RETURN(const std::vector<storage::SealedDirectoryState> sealed,
                   context_.store.ListSealed(id));
  ASSIGN_OR_RETURN(const std::optional<storage::PendingRotation> rotation,
                   context_.store.GetPendingRotation(id));
  admin::v1::ListEpochsResponse answer;
  if (rotation.has_value()) {
    const std::int64_t next = epochs.front().number + 1;
    const auto state = std::find_if(sealed.begin(), sealed.end(),
                                    [next](const auto& of) { return of.epoch == next; });
    *answer.add_epochs() = Preparing(next, state == sealed.end() ? nullptr : &*state);
  }
  const absl::Time now = context_.clock();
  for (const storage::EpochRecord& epoch : epochs) {
    if (epoch.expire_time.has_value() && *epoch.expire_time <= now) continue;
    *answer.add_epochs() = ToProto(epoch);
  }
  return answer;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* EpochServiceHandlers::RewrapKeys(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return AnswerWithProgress<admin::v1::RewrapKeysRequest>(
      context_.long_door, "RewrapKeys", context, request,
      [this](const Administrator& administrator, const auto&, ProgressStream& progress) {
        return Rewrap(administrator, progress);
      });
}

}  // namespace smartcontacts::service
