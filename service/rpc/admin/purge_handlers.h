// smartcontacts.admin.v1.PurgeService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_PURGE_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_PURGE_HANDLERS_H_

#include <utility>

#include "service/rpc/admin/purge.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"

namespace smartcontacts::service {

using RawPurgeService = admin::v1::PurgeService::WithRawCallbackMethod_Purge<
    admin::v1::PurgeService::WithRawCallbackMethod_VerifyReceipt<admin::v1::PurgeService::Service>>;

// Safe for concurrent use. What it is given must outlive it.
class PurgeServiceHandlers final : public RawPurgeService {
 public:
  // A purge comes in by `long_door`, on whose workers it may stay for hours; the rest by `door`.
  PurgeServiceHandlers(const AdminDoor& door, const AdminDoor& long_door, PurgeContext context)
      : door_(door), long_door_(long_door), context_(std::move(context)) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Purge(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* VerifyReceipt(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;

 private:
  const AdminDoor& door_;
  const AdminDoor& long_door_;
  const PurgeContext context_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_PURGE_HANDLERS_H_
