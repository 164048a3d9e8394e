// smartcontacts.admin.v1.TenantService and EpochService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_TENANT_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_TENANT_HANDLERS_H_

#include <utility>

#include "absl/status/statusor.h"
#include "service/clock.h"
#include "service/matching/tenant_cache.h"
#include "service/rpc/admin/admin_door.h"
#include "smartcontacts/admin/v1/epoch_service.grpc.pb.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"
#include "storage/store.h"

namespace smartcontacts::service {

// Raw bytes in and out, see codec.h.
using RawTenantService = admin::v1::TenantService::WithRawCallbackMethod_CreateTenant<
    admin::v1::TenantService::WithRawCallbackMethod_GetTenant<
        admin::v1::TenantService::WithRawCallbackMethod_ListTenants<
            admin::v1::TenantService::WithRawCallbackMethod_UpdateTenant<
                admin::v1::TenantService::Service>>>>;

// Safe for concurrent use. What it is given must outlive it.
class TenantServiceHandlers final : public RawTenantService {
 public:
  TenantServiceHandlers(const AdminDoor& door, storage::Store& store, TenantCache& tenants,
                        Clock clock)
      : door_(door), store_(store), tenants_(tenants), clock_(std::move(clock)) {}

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
      const admin::v1::CreateTenantRequest& request);
  absl::StatusOr<admin::v1::ListTenantsResponse> List(const admin::v1::ListTenantsRequest& request);
  absl::StatusOr<admin::v1::UpdateTenantResponse> Update(
      const admin::v1::UpdateTenantRequest& request);

  const AdminDoor& door_;
  storage::Store& store_;
  TenantCache& tenants_;
  const Clock clock_;
};

using RawEpochService = admin::v1::EpochService::WithRawCallbackMethod_RotateEpoch<
    admin::v1::EpochService::WithRawCallbackMethod_ListEpochs<
        admin::v1::EpochService::WithGenericMethod_RewrapKeys<admin::v1::EpochService::Service>>>;

// As TenantServiceHandlers.
class EpochServiceHandlers final : public RawEpochService {
 public:
  EpochServiceHandlers(const AdminDoor& door, storage::Store& store, TenantCache& tenants,
                       Clock clock)
      : door_(door), store_(store), tenants_(tenants), clock_(std::move(clock)) {}

  grpc::ServerUnaryReactor* RotateEpoch(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListEpochs(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;

 private:
  absl::StatusOr<admin::v1::RotateEpochResponse> Rotate(
      const admin::v1::RotateEpochRequest& request);
  absl::StatusOr<admin::v1::ListEpochsResponse> List(const admin::v1::ListEpochsRequest& request);

  const AdminDoor& door_;
  storage::Store& store_;
  TenantCache& tenants_;
  const Clock clock_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_TENANT_HANDLERS_H_
