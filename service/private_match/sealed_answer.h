// A part of a sealed directory, as a client asked for it, with the header that vouches for it.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_ANSWER_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_ANSWER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/sealed_directory_header.h"
#include "crypto/signing.h"
#include "crypto/tenant_keys.h"
#include "service/private_match/sealed_directory.h"

namespace smartcontacts::service {

inline constexpr std::size_t kBucketsPerRequestMax = 4096;

// What is asked for; beside `part`, only what belongs to it is looked at.
struct SealedRequest {
  crypto::SealedDirectoryPart part = crypto::SealedDirectoryPart::kWhole;
  std::int64_t since_revision = 0;     // of changes
  std::int64_t revision = 0;           // of buckets
  std::vector<std::uint32_t> buckets;  // of buckets
};

struct SealedAnswer {
  crypto::SealedDirectoryHeader header;
  crypto::Signer::Signature signature{};
  // The content, in this order: the first back to back, the second whole entries.
  std::string removed_locators;
  std::vector<std::string_view> entries;
  std::string_view filter;

  // What the views look into.
  std::shared_ptr<const SealedDirectory> directory;
  std::unique_ptr<const std::string> changed_entries;
};

// The answer to `request`. `keys` are the tenant's. kFieldInvalid; kBatchTooLarge for too many
// buckets; kRevisionExpired if the changes since that revision are not known any more, or the
// directory is at another revision than the buckets' filter.
absl::StatusOr<SealedAnswer> AnswerSealed(std::shared_ptr<const SealedDirectory> directory,
                                          const SealedRequest& request,
                                          const crypto::TenantKeys& keys);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_SEALED_ANSWER_H_
