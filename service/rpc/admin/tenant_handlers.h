// smartcontacts.admin.v1.TenantService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_TENANT_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_TENANT_HANDLERS_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/clock.h"
#include "service/matching/tenant_cache.h"
#include "service/rpc/admin/admin_door.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"
#include "storage/store.h"

namespace smartcontacts::service {

// What the tenants' methods work with.
struct TenantContext {
  const AdminDoor& door;
  storage::Store& store;
  TenantCache& tenants;
  Clock clock;
  absl::Duration retention_max;  // the ceiling of policies, see retention_period.h
};

// Raw bytes in and out, see codec.h.
using RawTenantService = admin::v1::TenantService::WithRawCallbackMethod_CreateTenant<
    admin::v1::TenantService::WithRawCallbackMethod_GetTenant<
        admin::v1::TenantService::WithRawCallbackMethod_ListTenants<
            admin::v1::TenantService::WithRawCallbackMethod_UpdateTenant<
                admin::v1::TenantService::Service>>>>;

// Safe for concurrent use. What it is given must outlive it.
class TenantServiceHandlers final : public RawTenantService {
 public:
  explicit TenantServiceHandlers(TenantContext context) : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* CreateTenant(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetTenant(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListTenants(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* UpdateTenant(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;

 private:
  absl::StatusOr<admin::v1::CreateTenantResponse> Create(
      const Administrator& administrator, const admin::v1::CreateTenantRequest& request);
  absl::StatusOr<admin::v1::ListTenantsResponse> List(const admin::v1::ListTenantsRequest& request);
  absl::StatusOr<admin::v1::UpdateTenantResponse> Update(
      const Administrator& administrator, const admin::v1::UpdateTenantRequest& request);

  const TenantContext context_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_TENANT_HANDLERS_H_
