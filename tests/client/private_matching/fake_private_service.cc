#include "tests/client/private_matching/fake_private_service.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/private_matching/directory_check.h"
#include "crypto/locator_filter.h"
#include "crypto/sealed_directory_header.h"
#include "crypto/sealed_entry.h"
#include "crypto/secret.h"
#include "tests/client/refusal.h"

namespace smartcontacts::client {
namespace {

constexpr std::size_t kEntrySize = crypto::SealedEntrySize(FakePrivateService::kLabelSize);

crypto::SecretKey Seed(std::uint8_t number) {
  const std::vector<std::uint8_t> bytes(crypto::SecretKey::kSize, number);
  return *crypto::SecretKey::FromBytes(bytes);
}

std::unique_ptr<crypto::OprfServer> OprfOf(std::int64_t epoch) {
  return std::make_unique<crypto::OprfServer>(
      *crypto::OprfServer::FromSeed(crypto::OprfMode::kVoprf, Seed(1), absl::StrCat(epoch)));
}

template <typename Bytes>
std::string Text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

crypto::Locator LocatorAt(const std::string& entry) {
  return crypto::ParseEntryHeader(entry)->locator;
}

}  // namespace

std::string EntriesOf(const DirectoryAnswer& answer) {
  std::string entries;
  for (const v1::SealedDirectoryChunk& chunk : answer.chunks) entries += chunk.entries();
  return entries;
}

void SetEntries(DirectoryAnswer& answer, const std::string& entries) {
  for (v1::SealedDirectoryChunk& chunk : answer.chunks) chunk.clear_entries();
  answer.chunks.emplace_back().set_entries(entries);
}

FakePrivateService::FakePrivateService() {
  crypto::InitializeOrDie();
  oprf_ = OprfOf(epoch_);
  signer_ = std::make_unique<crypto::Signer>(Seed(2), crypto::SignaturePurpose::kSealedDirectory);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(static_cast<v1::PrivateMatchService::Service*>(this));
  builder.RegisterService(static_cast<v1::PolicyService::Service*>(this));
  server_ = builder.BuildAndStart();
  connection_ = std::make_unique<Connection>(
      *Connection::Open({.server = absl::StrCat("127.0.0.1:", port), .plaintext = true}));
}

FakePrivateService::~FakePrivateService() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

void FakePrivateService::Put(const std::string& identifier, const std::string& aor) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  rows_.push_back({.identifier = identifier,
                   .aor = aor,
                   .version = static_cast<std::uint64_t>(revision_),
                   .revision = revision_});
}

void FakePrivateService::PutUnder(const crypto::OprfOutput& output, const std::string& label) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  rows_.push_back({.output = *crypto::OprfOutput::FromBytes(output.bytes()),
                   .aor = label,
                   .version = static_cast<std::uint64_t>(revision_),
                   .revision = revision_});
}

void FakePrivateService::Pad(std::size_t count) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < count; ++i) {
    rows_.push_back({.version = rows_.size(), .revision = revision_, .padding = true});
  }
}

void FakePrivateService::Remove(const std::string& identifier, const std::string& aor) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  std::erase_if(rows_, [&](const Row& row) {
    return !row.identifier.empty() && row.identifier == identifier && row.aor == aor;
  });
  removals_.push_back({identifier, revision_});
}

void FakePrivateService::Rotate() {
  const std::lock_guard lock(mutex_);
  oprf_ = OprfOf(++epoch_);
}

void FakePrivateService::BecomeAnotherTenant() {
  const std::lock_guard lock(mutex_);
  signer_ = std::make_unique<crypto::Signer>(Seed(3), crypto::SignaturePurpose::kSealedDirectory);
}

crypto::OprfOutput FakePrivateService::OutputOf(const std::string& identifier) const {
  return *oprf_->Evaluate(identifier);
}

v1::GetPolicyResponse FakePrivateService::Policy() const {
  const std::lock_guard lock(mutex_);
  v1::GetPolicyResponse policy;
  policy.set_matching_allowed(true);
  policy.mutable_epoch()->set_number(epoch_);
  policy.mutable_dial_plan()->set_default_region("DE");
  policy.mutable_limits()->set_blinded_elements_per_message_max(batch_max_);
  policy.mutable_limits()->set_message_bytes_max(1024 * 1024);
  policy.mutable_match_quota()->set_evaluation_capacity(evaluation_capacity_);
  policy.set_private_mode(mode_);
  policy.mutable_refresh_delay()->set_seconds(3600);
  policy.mutable_private_match()->set_directory_public_key(Text(signer_->public_key()));
  policy.mutable_private_match()->set_download_whole(download_whole_);
  return policy;
}

grpc::Status FakePrivateService::GetPolicy(grpc::ServerContext*, const v1::GetPolicyRequest*,
                                           v1::GetPolicyResponse* response) {
  *response = Policy();
  return grpc::Status::OK;
}

grpc::Status FakePrivateService::Evaluate(std::int64_t epoch, const std::string& elements,
                                          v1::EvaluateBlindedStreamResponse& response) {
  if (before_evaluation_) before_evaluation_();
  const std::lock_guard lock(mutex_);
  if (!evaluation_errors_.empty()) {
    const grpc::Status error = evaluation_errors_.front();
    evaluation_errors_.pop_front();
    if (!error.ok()) return error;
  }
  if (epoch != epoch_) {
    return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED");
  }
  const auto blinded = crypto::ParseBlindedElements(elements);
  if (!blinded.ok() || static_cast<int>(blinded->size()) > batch_max_) {
    return Refusal(grpc::StatusCode::INVALID_ARGUMENT, "BATCH_TOO_LARGE");
  }
  batches_.push_back(blinded->size());
  const crypto::OprfServer& oprf = other_key_ != nullptr ? *other_key_ : *oprf_;
  std::vector<crypto::EvaluatedElement> evaluated(blinded->size());
  if (!oprf.EvaluateElements(*blinded, absl::MakeSpan(evaluated)).ok()) {
    return Refusal(grpc::StatusCode::INVALID_ARGUMENT, "ELEMENT_INVALID");
  }
  for (const crypto::EvaluatedElement& element : evaluated) {
    response.mutable_evaluated_elements()->append(Text(element.bytes));
  }
  response.set_proof(Text(oprf.Prove(*blinded, evaluated)->bytes));
  response.set_public_key(Text(oprf_->public_key().bytes));
  response.set_epoch(epoch_);
  if (change_evaluation_) change_evaluation_(response);
  return grpc::Status::OK;
}

grpc::Status FakePrivateService::EvaluateBlinded(grpc::ServerContext*,
                                                 const v1::EvaluateBlindedRequest* request,
                                                 v1::EvaluateBlindedResponse* response) {
  ++unary_evaluations_;
  v1::EvaluateBlindedStreamResponse answer;
  const grpc::Status status = Evaluate(request->epoch(), request->blinded_elements(), answer);
  response->ParseFromString(answer.SerializeAsString());  // the same fields
  return status;
}

grpc::Status FakePrivateService::EvaluateBlindedStream(
    grpc::ServerContext*,
    grpc::ServerReaderWriter<v1::EvaluateBlindedStreamResponse, v1::EvaluateBlindedStreamRequest>*
        stream) {
  ++streams_;
  v1::EvaluateBlindedStreamRequest request;
  while (stream->Read(&request)) {
    v1::EvaluateBlindedStreamResponse response;
    const grpc::Status status = Evaluate(request.epoch(), request.blinded_elements(), response);
    if (!status.ok()) return status;
    stream->Write(response);
  }
  return grpc::Status::OK;
}

std::string FakePrivateService::Sealed(const Row& row) const {
  if (row.padding) return *crypto::PaddingEntry(Seed(4), row.version, row.version, kLabelSize);
  if (row.identifier.empty()) {
    return *crypto::SealEntry(row.output, row.version, row.aor, kLabelSize);
  }
  return *crypto::SealEntry(OutputOf(row.identifier), row.version, row.aor, kLabelSize);
}

void FakePrivateService::Answer(const v1::GetSealedDirectoryRequest& request,
                                DirectoryAnswer& answer) {
  v1::SealedDirectoryHeader& header = answer.header;
  std::set<std::string> entries;
  std::set<crypto::Locator> locators;
  std::set<crypto::Locator> removed;
  const std::int64_t since = request.changes().since_revision();
  for (const Removal& removal : removals_) {
    if (request.has_changes() && removal.revision > since) {
      removed.insert(LocatorOf(OutputOf(removal.identifier)));
    }
  }
  for (const Row& row : rows_) {
    const std::string entry = Sealed(row);
    const crypto::Locator locator = LocatorAt(entry);
    locators.insert(locator);
    if (request.has_changes() && row.revision <= since && !removed.contains(locator)) continue;
    if (request.has_buckets()) {
      const auto& buckets = request.buckets().buckets();
      const std::uint32_t bucket = BucketOf(locator, bucket_bits_);
      if (std::find(buckets.begin(), buckets.end(), bucket) == buckets.end()) continue;
    }
    entries.insert(entry);
  }
  header.set_entry_count(static_cast<std::int64_t>(entries.size()));
  if (!removed.empty()) {
    v1::SealedDirectoryChunk& chunk = answer.chunks.emplace_back();
    for (const crypto::Locator& locator : removed) {
      chunk.mutable_removed_locators()->append(Text(locator.bytes));
    }
  }
  if (request.has_filter()) {
    const std::string filter = *crypto::EncodeLocatorFilter(
        std::vector<crypto::Locator>(locators.begin(), locators.end()));
    answer.chunks.emplace_back().set_filter(filter.substr(0, filter.size() / 2));
    answer.chunks.emplace_back().set_filter(filter.substr(filter.size() / 2));
  } else {
    std::size_t in_chunk = chunk_entries_;
    for (const std::string& entry : entries) {
      if (in_chunk++ == chunk_entries_) {
        answer.chunks.emplace_back();
        in_chunk = 1;
      }
      answer.chunks.back().mutable_entries()->append(entry);
    }
  }
  header.set_part(request.has_whole()     ? v1::SEALED_DIRECTORY_PART_WHOLE
                  : request.has_buckets() ? v1::SEALED_DIRECTORY_PART_BUCKETS
                  : request.has_filter()  ? v1::SEALED_DIRECTORY_PART_FILTER
                                          : v1::SEALED_DIRECTORY_PART_CHANGES);
  header.set_epoch(epoch_);
  header.set_revision(revision_);
  header.set_entry_size(kEntrySize);
  header.set_bucket_bits(bucket_bits_);
  header.set_public_key(Text(oprf_->public_key().bytes));
  header.set_since_revision(since);
  *header.mutable_buckets() = request.buckets().buckets();
}

void FakePrivateService::Sign(v1::SealedDirectoryHeader& message) const {
  crypto::SealedDirectoryHeader header;
  header.part = static_cast<crypto::SealedDirectoryPart>(message.part());
  header.epoch = message.epoch();
  header.revision = message.revision();
  header.since_revision = message.since_revision();
  header.entry_count = message.entry_count();
  header.entry_size = static_cast<std::uint32_t>(message.entry_size());
  header.bucket_bits = static_cast<std::uint32_t>(message.bucket_bits());
  header.buckets.assign(message.buckets().begin(), message.buckets().end());
  std::copy(message.public_key().begin(), message.public_key().end(),
            header.public_key.bytes.begin());
  std::copy(message.content_hash().begin(), message.content_hash().end(),
            header.content_hash.begin());
  message.set_signature(Text(signer_->Sign(crypto::SignedBytes(header))));
}

grpc::Status FakePrivateService::GetSealedDirectory(
    grpc::ServerContext*, const v1::GetSealedDirectoryRequest* request,
    grpc::ServerWriter<v1::GetSealedDirectoryResponse>* writer) {
  std::vector<v1::GetSealedDirectoryResponse> pieces;
  {
    const std::lock_guard lock(mutex_);
    directory_requests_.push_back(*request);
    if (!directory_errors_.empty()) {
      const grpc::Status error = directory_errors_.front();
      directory_errors_.pop_front();
      if (!error.ok()) return error;
    }
    if (request->epoch() != epoch_) {
      return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED");
    }
    const std::int64_t since = request->changes().since_revision();
    if ((request->has_changes() && (since < changes_floor_ || since > revision_)) ||
        (request->has_buckets() && request->buckets().revision() != revision_)) {
      return Refusal(grpc::StatusCode::FAILED_PRECONDITION, "REVISION_EXPIRED");
    }
    DirectoryAnswer answer;
    Answer(*request, answer);
    if (change_before_hash_) change_before_hash_(answer);
    std::string content;
    for (const v1::SealedDirectoryChunk& chunk : answer.chunks) content += chunk.removed_locators();
    content += EntriesOf(answer);
    for (const v1::SealedDirectoryChunk& chunk : answer.chunks) content += chunk.filter();
    crypto::Sha256 hash;
    hash.Update(content);
    answer.header.set_content_hash(Text(hash.Finish()));
    if (change_before_signature_) change_before_signature_(answer);
    Sign(answer.header);
    if (change_after_signature_) change_after_signature_(answer);
    *pieces.emplace_back().mutable_header() = answer.header;
    for (const v1::SealedDirectoryChunk& chunk : answer.chunks) {
      *pieces.emplace_back().mutable_chunk() = chunk;
    }
    if (change_pieces_) change_pieces_(pieces);
  }
  for (const v1::GetSealedDirectoryResponse& piece : pieces) {
    if (!writer->Write(piece)) break;
  }
  return grpc::Status::OK;
}

}  // namespace smartcontacts::client
