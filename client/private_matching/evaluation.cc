#include "client/private_matching/evaluation.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/private_matching/misbehaviour.h"
#include "crypto/oprf_client.h"
#include "domain/status_macros.h"
#include "smartcontacts/v1/private_match_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

// What of a message is not elements.
constexpr std::int64_t kMessageOverheadBytes = 64;

struct Answer {
  std::string evaluated_elements;
  std::string proof;
  std::string public_key;
  std::int64_t epoch = 0;
};

template <typename Message>
Answer AnswerOf(const Message& message) {
  return {message.evaluated_elements(), message.proof(), message.public_key(), message.epoch()};
}

absl::string_view View(const crypto::OprfPublicKey& key) {
  return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()};
}

// One call for a single batch, one stream for more.
class Calls {
 public:
  Calls(const Connection& connection, std::int64_t epoch, bool single)
      : stub_(v1::PrivateMatchService::NewStub(connection.channel())),
        context_(connection.NewCall()),
        epoch_(epoch) {
    if (!single) stream_ = stub_->EvaluateBlindedStream(context_.get());
  }

  absl::StatusOr<Answer> Ask(const std::string& elements) {
    return stream_ == nullptr ? AskOnce(elements) : AskInStream(elements);
  }

  absl::Status Close() {
    if (stream_ == nullptr) return absl::OkStatus();
    stream_->WritesDone();
    return ToStatus(stream_->Finish());
  }

 private:
  absl::StatusOr<Answer> AskOnce(const std::string& elements) {
    v1::EvaluateBlindedRequest request;
    request.set_epoch(epoch_);
    request.set_blinded_elements(elements);
    v1::EvaluateBlindedResponse response;
    RETURN_IF_ERROR(ToStatus(stub_->EvaluateBlinded(context_.get(), request, &response)));
    return AnswerOf(response);
  }

  absl::StatusOr<Answer> AskInStream(const std::string& elements) {
    v1::EvaluateBlindedStreamRequest request;
    request.set_epoch(epoch_);
    request.set_blinded_elements(elements);
    v1::EvaluateBlindedStreamResponse response;
    if (!stream_->Write(request) || !stream_->Read(&response)) {
      const absl::Status status = ToStatus(stream_->Finish());
      return status.ok() ? absl::UnavailableError("the service ended the stream early") : status;
    }
    return AnswerOf(response);
  }

  std::unique_ptr<v1::PrivateMatchService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<v1::EvaluateBlindedStreamRequest, v1::EvaluateBlindedStreamResponse>>
      stream_;
  const std::int64_t epoch_;
};

// As many elements as one message may have. No message can have more than the account may ever use
// at once.
absl::StatusOr<std::size_t> BatchSize(const v1::GetPolicyResponse& policy) {
  const std::int64_t by_bytes = (policy.limits().message_bytes_max() - kMessageOverheadBytes) /
                                static_cast<std::int64_t>(crypto::BlindedElement::kSize);
  const std::int64_t size = std::min({
      std::int64_t{policy.limits().blinded_elements_per_message_max()},
      policy.match_quota().evaluation_capacity(),
      by_bytes,
      std::int64_t{crypto::kOprfBatchSizeMax},
  });
  if (size < 1) return absl::InternalError("the service's policy allows no evaluations");
  return static_cast<std::size_t>(size);
}

class Evaluator {
 public:
  Evaluator(crypto::VoprfClient client, const crypto::OprfPublicKey& key, std::int64_t epoch)
      : client_(std::move(client)), key_(key), epoch_(epoch) {}

  absl::StatusOr<std::vector<crypto::OprfOutput>> Evaluate(
      Calls& calls, absl::Span<const std::string> identifiers) const {
    const std::vector<absl::string_view> inputs(identifiers.begin(), identifiers.end());
    ASSIGN_OR_RETURN(const crypto::BlindedBatch batch, client_.Blind(inputs));
    std::string packed;
    packed.reserve(batch.elements.size() * crypto::BlindedElement::kSize);
    for (const crypto::BlindedElement& element : batch.elements) {
      packed.append(reinterpret_cast<const char*>(element.bytes.data()), element.bytes.size());
    }
    ASSIGN_OR_RETURN(const Answer answer, calls.Ask(packed));
    return Open(inputs, batch, answer);
  }

 private:
  absl::StatusOr<std::vector<crypto::OprfOutput>> Open(absl::Span<const absl::string_view> inputs,
                                                       const crypto::BlindedBatch& batch,
                                                       const Answer& answer) const {
    if (answer.epoch != epoch_) return Misbehaviour("an evaluation is of another epoch");
    if (answer.public_key != View(key_)) {
      return Misbehaviour(
          "an evaluation names another public key than the one that the epoch's directory is "
          "signed with");
    }
    const auto evaluated = crypto::ParseEvaluatedElements(answer.evaluated_elements);
    if (!evaluated.ok() || evaluated->size() != batch.elements.size()) {
      return Misbehaviour("an evaluation has another number of elements than were sent");
    }
    const absl::StatusOr<crypto::OprfProof> proof = crypto::ParseOprfProof(answer.proof);
    if (!proof.ok()) return Misbehaviour("the proof of an evaluation has a wrong size");
    absl::StatusOr<std::vector<crypto::OprfOutput>> outputs =
        client_.Finalize(inputs, batch, *evaluated, *proof);
    if (!outputs.ok()) {
      return Misbehaviour(absl::StrCat("the proof of an evaluation does not hold (",
                                       outputs.status().message(), ")"));
    }
    return outputs;
  }

  const crypto::VoprfClient client_;
  const crypto::OprfPublicKey key_;
  const std::int64_t epoch_;
};

}  // namespace

absl::Status EvaluateIdentifiers(const Connection& connection, const v1::GetPolicyResponse& policy,
                                 const crypto::OprfPublicKey& key,
                                 std::vector<std::string> identifiers,
                                 const std::function<void(const std::string& identifier,
                                                          crypto::OprfOutput output)>& on_output) {
  if (identifiers.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::size_t batch_size, BatchSize(policy));
  ASSIGN_OR_RETURN(crypto::VoprfClient client, crypto::VoprfClient::Create(key));
  const std::int64_t epoch = policy.epoch().number();
  const Evaluator evaluator(std::move(client), key, epoch);
  // Sorted identifiers would tell by their batch which are small.
  std::shuffle(identifiers.begin(), identifiers.end(), absl::BitGen());
  Calls calls(connection, epoch, /*single=*/identifiers.size() <= batch_size);
  for (absl::Span<const std::string> rest(identifiers); !rest.empty();) {
    const absl::Span<const std::string> batch = rest.subspan(0, batch_size);
    ASSIGN_OR_RETURN(std::vector<crypto::OprfOutput> outputs, evaluator.Evaluate(calls, batch));
    for (std::size_t i = 0; i < batch.size(); ++i) on_output(batch[i], std::move(outputs[i]));
    rest.remove_prefix(batch.size());
  }
  return calls.Close();
}

}  // namespace smartcontacts::client
