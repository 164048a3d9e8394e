// smartcontacts.v1.PolicyService.

#ifndef SMART_CONTACTS_SERVICE_RPC_POLICY_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_POLICY_HANDLERS_H_

#include "absl/time/time.h"
#include "service/rpc/app_door.h"
#include "smartcontacts/v1/policy_service.grpc.pb.h"
#include "storage/key_ring.h"

namespace smartcontacts::service {

// Safe for concurrent use. What it is given must outlive it.
class PolicyServiceHandlers final
    : public v1::PolicyService::WithRawCallbackMethod_GetPolicy<v1::PolicyService::Service> {
 public:
  // `retention_max`: the ceiling, see retention_period.h.
  PolicyServiceHandlers(const AppDoor& door, storage::KeyRing& keys, absl::Duration retention_max)
      : door_(door), keys_(keys), retention_max_(retention_max) {}

  grpc::ServerUnaryReactor* GetPolicy(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;

 private:
  const AppDoor& door_;
  storage::KeyRing& keys_;
  const absl::Duration retention_max_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_POLICY_HANDLERS_H_
