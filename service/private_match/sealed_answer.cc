#include "service/private_match/sealed_answer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/sha256.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/private_match/epoch_key.h"

namespace smartcontacts::service {
namespace {

using Part = crypto::SealedDirectoryPart;

absl::Status RevisionExpired(absl::string_view field, const SealedDirectory& directory,
                             absl::string_view what) {
  return MakeError(Reason::kRevisionExpired, absl::StrCat(field, ": ", what),
                   {.field = std::string(field),
                    .metadata = {{"revision", absl::StrCat(directory.revision())}}});
}

absl::Status CheckBuckets(const SealedDirectory& directory, const SealedRequest& request) {
  const std::vector<std::uint32_t>& buckets = request.buckets;
  if (buckets.empty()) return InvalidField("buckets.buckets", "required");
  if (buckets.size() > kBucketsPerRequestMax) {
    return MakeError(
        Reason::kBatchTooLarge, absl::StrCat("buckets.buckets: at most ", kBucketsPerRequestMax),
        {.field = "buckets.buckets", .metadata = {{"limit", absl::StrCat(kBucketsPerRequestMax)}}});
  }
  if (std::adjacent_find(buckets.begin(), buckets.end(), std::greater_equal<>()) != buckets.end()) {
    return InvalidField("buckets.buckets", "in rising order, each once");
  }
  if (request.revision != directory.revision()) {
    return RevisionExpired("buckets.revision", directory,
                           "the directory has another revision: get the filter again");
  }
  if (buckets.back() >> directory.bucket_bits() != 0) {
    return InvalidField("buckets.buckets", "a bucket is the first `bucket_bits` bits of a locator");
  }
  return absl::OkStatus();
}

absl::Status CheckSince(const SealedDirectory& directory, std::int64_t since_revision) {
  if (since_revision < 0) return InvalidField("changes.since_revision", "must not be negative");
  if (since_revision < directory.changes_floor() || since_revision > directory.revision()) {
    return RevisionExpired("changes.since_revision", directory,
                           "changes since then are not known: get the directory again");
  }
  return absl::OkStatus();
}

absl::Status AddContent(const SealedRequest& request, SealedAnswer& answer) {
  const SealedDirectory& directory = *answer.directory;
  switch (request.part) {
    case Part::kWhole:
      answer.entries = {directory.entries()};
      return absl::OkStatus();
    case Part::kBuckets:
      RETURN_IF_ERROR(CheckBuckets(directory, request));
      for (const std::uint32_t bucket : request.buckets) {
        answer.entries.push_back(directory.Bucket(bucket));
      }
      answer.header.buckets = request.buckets;
      return absl::OkStatus();
    case Part::kFilter:
      answer.filter = directory.Filter();
      return absl::OkStatus();
    case Part::kChanges: {
      RETURN_IF_ERROR(CheckSince(directory, request.since_revision));
      SealedChanges changes = directory.ChangesSince(request.since_revision);
      answer.removed_locators = std::move(changes.removed);
      answer.changed_entries = std::make_unique<const std::string>(std::move(changes.entries));
      answer.entries = {*answer.changed_entries};
      answer.header.since_revision = request.since_revision;
      return absl::OkStatus();
    }
  }
  return InvalidField("part", "required");
}

crypto::Sha256::Hash HashOf(const SealedAnswer& answer) {
  crypto::Sha256 hash;
  hash.Update(answer.removed_locators);
  for (const std::string_view entries : answer.entries) {
    hash.Update({entries.data(), entries.size()});
  }
  hash.Update({answer.filter.data(), answer.filter.size()});
  return hash.Finish();
}

}  // namespace

absl::StatusOr<SealedAnswer> AnswerSealed(std::shared_ptr<const SealedDirectory> directory,
                                          const SealedRequest& request,
                                          const crypto::TenantKeys& keys) {
  SealedAnswer answer;
  answer.directory = std::move(directory);
  const SealedDirectory& of = *answer.directory;
  RETURN_IF_ERROR(AddContent(request, answer));
  ASSIGN_OR_RETURN(const crypto::OprfServer server, EpochKey(keys, of.epoch()));
  crypto::SealedDirectoryHeader& header = answer.header;
  header.part = request.part;
  header.epoch = of.epoch();
  header.revision = of.revision();
  header.entry_size = static_cast<std::uint32_t>(of.entry_size());
  header.bucket_bits = of.bucket_bits();
  header.public_key = server.public_key();
  std::size_t bytes = 0;
  for (const std::string_view entries : answer.entries) bytes += entries.size();
  header.entry_count = static_cast<std::int64_t>(
      request.part == Part::kFilter ? of.entry_count() : bytes / of.entry_size());
  header.content_hash = request.part == Part::kWhole ? of.entries_hash() : HashOf(answer);
  answer.signature = keys.sealed_directory_signer.Sign(crypto::SignedBytes(header));
  return answer;
}

}  // namespace smartcontacts::service
