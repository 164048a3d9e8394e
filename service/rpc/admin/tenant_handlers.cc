#include "service/rpc/admin/tenant_handlers.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/admin/paging.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

constexpr absl::Duration kOverlapDefault = absl::Hours(24 * 7);
constexpr absl::Duration kOverlapMax = absl::Hours(24 * 90);

crypto::EpochSalt NewSalt() {
  crypto::EpochSalt salt{};
  crypto::RandomBytes(absl::MakeSpan(salt.bytes));
  return salt;
}

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

}  // namespace

grpc::ServerUnaryReactor* TenantServiceHandlers::CreateTenant(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::CreateTenantRequest>(
      door_, "CreateTenant", context, request, response,
      [this](const Administrator&, const auto& message) { return Create(message); });
}

grpc::ServerUnaryReactor* TenantServiceHandlers::GetTenant(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::GetTenantRequest>(
      door_, "GetTenant", context, request, response,
      [this](const Administrator&,
             const auto& message) -> absl::StatusOr<admin::v1::GetTenantResponse> {
        ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", message.tenant_id()));
        ASSIGN_OR_RETURN(const Tenant tenant, store_.GetTenant(id));
        admin::v1::GetTenantResponse answer;
        *answer.mutable_tenant() = ToProto(tenant);
        return answer;
      });
}

grpc::ServerUnaryReactor* TenantServiceHandlers::ListTenants(grpc::CallbackServerContext* context,
                                                             const grpc::ByteBuffer* request,
                                                             grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::ListTenantsRequest>(
      door_, "ListTenants", context, request, response,
      [this](const Administrator&, const auto& message) { return List(message); });
}

grpc::ServerUnaryReactor* TenantServiceHandlers::UpdateTenant(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::UpdateTenantRequest>(
      door_, "UpdateTenant", context, request, response,
      [this](const Administrator&, const auto& message) { return Update(message); });
}

absl::StatusOr<admin::v1::CreateTenantResponse> TenantServiceHandlers::Create(
    const admin::v1::CreateTenantRequest& request) {
  ASSIGN_OR_RETURN(const Tenant wanted, FromProto(request.tenant()));
  ASSIGN_OR_RETURN(const Tenant tenant, store_.CreateTenant(wanted, NewSalt(), clock_()));
  door_.log().Info("tenant created", {{"tenant", tenant.id.value()}});
  admin::v1::CreateTenantResponse answer;
  *answer.mutable_tenant() = ToProto(tenant);
  return answer;
}

absl::StatusOr<admin::v1::ListTenantsResponse> TenantServiceHandlers::List(
    const admin::v1::ListTenantsRequest& request) {
  ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  std::optional<TenantId> after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(after, ParseTenantId("page_token", request.page_token()));
  }
  // One more than asked for tells whether there is another page.
  ASSIGN_OR_RETURN(const std::vector<Tenant> tenants, store_.ListTenants(after, page_size + 1));
  admin::v1::ListTenantsResponse answer;
  for (const Tenant& tenant : tenants) {
    if (answer.tenants_size() == page_size) {
      answer.set_next_page_token(answer.tenants(page_size - 1).tenant_id());
      break;
    }
    *answer.add_tenants() = ToProto(tenant);
  }
  return answer;
}

absl::StatusOr<admin::v1::UpdateTenantResponse> TenantServiceHandlers::Update(
    const admin::v1::UpdateTenantRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id,
                   ParseTenantId("tenant.tenant_id", request.tenant().tenant_id()));
  if (request.update_mask().paths().empty()) {
    return InvalidField("update_mask", "name the fields to change");
  }
  const auto change = [&request](Tenant& tenant) -> absl::Status {
    for (const std::string& path : request.update_mask().paths()) {
      RETURN_IF_ERROR(ApplyField(path, request.tenant(), tenant));
    }
    const absl::Status status = Validate(tenant);
    return status.ok() ? status : FieldError("tenant", status);
  };
  ASSIGN_OR_RETURN(const Tenant tenant, store_.UpdateTenant(id, change, clock_()));
  tenants_.Refresh(id).IgnoreError();  // the follower catches up
  door_.log().Info("tenant updated", {{"tenant", id.value()}});
  admin::v1::UpdateTenantResponse answer;
  *answer.mutable_tenant() = ToProto(tenant);
  return answer;
}

grpc::ServerUnaryReactor* EpochServiceHandlers::RotateEpoch(grpc::CallbackServerContext* context,
                                                            const grpc::ByteBuffer* request,
                                                            grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::RotateEpochRequest>(
      door_, "RotateEpoch", context, request, response,
      [this](const Administrator&, const auto& message) { return Rotate(message); });
}

grpc::ServerUnaryReactor* EpochServiceHandlers::ListEpochs(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::ListEpochsRequest>(
      door_, "ListEpochs", context, request, response,
      [this](const Administrator&, const auto& message) { return List(message); });
}

absl::StatusOr<admin::v1::RotateEpochResponse> EpochServiceHandlers::Rotate(
    const admin::v1::RotateEpochRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  const absl::Duration overlap =
      request.has_overlap() ? FromProto(request.overlap()) : kOverlapDefault;
  if (overlap < absl::ZeroDuration() || overlap > kOverlapMax) {
    return InvalidField("overlap", "from 0 to 90 days");
  }
  ASSIGN_OR_RETURN(const storage::EpochRecord epoch,
                   store_.RotateEpoch(id, NewSalt(), overlap, clock_()));
  tenants_.Refresh(id).IgnoreError();  // the follower catches up
  door_.log().Info("epoch rotated", {{"tenant", id.value()}, {"epoch", epoch.number}});
  admin::v1::RotateEpochResponse answer;
  *answer.mutable_epoch() = ToProto(epoch);
  return answer;
}

absl::StatusOr<admin::v1::ListEpochsResponse> EpochServiceHandlers::List(
    const admin::v1::ListEpochsRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  ASSIGN_OR_RETURN(const std::vector<storage::EpochRecord> epochs, store_.ListEpochs(id));
  admin::v1::ListEpochsResponse answer;
  const absl::Time now = clock_();
  for (const storage::EpochRecord& epoch : epochs) {
    if (epoch.expire_time.has_value() && *epoch.expire_time <= now) continue;
    *answer.add_epochs() = ToProto(epoch);
  }
  return answer;
}

}  // namespace smartcontacts::service
