// Whether an answer of GetSealedDirectory is what was asked for, and what the tenant signed.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_CHECK_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/locator.h"
#include "crypto/sealed_directory_header.h"
#include "crypto/sha256.h"
#include "crypto/signing.h"
#include "smartcontacts/v1/private_match_service.pb.h"

namespace smartcontacts::client {

// Entries of a whole directory, or of a part: above that a header is refused.
inline constexpr std::int64_t kDirectoryEntriesMax = std::int64_t{1} << 24;
// So that a bucket's number is what the wire has for it.
inline constexpr int kBucketBitsMax = 32;

// One part of the directory.
struct AskedPart {
  crypto::SealedDirectoryPart part = crypto::SealedDirectoryPart::kWhole;
  std::int64_t since_revision = 0;           // of changes
  std::optional<std::int64_t> revision;      // of buckets: the filter's
  std::optional<std::uint32_t> bucket_bits;  // of buckets: the filter's
  std::vector<std::uint32_t> buckets;        // of buckets: ascending, each once
};

// What is known of the tenant and the epoch.
struct DirectoryTrust {
  crypto::Signer::PublicKey directory_key{};
  std::int64_t epoch = 0;
  // Nothing: the epoch is new here, and the tenant's signature says what its key is.
  std::optional<crypto::OprfPublicKey> oprf_key;
  // The directory has been at this revision before.
  std::int64_t revision_min = 0;
};

// The first bits of a locator as a number; `bucket_bits` is at most kBucketBitsMax.
std::uint32_t BucketOf(const crypto::Locator& locator, std::uint32_t bucket_bits);

// Misbehaviour() unless all of the header is as it must be; its signature first.
absl::StatusOr<crypto::SealedDirectoryHeader> CheckHeader(const v1::SealedDirectoryHeader& message,
                                                          const AskedPart& asked,
                                                          const DirectoryTrust& trust);

// Who gets the content. It is not to be believed before ContentCheck::Finish().
struct ContentSink {
  std::function<void(const crypto::Locator& locator)> on_removed;
  std::function<void(const crypto::Locator& locator, absl::string_view entry)> on_entry;
  std::function<void(absl::string_view bytes)> on_filter;
};

// Checks the content that follows a header, chunk by chunk, in memory that does not grow with it.
// Not safe for concurrent use.
class ContentCheck {
 public:
  explicit ContentCheck(const crypto::SealedDirectoryHeader& header);

  // Hands over what the chunk has. Misbehaviour() for anything that cannot be in a content of this
  // header: call nothing afterwards.
  absl::Status Add(const v1::SealedDirectoryChunk& chunk, const ContentSink& sink);
  // After the last chunk: Misbehaviour() unless that was all, and what was signed.
  absl::Status Finish();

 private:
  absl::Status AddRemoved(absl::string_view removed, const ContentSink& sink);
  absl::Status AddEntries(absl::string_view entries, const ContentSink& sink);
  absl::Status AddFilter(absl::string_view filter, const ContentSink& sink);

  const crypto::SealedDirectoryHeader header_;
  absl::flat_hash_set<std::uint32_t> buckets_;
  std::int64_t removed_count_ = 0;
  std::int64_t entry_count_ = 0;
  std::size_t filter_size_ = 0;
  std::string last_removed_;  // the locator
  std::string last_entry_;    // locator and version
  crypto::Sha256 hash_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_CHECK_H_
