#include "client/private_matching/directory_reader.h"

#include "client/private_matching/misbehaviour.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

using crypto::SealedDirectoryPart;

v1::GetSealedDirectoryRequest RequestFor(const AskedPart& asked, std::int64_t epoch) {
  v1::GetSealedDirectoryRequest request;
  request.set_epoch(epoch);
  switch (asked.part) {
    case SealedDirectoryPart::kWhole:
      request.mutable_whole();
      break;
    case SealedDirectoryPart::kFilter:
      request.mutable_filter();
      break;
    case SealedDirectoryPart::kBuckets:
      request.mutable_buckets()->mutable_buckets()->Add(asked.buckets.begin(), asked.buckets.end());
      request.mutable_buckets()->set_revision(asked.revision.value_or(0));
      break;
    case SealedDirectoryPart::kChanges:
      request.mutable_changes()->set_since_revision(asked.since_revision);
      break;
  }
  return request;
}

// One call. It ends with the object, whether or not all was read.
class PartCall {
 public:
  PartCall(const Connection& connection, v1::PrivateMatchService::Stub& stub,
           const v1::GetSealedDirectoryRequest& request, std::int64_t& downloaded_bytes)
      : context_(connection.NewCall()),
        stream_(stub.GetSealedDirectory(context_.get(), request)),
        downloaded_bytes_(downloaded_bytes) {}
  ~PartCall() {
    if (finished_) return;
    context_->TryCancel();
    while (stream_->Read(&piece_)) {
    }
    stream_->Finish();
  }
  PartCall(const PartCall&) = delete;
  PartCall& operator=(const PartCall&) = delete;

  absl::StatusOr<crypto::SealedDirectoryHeader> ReadHeader(const AskedPart& asked,
                                                           const DirectoryTrust& trust) {
    if (!ReadPiece()) {
      RETURN_IF_ERROR(Finish());
      return Misbehaviour("the sealed directory was sent without a header");
    }
    if (!piece_.has_header()) return Misbehaviour("the sealed directory begins with no header");
    return CheckHeader(piece_.header(), asked, trust);
  }

  absl::Status ReadContent(ContentCheck& check, const ContentSink& sink) {
    while (ReadPiece()) {
      if (!piece_.has_chunk()) return Misbehaviour("the sealed directory has a second header");
      RETURN_IF_ERROR(check.Add(piece_.chunk(), sink));
    }
    RETURN_IF_ERROR(Finish());
    return check.Finish();
  }

 private:
  bool ReadPiece() {
    if (!stream_->Read(&piece_)) return false;
    downloaded_bytes_ += static_cast<std::int64_t>(piece_.ByteSizeLong());
    return true;
  }

  absl::Status Finish() {
    finished_ = true;
    return ToStatus(stream_->Finish());
  }

  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<grpc::ClientReader<v1::GetSealedDirectoryResponse>> stream_;
  std::int64_t& downloaded_bytes_;
  v1::GetSealedDirectoryResponse piece_;
  bool finished_ = false;
};

}  // namespace

absl::StatusOr<crypto::SealedDirectoryHeader> DirectoryReader::Read(const AskedPart& asked,
                                                                    const ContentSink& sink) {
  PartCall call(connection_, *stub_, RequestFor(asked, trust_.epoch), downloaded_bytes_);
  ASSIGN_OR_RETURN(crypto::SealedDirectoryHeader header, call.ReadHeader(asked, trust_));
  ContentCheck check(header);
  RETURN_IF_ERROR(call.ReadContent(check, sink));
  return header;
}

absl::StatusOr<crypto::SealedDirectoryHeader> DirectoryReader::ReadHeader(const AskedPart& asked) {
  PartCall call(connection_, *stub_, RequestFor(asked, trust_.epoch), downloaded_bytes_);
  return call.ReadHeader(asked, trust_);
}

}  // namespace smartcontacts::client
