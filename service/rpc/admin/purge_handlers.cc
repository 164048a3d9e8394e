#include "service/rpc/admin/purge_handlers.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"
#include "service/rpc/progress.h"
#include "service/rpc/receipts.h"

namespace smartcontacts::service {
namespace {

// Nothing is retained for longer.
constexpr absl::Duration kOlderThanMax = absl::Hours(24 * 3650);

absl::StatusOr<storage::BookFilter> ReadFilter(const admin::v1::PurgeRequest& request,
                                               absl::Time now) {
  storage::BookFilter filter;
  if (!request.aor().empty()) {
    absl::StatusOr<Aor> aor = Aor::Parse(request.aor());
    if (!aor.ok()) return InvalidField("aor", aor.status().message());
    filter.account = *std::move(aor);
  }
  if (!request.device_id().empty()) {
    if (!filter.account.has_value()) {
      return InvalidField("device_id", "say whose device it is: name its account in aor as well");
    }
    absl::StatusOr<DeviceId> device = DeviceId::Parse(request.device_id());
    if (!device.ok()) return InvalidField("device_id", device.status().message());
    filter.device = *std::move(device);
  }
  const absl::Duration older_than = FromProto(request.older_than());
  if (older_than < absl::ZeroDuration() || older_than > kOlderThanMax) {
    return InvalidField("older_than", "from 0 to 3650 days; leave it away to purge the newest too");
  }
  if (older_than > absl::ZeroDuration()) filter.synced_before = now - older_than;
  return filter;
}

absl::StatusOr<PurgeScope> ReadScope(const admin::v1::PurgeRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  if (request.everything() &&
      (!request.aor().empty() || !request.device_id().empty() || request.has_older_than())) {
    return InvalidField("everything",
                        "this is the whole tenant: leave aor, device_id and older_than away, or "
                        "leave everything away to purge retained data only");
  }
  ASSIGN_OR_RETURN(storage::BookFilter filter, ReadFilter(request, now));
  return PurgeScope{.id = std::move(id),
                    .filter = std::move(filter),
                    .everything = request.everything(),
                    .dry_run = request.dry_run()};
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* PurgeServiceHandlers::Purge(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return AnswerWithProgress<admin::v1::PurgeRequest>(
      long_door_, "Purge", context, request,
      [this](const Administrator& administrator, const auto& message,
             ProgressStream& progress) -> absl::StatusOr<admin::v1::PurgeResponse> {
        ASSIGN_OR_RETURN(const PurgeScope scope, ReadScope(message, context_.clock()));
        return RunPurge(context_, administrator, scope, progress);
      });
}

grpc::ServerUnaryReactor* PurgeServiceHandlers::VerifyReceipt(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::VerifyReceiptRequest>(
      door_, "VerifyReceipt", context, request, response,
      [this](const Administrator&,
             const auto& message) -> absl::StatusOr<admin::v1::VerifyReceiptResponse> {
        if (!message.has_receipt()) return InvalidField("receipt", "this is required");
        admin::v1::VerifyReceiptResponse answer;
        answer.set_valid(service::VerifyReceipt(context_.receipt_signer, message.receipt()));
        return answer;
      });
}

}  // namespace smartcontacts::service
