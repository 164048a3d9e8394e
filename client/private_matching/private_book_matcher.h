// Matches an address book in the private mode: the service learns how many numbers are new in it,
// and nothing else.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_BOOK_MATCHER_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_BOOK_MATCHER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "client/matching/book_candidates.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

// Different identifiers in one book.
inline constexpr std::size_t kPrivateIdentifiersMax = 250'000;
// Subscribers that are named under one number: the first in byte order, as the service does it.
inline constexpr std::size_t kMatchesPerIdentifierMax = 32;

struct PrivateBookSummary {
  BookSummary book;
  std::int64_t identifiers = 0;       // different ones in the book
  std::int64_t evaluated = 0;         // of them, in this run
  std::int64_t downloaded_bytes = 0;  // of the sealed directory, in this run
  // Of them, those that were not looked up, because the quota of evaluations is used up; and the
  // error that says so, and how long to wait. Run again then. None: OK.
  std::int64_t waiting = 0;
  absl::Status waiting_for;
};

// Reads `book` to its end, keeping it in memory, evaluates what is new in it, looks up all of it in
// the sealed directory, and calls `on_found` in the book's order as MatchBook() does. What was
// evaluated is kept in the file `state_path` and need not be evaluated again until the epoch ends;
// what is in the book no more is dropped from it. The file is written once, at the end.
//
// Errors are those of ReadAddressBook(), of PrivateStateFile, and
// - FAILED_PRECONDITION if the policy does not offer the private mode, or the file is of another
//   tenant or a later epoch: it is left as it is;
// - RESOURCE_EXHAUSTED for a book of more than kPrivateIdentifiersMax identifiers;
// - Misbehaviour() (see IsMisbehaviour()) if anything that was received does not stand up to a
//   check: the file is left as it is;
// - ToStatus()'s. What was evaluated until then is kept in the file, since it was paid for with
//   quota; the error says how much.
absl::StatusOr<PrivateBookSummary> MatchBookPrivately(
    const Connection& connection, const v1::GetPolicyResponse& policy, std::istream& book,
    const std::string& state_path, const std::function<void(const FoundContact&)>& on_found);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_PRIVATE_BOOK_MATCHER_H_
