#include "service/rpc/admin/tenant_handlers.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/matching/epoch_salt.h"
#include "service/rpc/admin/paging.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

// Whether a policy goes beyond what this server may retain.
absl::Status CheckRetention(const RetentionPolicy& retention, absl::Duration retention_max) {
  if (!retention.offered || retention.period <= retention_max) return absl::OkStatus();
  return InvalidField("tenant.policy.retention.period",
                      absl::StrCat("at most ", absl::ToInt64Hours(retention_max) / 24,
                                   " days on this server (--retention-max-days)"));
}

}  // namespace

grpc::ServerUnaryReactor* TenantServiceHandlers::CreateTenant(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::CreateTenantRequest>(
      context_.door, "CreateTenant", context, request, response,
      [this](const Administrator& administrator, const auto& message) {
        return Create(administrator, message);
      });
}

grpc::ServerUnaryReactor* TenantServiceHandlers::GetTenant(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::GetTenantRequest>(
      context_.door, "GetTenant", context, request, response,
      [this](const Administrator&,
             const auto& message) -> absl::StatusOr<admin::v1::GetTenantResponse> {
        ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", message.tenant_id()));
        ASSIGN_OR_RETURN(const Tenant tenant, context_.store.GetTenant(id));
        admin::v1::GetTenantResponse answer;
        *answer.mutable_tenant() = ToProto(tenant);
        return answer;
      });
}

grpc::ServerUnaryReactor* TenantServiceHandlers::ListTenants(grpc::CallbackServerContext* context,
                                                             const grpc::ByteBuffer* request,
                                                             grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::ListTenantsRequest>(
      context_.door, "ListTenants", context, request, response,
      [this](const Administrator&, const auto& message) { return List(message); });
}

grpc::ServerUnaryReactor* TenantServiceHandlers::UpdateTenant(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::UpdateTenantRequest>(
      context_.door, "UpdateTenant", context, request, response,
      [this](const Administrator& administrator, const auto& message) {
        return Update(administrator, message);
      });
}

absl::StatusOr<admin::v1::CreateTenantResponse> TenantServiceHandlers::Create(
    const Administrator& administrator, const admin::v1::CreateTenantRequest& request) {
  ASSIGN_OR_RETURN(const Tenant wanted, FromProto(request.tenant()));
  RETURN_IF_ERROR(CheckRetention(wanted.policy.retention, context_.retention_max));
  ASSIGN_OR_RETURN(
      const Tenant tenant,
      context_.store.CreateTenant(wanted, NewEpochSalt(), ActOf(administrator, context_.clock())));
  administrator.log.Info("tenant created", {{"tenant", tenant.id.value()}});
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
  ASSIGN_OR_RETURN(const std::vector<Tenant> tenants,
                   context_.store.ListTenants(after, page_size + 1));
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
    const Administrator& administrator, const admin::v1::UpdateTenantRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id,
                   ParseTenantId("tenant.tenant_id", request.tenant().tenant_id()));
  if (request.update_mask().paths().empty()) {
    return InvalidField("update_mask", "name the fields to change");
  }
  const auto change = [this, &request](Tenant& tenant) -> absl::Status {
    const RetentionPolicy before = tenant.policy.retention;
    for (const std::string& path : request.update_mask().paths()) {
      RETURN_IF_ERROR(ApplyField(path, request.tenant(), tenant));
    }
    if (const absl::Status status = Validate(tenant); !status.ok())
      return FieldError("tenant", status);
    // A policy from before the ceiling was lowered does not keep the rest from being changed.
    if (tenant.policy.retention == before) return absl::OkStatus();
    return CheckRetention(tenant.policy.retention, context_.retention_max);
  };
  ASSIGN_OR_RETURN(const Tenant tenant,
                   context_.store.UpdateTenant(id, change, ActOf(administrator, context_.clock())));
  context_.tenants.Refresh(id).IgnoreError();  // the follower catches up
  administrator.log.Info("tenant updated", {{"tenant", id.value()}});
  admin::v1::UpdateTenantResponse answer;
  *answer.mutable_tenant() = ToProto(tenant);
  return answer;
}

}  // namespace smartcontacts::service
