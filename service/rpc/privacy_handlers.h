// smartcontacts.v1.PrivacyService: the subscriber's rights.

#ifndef SMART_CONTACTS_SERVICE_RPC_PRIVACY_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_PRIVACY_HANDLERS_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/signing.h"
#include "service/clock.h"
#include "service/quota/match_quota_keeper.h"
#include "service/rpc/app_door.h"
#include "smartcontacts/v1/privacy_service.grpc.pb.h"
#include "storage/store.h"

namespace smartcontacts::service {

struct PrivacyContext {
  const BlockingAppDoor& door;
  storage::Store& store;
  TenantCache& tenants;
  MatchQuotaKeeper& quota;
  const crypto::Signer& receipt_signer;
  Clock clock;
  absl::Duration retention_ceiling;
};

using RawPrivacyService = v1::PrivacyService::WithRawCallbackMethod_GetMyData<
    v1::PrivacyService::WithRawCallbackMethod_EraseMyData<
        v1::PrivacyService::WithRawCallbackMethod_SetDiscoverability<v1::PrivacyService::Service>>>;

// Safe for concurrent use. What it is given must outlive it.
class PrivacyServiceHandlers final : public RawPrivacyService {
 public:
  explicit PrivacyServiceHandlers(PrivacyContext context) : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* GetMyData(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* EraseMyData(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* SetDiscoverability(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* response) override;

 private:
  absl::StatusOr<v1::GetMyDataResponse> Get(const Caller& caller);
  absl::StatusOr<v1::EraseMyDataResponse> Erase(const Caller& caller,
                                                const v1::EraseMyDataRequest& request);
  absl::StatusOr<v1::SetDiscoverabilityResponse> Set(const Caller& caller,
                                                     const v1::SetDiscoverabilityRequest& request);

  const PrivacyContext context_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_PRIVACY_HANDLERS_H_
