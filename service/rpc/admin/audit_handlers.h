// smartcontacts.admin.v1.AuditService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_AUDIT_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_AUDIT_HANDLERS_H_

#include "absl/status/statusor.h"
#include "service/rpc/admin/admin_door.h"
#include "smartcontacts/admin/v1/audit_service.grpc.pb.h"
#include "storage/audit_store.h"

namespace smartcontacts::service {

using RawAuditService = admin::v1::AuditService::WithRawCallbackMethod_ListAuditEntries<
    admin::v1::AuditService::WithRawCallbackMethod_VerifyAuditChain<
        admin::v1::AuditService::Service>>;

// Safe for concurrent use. What it is given must outlive it.
class AuditServiceHandlers final : public RawAuditService {
 public:
  AuditServiceHandlers(const AdminDoor& door, storage::AuditStore& store)
      : door_(door), store_(store) {}

  grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* VerifyAuditChain(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override;

 private:
  absl::StatusOr<admin::v1::ListAuditEntriesResponse> List(
      const admin::v1::ListAuditEntriesRequest& request);
  absl::StatusOr<admin::v1::VerifyAuditChainResponse> Verify(
      const Administrator& administrator, const admin::v1::VerifyAuditChainRequest& request);

  const AdminDoor& door_;
  storage::AuditStore& store_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_AUDIT_HANDLERS_H_
