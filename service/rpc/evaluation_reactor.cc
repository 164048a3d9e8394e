#include <optional>
#include <utility>

#include "domain/status_macros.h"
#include "service/error.h"
#include "service/private_match/private_access.h"
#include "service/rpc/call.h"
#include "service/rpc/evaluated_message.h"
#include "service/rpc/private_match_handlers.h"

namespace smartcontacts::service {
namespace {

// Reads a batch, has it evaluated where that may take its time, answers it, reads the next.
class EvaluationReactor final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  EvaluationReactor(const PrivateMatchContext& context, grpc::CallbackServerContext& call)
      : context_(context), log_(LogOf(context.door.log(), call)) {
    context_.door.Admit(call, [this](absl::StatusOr<Caller> caller) {
      if (!caller.ok()) return End(caller.status());
      account_ = std::move(caller->account);
      StartRead(&request_);
    });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());
    const absl::Status taken = context_.evaluation_door.Submit([this] {
      const absl::StatusOr<v1::EvaluateBlindedStreamResponse> answer = Handle();
      if (!answer.ok()) return End(answer.status());
      response_ = Encode(*answer);
      StartWrite(&response_);
    });
    if (!taken.ok()) End(taken);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());  // nobody is there to hear of an error
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  absl::StatusOr<v1::EvaluateBlindedStreamResponse> Handle() {
    ASSIGN_OR_RETURN(const auto request, Decode<v1::EvaluateBlindedStreamRequest>(
                                             request_, context_.door.message_bytes_max()));
    const absl::Time now = context_.clock();
    if (epoch_ == 0) {
      epoch_ = request.epoch();
    } else if (request.epoch() != 0 && request.epoch() != epoch_) {
      return InvalidField("epoch", "it is the same in the whole stream");
    }
    // Of now: what the operator has changed since counts, and an idle stream holds no directory.
    ASSIGN_OR_RETURN(const Caller caller, context_.door.Reenter(*account_));
    RETURN_IF_ERROR(CheckPrivateAccess(*caller.tenant, account_->aor, epoch_, now));
    ASSIGN_OR_RETURN(const EvaluatedBatch batch,
                     context_.evaluator.Evaluate(*account_, *caller.tenant, epoch_,
                                                 request.blinded_elements(), now));
    return EvaluatedMessage<v1::EvaluateBlindedStreamResponse>(batch, epoch_);
  }

  void End(const absl::Status& status) { Finish(Conclude(log_, "EvaluateBlindedStream", status)); }

  const PrivateMatchContext& context_;
  const Log log_;
  std::optional<Account> account_;
  std::int64_t epoch_ = 0;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartEvaluation(
    const PrivateMatchContext& context, grpc::CallbackServerContext* call) {
  return new EvaluationReactor(context, *call);
}

}  // namespace smartcontacts::service
