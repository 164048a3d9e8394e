#include "client/retention/book_digests.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/matching/policy.h"
#include "client/normalization/normalizer.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

absl::StatusOr<BookDigests> DigestBook(const v1::GetPolicyResponse& policy, std::istream& book) {
  ASSIGN_OR_RETURN(const Normalizer normalizer, Normalizer::Create(DialPlanOf(policy.dial_plan())));
  ASSIGN_OR_RETURN(const crypto::EpochSalt salt, SaltOf(policy.epoch()));
  const crypto::Digester digester(salt);
  BookDigests result;
  const auto add = [&](const Contact& contact) {
    for (const PhoneNumber& number : contact.numbers) {
      const Normalized normalized = normalizer.ForContact(number.typed);
      result.statistics.Add(normalized);
      for (const Candidate& candidate : normalized.candidates) {
        result.numbers.try_emplace(digester(candidate.identifier),
                                   NamedNumber{contact.name, number.typed});
      }
    }
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(result.book, ReadAddressBook(book, add));
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
