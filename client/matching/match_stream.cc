#include "client/matching/match_stream.h"

namespace smartcontacts::client {

MatchStream::MatchStream(const Connection& connection, std::int64_t epoch)
    : context_(connection.NewCall()),
      stub_(v1::MatchService::NewStub(connection.channel())),
      stream_(stub_->MatchContactsStream(context_.get())),
      epoch_(epoch) {}

absl::StatusOr<v1::MatchContactsStreamResponse> MatchStream::Ask(const std::string& digests) {
  v1::MatchContactsStreamRequest request;
  request.set_epoch(epoch_);
  request.set_digests(digests);
  v1::MatchContactsStreamResponse response;
  if (!stream_->Write(request) || !stream_->Read(&response)) {
    const absl::Status status = ToStatus(stream_->Finish());
    return status.ok() ? absl::UnavailableError("the service ended the stream early") : status;
  }
  return response;
}

absl::Status MatchStream::Close() {
  stream_->WritesDone();
  return ToStatus(stream_->Finish());
}

}  // namespace smartcontacts::client
