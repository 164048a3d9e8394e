// Matches an address book: reads it, normalises, digests, asks, and puts names to the answers.
// Names and numbers stay here; only digests travel.

#ifndef SMART_CONTACTS_CLIENT_MATCHING_BOOK_MATCHER_H_
#define SMART_CONTACTS_CLIENT_MATCHING_BOOK_MATCHER_H_

#include <functional>
#include <istream>

#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "client/matching/book_candidates.h"
#include "smartcontacts/v1/policy_service.pb.h"

namespace smartcontacts::client {

// Reads `book` to its end in bounded memory: one batch of contacts at a time. Calls `on_found` in
// the book's order. A book larger than one stream allows continues in another. Errors are those of
// ReadAddressBook(), ToStatus(), and of a policy this client cannot follow.
absl::StatusOr<BookSummary> MatchBook(const Connection& connection,
                                      const v1::GetPolicyResponse& policy, std::istream& book,
                                      const std::function<void(const FoundContact&)>& on_found);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_MATCHING_BOOK_MATCHER_H_
