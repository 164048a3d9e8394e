// smartcontacts.v1.PrivateMatchService.

#ifndef SMART_CONTACTS_SERVICE_RPC_PRIVATE_MATCH_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_PRIVATE_MATCH_HANDLERS_H_

#include <utility>

#include "service/clock.h"
#include "service/private_match/blind_evaluator.h"
#include "service/private_match/sealed_directories.h"
#include "service/quota/account_slots.h"
#include "service/rpc/app_door.h"
#include "smartcontacts/v1/private_match_service.grpc.pb.h"
#include "storage/key_ring.h"

namespace smartcontacts::service {

struct PrivateMatchContext {
  const AppDoor& door;
  // Leads to the threads that evaluate, which do nothing else.
  const BlockingAppDoor& evaluation_door;
  // Leads to threads that may wait for a large directory to load.
  const BlockingAppDoor& directory_door;
  AccountSlots& directory_slots;
  BlindEvaluator& evaluator;
  SealedDirectories& directories;
  storage::KeyRing& keys;
  Clock clock;
};

using RawPrivateMatchService = v1::PrivateMatchService::WithRawCallbackMethod_EvaluateBlinded<
    v1::PrivateMatchService::WithRawCallbackMethod_EvaluateBlindedStream<
        v1::PrivateMatchService::WithRawCallbackMethod_GetSealedDirectory<
            v1::PrivateMatchService::Service>>>;

// Safe for concurrent use. What it is given must outlive it.
class PrivateMatchServiceHandlers final : public RawPrivateMatchService {
 public:
  explicit PrivateMatchServiceHandlers(PrivateMatchContext context)
      : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* EvaluateBlinded(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* EvaluateBlindedStream(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* GetSealedDirectory(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;

 private:
  const PrivateMatchContext context_;
};

// The streams.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartEvaluation(
    const PrivateMatchContext& context, grpc::CallbackServerContext* call);
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSealedDirectory(const PrivateMatchContext& context,
                                                                 grpc::CallbackServerContext* call,
                                                                 const grpc::ByteBuffer* request);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_PRIVATE_MATCH_HANDLERS_H_
