// smartcontacts.admin.v1.EpochService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_EPOCH_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_EPOCH_HANDLERS_H_

#include <utility>

#include "absl/status/statusor.h"
#include "service/clock.h"
#include "service/matching/tenant_cache.h"
#include "service/private_match/directory_sealer.h"
#include "service/rpc/admin/admin_door.h"
#include "service/rpc/progress.h"
#include "smartcontacts/admin/v1/epoch_service.grpc.pb.h"
#include "storage/key_ring.h"
#include "storage/store.h"

namespace smartcontacts::service {

// What the epochs' methods work with.
struct EpochContext {
  const AdminDoor& door;
  const AdminDoor& long_door;  // for work that takes long, on workers of its own
  storage::Store& store;
  storage::KeyRing& keys;
  TenantCache& tenants;
  DirectorySealer& sealer;
  Clock clock;
};

using RawEpochService = admin::v1::EpochService::WithRawCallbackMethod_RotateEpoch<
    admin::v1::EpochService::WithRawCallbackMethod_ListEpochs<
        admin::v1::EpochService::WithRawCallbackMethod_RewrapKeys<
            admin::v1::EpochService::Service>>>;

// Safe for concurrent use. What it is given must outlive it.
class EpochServiceHandlers final : public RawEpochService {
 public:
  explicit EpochServiceHandlers(EpochContext context) : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* RotateEpoch(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListEpochs(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* RewrapKeys(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;

 private:
  absl::StatusOr<admin::v1::EpochStatus> RotateNow(const TenantId& id,
                                                   const Administrator& administrator,
                                                   absl::Duration overlap);
  // The epoch begins when its sealed directory is complete.
  absl::StatusOr<admin::v1::EpochStatus> Prepare(const Tenant& tenant,
                                                 const Administrator& administrator,
                                                 absl::Duration overlap);
  absl::StatusOr<admin::v1::RotateEpochResponse> Rotate(
      const Administrator& administrator, const admin::v1::RotateEpochRequest& request);
  absl::StatusOr<admin::v1::ListEpochsResponse> List(const admin::v1::ListEpochsRequest& request);

  absl::StatusOr<admin::v1::RewrapKeysResponse> Rewrap(const Administrator& administrator,
                                                       ProgressStream& progress);

  const EpochContext context_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_EPOCH_HANDLERS_H_
