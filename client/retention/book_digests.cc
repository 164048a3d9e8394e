#include "client/retention/book_digests.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/matching/book_candidates.h"
#include "client/matching/policy.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

absl::StatusOr<BookDigests> DigestBook(const v1::GetPolicyResponse& policy, std::istream& book) {
  ASSIGN_OR_RETURN(const crypto::EpochSalt salt, SaltOf(policy.epoch()));
  const crypto::Digester digester(salt);
  BookDigests result;
  BookSummary summary;
  const auto add = [&](FoundContact contact) {
    result.numbers.try_emplace(digester(contact.candidate.identifier),
                               NamedNumber{std::move(contact.name), std::move(contact.typed)});
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(ReadCandidates(DialPlanOf(policy.dial_plan()), book, add, summary));
  result.book = summary.book;
  result.statistics = summary.numbers;
  return result;
}

absl::StatusOr<BookDigests> DigestBookFile(const v1::GetPolicyResponse& policy,
                                           const std::string& path) {
  std::ifstream book(path, std::ios::binary);
  if (!book) return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  absl::StatusOr<BookDigests> digests = DigestBook(policy, book);
  if (absl::IsInvalidArgument(digests.status())) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", digests.status().message()));
  }
  return digests;
}

}  // namespace smartcontacts::client
