#include <optional>
#include <utility>

#include "domain/status_macros.h"
#include "service/error.h"
#include "service/retention/retention_period.h"
#include "service/retention/sync_collector.h"
#include "service/rpc/address_book_handlers.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

SyncBeginning Read(const v1::SyncStart& start) {
  SyncBeginning beginning{.device_id = start.device_id(),
                          .epoch = start.epoch(),
                          .sync_token = start.sync_token(),
                          .sync_id = start.sync_id()};
  if (start.has_consent()) {
    beginning.consent = {
        .privacy_policy_version = start.consent().privacy_policy_version(),
        .agree_time = absl::FromUnixSeconds(start.consent().agree_time().seconds()) +
                      absl::Nanoseconds(start.consent().agree_time().nanos())};
  }
  return beginning;
}

// Reads the steps of a sync and stores the whole at the end.
class SyncReactor final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  SyncReactor(const AddressBookContext& context, grpc::CallbackServerContext& call,
              grpc::ByteBuffer* response)
      : context_(context), log_(LogOf(context.door.log(), call)), response_(response) {
    context_.door.Admit(call, [this](absl::StatusOr<Caller> caller) {
      if (!caller.ok()) return End(caller.status());
      if (const absl::Status taken = context_.slots.Take(caller->account); !taken.ok()) {
        return End(taken);
      }
      caller_ = *std::move(caller);
      StartRead(&message_);
    });
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      return End(MakeError(Reason::kSyncIncomplete,
                           "the stream ended without a finish; nothing was changed"));
    }
    absl::StatusOr<std::optional<storage::BookSync>> sync = Step();
    if (!sync.ok()) return End(sync.status());
    if (!sync->has_value()) return StartRead(&message_);
    const absl::Status taken =
        context_.blocking_door.Submit([this, sync = **std::move(sync)] { End(Store(sync)); });
    if (!taken.ok()) End(taken);
  }

  void OnDone() override { delete this; }

 private:
  // The whole sync after its finish; nothing if more is to come.
  absl::StatusOr<std::optional<storage::BookSync>> Step() {
    ASSIGN_OR_RETURN(const auto request, Decode<v1::SyncAddressBookRequest>(
                                             message_, context_.door.message_bytes_max()));
    if (request.has_start() == collector_.has_value()) {
      return InvalidField("step", "the first message is a start, and no other is");
    }
    switch (request.step_case()) {
      case v1::SyncAddressBookRequest::kStart: {
        ASSIGN_OR_RETURN(collector_, SyncCollector::Begin(caller_->account, *caller_->tenant,
                                                          Read(request.start()), context_.clock()));
        return std::nullopt;
      }
      case v1::SyncAddressBookRequest::kDelta:
        RETURN_IF_ERROR(
            collector_->Add(request.delta().added_digests(), request.delta().removed_digests()));
        return std::nullopt;
      case v1::SyncAddressBookRequest::kFinish: {
        ASSIGN_OR_RETURN(storage::BookSync sync,
                         (*std::exchange(collector_, {})).Finish(request.finish().digest_count()));
        return std::optional(std::move(sync));
      }
      case v1::SyncAddressBookRequest::STEP_NOT_SET:
        break;
    }
    return InvalidField("step", "a message is a start, a delta or a finish");
  }

  absl::Status Store(const storage::BookSync& sync) {
    const LoadedTenant& tenant = *caller_->tenant;
    const TenantPolicy& policy = tenant.tenant.policy;
    const absl::Time now = context_.clock();
    const absl::Time synced_after = SyncedAfter(tenant.tenant, context_.retention_ceiling, now);
    RETURN_IF_ERROR(context_.quota.Charge(caller_->account, MatchKind::kFull,
                                          static_cast<std::int64_t>(sync.added.size()),
                                          policy.match_quota, now));
    ASSIGN_OR_RETURN(
        const storage::SyncOutcome outcome,
        context_.books.SyncBook(tenant.tenant.id, sync,
                                {.privacy_policy_version = policy.privacy_policy_version,
                                 .contacts_max = kRetainedDigestsPerDeviceMax,
                                 .devices_max = kDevicesPerAccountMax,
                                 .synced_after = synced_after},
                                now));
    if (outcome.refusal.has_value()) return ToError(*outcome.refusal, tenant);
    v1::SyncAddressBookResponse answer;
    answer.set_sync_token(outcome.state.token.bytes.data(), outcome.state.token.bytes.size());
    answer.set_retained_count(outcome.state.retained_count);
    *answer.mutable_expire_time() = ToProto(
        outcome.state.sync_time + EffectivePeriod(policy.retention, context_.retention_ceiling));
    *response_ = Encode(answer);
    return absl::OkStatus();
  }

  void End(const absl::Status& status) {
    if (caller_.has_value()) context_.slots.Release(caller_->account);
    Finish(Conclude(log_, "SyncAddressBook", status));
  }

  const AddressBookContext& context_;
  const Log log_;
  grpc::ByteBuffer* const response_;
  std::optional<Caller> caller_;
  std::optional<SyncCollector> collector_;
  grpc::ByteBuffer message_;
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* StartSync(const AddressBookContext& context,
                                                     grpc::CallbackServerContext* call,
                                                     grpc::ByteBuffer* response) {
  return new SyncReactor(context, *call, response);
}

}  // namespace smartcontacts::service
