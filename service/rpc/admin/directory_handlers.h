// smartcontacts.admin.v1.DirectoryService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_DIRECTORY_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_DIRECTORY_HANDLERS_H_

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "service/clock.h"
#include "service/matching/tenant_cache.h"
#include "service/retention/sweeper.h"
#include "service/rpc/admin/admin_door.h"
#include "smartcontacts/admin/v1/directory_service.grpc.pb.h"
#include "storage/store.h"

namespace smartcontacts::service {

// What the directory's methods work with; shared with the reactors of imports.
struct DirectoryContext {
  const AdminDoor& door;
  storage::Store& store;
  TenantCache& tenants;
  Sweeper& sweeper;  // deletes what those who are removed had retained
  Clock clock;
  std::int64_t subscribers_max;
};

using RawDirectoryService = admin::v1::DirectoryService::WithRawCallbackMethod_UpsertSubscribers<
    admin::v1::DirectoryService::WithRawCallbackMethod_RemoveSubscribers<
        admin::v1::DirectoryService::WithRawCallbackMethod_GetSubscriber<
            admin::v1::DirectoryService::WithRawCallbackMethod_ListSubscribers<
                admin::v1::DirectoryService::WithRawCallbackMethod_ImportDirectory<
                    admin::v1::DirectoryService::Service>>>>>;

// Safe for concurrent use. What it is given must outlive it.
class DirectoryServiceHandlers final : public RawDirectoryService {
 public:
  explicit DirectoryServiceHandlers(DirectoryContext context) : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* UpsertSubscribers(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* RemoveSubscribers(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetSubscriber(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListSubscribers(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;
  grpc::ServerReadReactor<grpc::ByteBuffer>* ImportDirectory(grpc::CallbackServerContext* context,
                                                             grpc::ByteBuffer* response) override;

 private:
  absl::StatusOr<admin::v1::UpsertSubscribersResponse> Upsert(
      const Administrator& administrator, const admin::v1::UpsertSubscribersRequest& request);
  absl::StatusOr<admin::v1::RemoveSubscribersResponse> Remove(
      const Administrator& administrator, const admin::v1::RemoveSubscribersRequest& request);
  absl::StatusOr<admin::v1::GetSubscriberResponse> Get(
      const admin::v1::GetSubscriberRequest& request);
  absl::StatusOr<admin::v1::ListSubscribersResponse> List(
      const admin::v1::ListSubscribersRequest& request);

  const DirectoryContext context_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_DIRECTORY_HANDLERS_H_
