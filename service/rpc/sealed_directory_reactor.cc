#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "domain/status_macros.h"
#include "service/error.h"
#include "service/private_match/private_access.h"
#include "service/private_match/sealed_answer.h"
#include "service/rpc/call.h"
#include "service/rpc/private_match_handlers.h"

namespace smartcontacts::service {
namespace {

constexpr std::size_t kChunkBytesMax = 1 << 20;

absl::StatusOr<SealedRequest> Read(const v1::GetSealedDirectoryRequest& message) {
  SealedRequest request;
  switch (message.part_case()) {
    case v1::GetSealedDirectoryRequest::kWhole:
      request.part = crypto::SealedDirectoryPart::kWhole;
      return request;
    case v1::GetSealedDirectoryRequest::kBuckets:
      request.part = crypto::SealedDirectoryPart::kBuckets;
      request.revision = message.buckets().revision();
      request.buckets.assign(message.buckets().buckets().begin(),
                             message.buckets().buckets().end());
      return request;
    case v1::GetSealedDirectoryRequest::kFilter:
      request.part = crypto::SealedDirectoryPart::kFilter;
      return request;
    case v1::GetSealedDirectoryRequest::kChanges:
      request.part = crypto::SealedDirectoryPart::kChanges;
      request.since_revision = message.changes().since_revision();
      return request;
    case v1::GetSealedDirectoryRequest::PART_NOT_SET:
      break;
  }
  return InvalidField("part", "required: whole, buckets, filter or changes");
}

v1::GetSealedDirectoryResponse HeaderMessage(const SealedAnswer& answer) {
  const crypto::SealedDirectoryHeader& header = answer.header;
  v1::GetSealedDirectoryResponse response;
  v1::SealedDirectoryHeader& message = *response.mutable_header();
  message.set_part(static_cast<v1::SealedDirectoryPart>(header.part));
  message.set_epoch(header.epoch);
  message.set_revision(header.revision);
  message.set_since_revision(header.since_revision);
  message.set_entry_count(header.entry_count);
  message.set_entry_size(static_cast<std::int32_t>(header.entry_size));
  message.set_bucket_bits(static_cast<std::int32_t>(header.bucket_bits));
  message.set_content_hash(header.content_hash.data(), header.content_hash.size());
  message.set_public_key(header.public_key.bytes.data(), header.public_key.bytes.size());
  message.mutable_buckets()->Assign(header.buckets.begin(), header.buckets.end());
  message.set_signature(answer.signature.data(), answer.signature.size());
  return response;
}

static_assert(static_cast<int>(crypto::SealedDirectoryPart::kWhole) ==
              v1::SEALED_DIRECTORY_PART_WHOLE);
static_assert(static_cast<int>(crypto::SealedDirectoryPart::kBuckets) ==
              v1::SEALED_DIRECTORY_PART_BUCKETS);
static_assert(static_cast<int>(crypto::SealedDirectoryPart::kFilter) ==
              v1::SEALED_DIRECTORY_PART_FILTER);
static_assert(static_cast<int>(crypto::SealedDirectoryPart::kChanges) ==
              v1::SEALED_DIRECTORY_PART_CHANGES);

// Cuts an answer into messages, one at a time.
class Chunks {
 public:
  explicit Chunks(SealedAnswer answer)
      : answer_(std::move(answer)),
        removed_(answer_.removed_locators),
        entries_bytes_max_(kChunkBytesMax / answer_.header.entry_size * answer_.header.entry_size) {
  }

  // Nothing: that was all.
  std::optional<v1::GetSealedDirectoryResponse> Next() {
    if (!header_sent_) {
      header_sent_ = true;
      return HeaderMessage(answer_);
    }
    v1::GetSealedDirectoryResponse message;
    if (!removed_.empty()) {
      message.mutable_chunk()->set_removed_locators(Take(removed_, kChunkBytesMax));
      return message;
    }
    // Buckets are small: as many as fit go together.
    std::string& entries = *message.mutable_chunk()->mutable_entries();
    while (next_ < answer_.entries.size() && entries.size() < entries_bytes_max_) {
      entries += Take(answer_.entries[next_], entries_bytes_max_ - entries.size());
      if (answer_.entries[next_].empty()) ++next_;
    }
    if (!entries.empty()) return message;
    message.mutable_chunk()->clear_entries();
    if (answer_.filter.empty()) return std::nullopt;
    message.mutable_chunk()->set_filter(Take(answer_.filter, kChunkBytesMax));
    return message;
  }

 private:
  static std::string Take(std::string_view& bytes, std::size_t size_max) {
    const std::string_view taken = bytes.substr(0, size_max);
    bytes.remove_prefix(taken.size());
    return std::string(taken);
  }

  SealedAnswer answer_;
  std::string_view removed_;
  const std::size_t entries_bytes_max_;
  bool header_sent_ = false;
  std::size_t next_ = 0;  // of the answer's entries
};

// Makes the answer on a worker and writes it as fast as the client reads.
class SealedDirectoryReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  SealedDirectoryReactor(const PrivateMatchContext& context, grpc::CallbackServerContext& call,
                         const grpc::ByteBuffer* request)
      : context_(context), log_(LogOf(context.door.log(), call)), request_(request) {
    context_.directory_door.Admit(call, [this](const absl::StatusOr<Caller>& caller) {
      absl::StatusOr<SealedAnswer> answer =
          caller.ok() ? Answer(*caller) : absl::StatusOr<SealedAnswer>(caller.status());
      if (!answer.ok()) return End(answer.status());
      chunks_.emplace(*std::move(answer));
      WriteNext();
    });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());  // nobody is there to hear of an error
    WriteNext();
  }
  void OnDone() override {
    if (slot_.has_value()) context_.directory_slots.Release(*slot_);
    delete this;
  }

 private:
  absl::StatusOr<SealedAnswer> Answer(const Caller& caller) {
    RETURN_IF_ERROR(context_.directory_slots.Take(caller.account));
    slot_ = caller.account;
    ASSIGN_OR_RETURN(const auto message,
                     Decode<v1::GetSealedDirectoryRequest>(
                         *request_, context_.directory_door.message_bytes_max()));
    const TenantId& tenant = caller.account.tenant;
    RETURN_IF_ERROR(
        CheckPrivateAccess(*caller.tenant, caller.account.aor, message.epoch(), context_.clock()));
    ASSIGN_OR_RETURN(const SealedRequest request, Read(message));
    ASSIGN_OR_RETURN(auto directory, context_.directories.Get(tenant, message.epoch()));
    ASSIGN_OR_RETURN(const auto keys, context_.keys.Get(tenant));
    return AnswerSealed(std::move(directory), request, *keys);
  }

  void WriteNext() {
    const std::optional<v1::GetSealedDirectoryResponse> message = chunks_->Next();
    if (!message.has_value()) return End(absl::OkStatus());
    buffer_ = Encode(*message);
    StartWrite(&buffer_);
  }

  void End(const absl::Status& status) { Finish(Conclude(log_, "GetSealedDirectory", status)); }

  const PrivateMatchContext& context_;
  const Log log_;
  const grpc::ByteBuffer* const request_;
  std::optional<Account> slot_;  // what was taken
  std::optional<Chunks> chunks_;
  grpc::ByteBuffer buffer_;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSealedDirectory(const PrivateMatchContext& context,
                                                                 grpc::CallbackServerContext* call,
                                                                 const grpc::ByteBuffer* request) {
  return new SealedDirectoryReactor(context, *call, request);
}

}  // namespace smartcontacts::service
