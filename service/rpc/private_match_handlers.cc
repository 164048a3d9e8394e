#include "service/rpc/private_match_handlers.h"

#include "domain/status_macros.h"
#include "service/private_match/private_access.h"
#include "service/rpc/call.h"
#include "service/rpc/evaluated_message.h"

namespace smartcontacts::service {

grpc::ServerUnaryReactor* PrivateMatchServiceHandlers::EvaluateBlinded(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<v1::EvaluateBlindedRequest>(
      context_.evaluation_door, "EvaluateBlinded", context, request, response,
      [this](const Caller& caller,
             const auto& message) -> absl::StatusOr<v1::EvaluateBlindedResponse> {
        const absl::Time now = context_.clock();
        RETURN_IF_ERROR(
            CheckPrivateAccess(*caller.tenant, caller.account.aor, message.epoch(), now));
        ASSIGN_OR_RETURN(
            const EvaluatedBatch batch,
            context_.evaluator.Evaluate(caller.account, *caller.tenant, message.epoch(),
                                        message.blinded_elements(), now));
        return EvaluatedMessage<v1::EvaluateBlindedResponse>(batch, message.epoch());
      });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>*
PrivateMatchServiceHandlers::EvaluateBlindedStream(grpc::CallbackServerContext* context) {
  return StartEvaluation(context_, context);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* PrivateMatchServiceHandlers::GetSealedDirectory(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return StartSealedDirectory(context_, context, request);
}

}  // namespace smartcontacts::service
