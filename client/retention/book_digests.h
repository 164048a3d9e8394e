// The digests of an address book, for syncing it.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_BOOK_DIGESTS_H_
#define SMART_CONTACTS_CLIENT_RETENTION_BOOK_DIGESTS_H_

#include <istream>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "client/address_book/address_book.h"
#include "client/matching/diagnosis.h"
#include "crypto/digest.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

// Whose number a digest was made of; the first contact that has it. Stays on the device.
struct NamedNumber {
  std::string name;
  std::string typed;  // as in the book
};

struct BookDigests {
  std::map<crypto::Digest, NamedNumber> numbers;
  AddressBookStatistics book;
  NumberStatistics statistics;
};

// Reads `book` to its end and makes digests of all candidates under the policy's salt. Errors are
// those of ReadAddressBook() and of a policy this client cannot follow.
absl::StatusOr<BookDigests> DigestBook(const v1::GetPolicyResponse& policy, std::istream& book);

// The same of a file. The error names it.
absl::StatusOr<BookDigests> DigestBookFile(const v1::GetPolicyResponse& policy,
                                           const std::string& path);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_BOOK_DIGESTS_H_
