#include "service/rpc/match_handlers.h"

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/matching/match_session.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

std::vector<IndexedAor> KnownMatches(
    const google::protobuf::RepeatedPtrField<v1::Match>& messages) {
  std::vector<IndexedAor> known;
  known.reserve(static_cast<std::size_t>(messages.size()));
  for (const v1::Match& message : messages) known.push_back({message.index(), message.aor()});
  return known;
}

void AddMatches(const std::vector<IndexedAor>& matches,
                google::protobuf::RepeatedPtrField<v1::Match>& messages) {
  messages.Reserve(static_cast<int>(matches.size()));
  for (const IndexedAor& match : matches) {
    v1::Match& message = *messages.Add();
    message.set_index(match.index);
    message.set_aor(match.aor.data(), match.aor.size());
  }
}

// MatchContactsResponse and MatchContactsStreamResponse have the same fields.
template <typename Response, typename Request>
absl::StatusOr<Response> Answer(MatchSession& session, const Request& request, absl::Time now,
                                MatchSizes& sizes) {
  ASSIGN_OR_RETURN(const MatchAnswer answer,
                   session.Match(request.digests(), KnownMatches(request.known_matches()), now));
  const std::size_t contacts = request.digests().size() / crypto::Digest::kSize;
  sizes.contacts.Observe(static_cast<double>(contacts));
  sizes.hits.Observe(static_cast<double>(answer.matches.size()));
  Response response;
  AddMatches(answer.matches, *response.mutable_matches());
  AddMatches(answer.revoked, *response.mutable_revoked_matches());
  response.set_revision(answer.revision);
  response.set_full(answer.full);
  *response.mutable_next_check_delay() = ToProto(answer.next_check_delay);
  return response;
}

// Reads a batch, answers it, reads the next.
class StreamReactor final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  StreamReactor(const MatchContext& matching, grpc::CallbackServerContext& context)
      : matching_(matching), log_(LogOf(matching.door.log(), context)) {
    matching_.door.Admit(context, [this](absl::StatusOr<Caller> caller) {
      if (!caller.ok()) return End(caller.status());
      caller_ = *std::move(caller);
      StartRead(&request_);
    });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());
    absl::StatusOr<v1::MatchContactsStreamResponse> answer = Handle();
    if (!answer.ok()) return End(answer.status());
    response_ = Encode(*answer);
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());  // nobody is there to hear of an error
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  absl::StatusOr<v1::MatchContactsStreamResponse> Handle() {
    ASSIGN_OR_RETURN(const auto request, Decode<v1::MatchContactsStreamRequest>(
                                             request_, matching_.door.message_bytes_max()));
    const absl::Time now = matching_.clock();
    if (!session_.has_value()) {
      ASSIGN_OR_RETURN(session_,
                       MatchSession::Begin(caller_->account, caller_->tenant, request.epoch(),
                                           request.since_revision(), matching_.quota, now));
    } else if (request.epoch() != 0 && request.epoch() != session_->epoch()) {
      return InvalidField("epoch", "it is the same in the whole stream");
    } else if (request.since_revision() != 0 &&
               request.since_revision() != session_->since_revision()) {
      return InvalidField("since_revision", "it is the same in the whole stream");
    }
    return Answer<v1::MatchContactsStreamResponse>(*session_, request, now, matching_.sizes);
  }

  void End(const absl::Status& status) { Finish(Conclude(log_, "MatchContactsStream", status)); }

  const MatchContext& matching_;
  const Log log_;
  std::optional<Caller> caller_;
  std::optional<MatchSession> session_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

grpc::ServerUnaryReactor* MatchServiceHandlers::MatchContacts(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<v1::MatchContactsRequest>(
      context_.door, "MatchContacts", context, request, response,
      [this](const Caller& caller,
             const auto& message) -> absl::StatusOr<v1::MatchContactsResponse> {
        const absl::Time now = context_.clock();
        ASSIGN_OR_RETURN(MatchSession session,
                         MatchSession::Begin(caller.account, caller.tenant, message.epoch(),
                                             message.since_revision(), context_.quota, now));
        return Answer<v1::MatchContactsResponse>(session, message, now, context_.sizes);
      });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>*
MatchServiceHandlers::MatchContactsStream(grpc::CallbackServerContext* context) {
  return new StreamReactor(context_, *context);
}

}  // namespace smartcontacts::service
