// What of an address book is looked up, in whatever mode.

#ifndef SMART_CONTACTS_CLIENT_MATCHING_BOOK_CANDIDATES_H_
#define SMART_CONTACTS_CLIENT_MATCHING_BOOK_CANDIDATES_H_

#include <cstdint>
#include <functional>
#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/address_book/address_book.h"
#include "client/matching/diagnosis.h"
#include "client/normalization/normalizer.h"
#include "domain/dial_plan.h"

namespace smartcontacts::client {

// A number of a contact that leads to a subscriber.
struct FoundContact {
  std::string name;
  std::string typed;    // as in the book
  Candidate candidate;  // which of its readings won
  std::string aor;
};

struct BookSummary {
  AddressBookStatistics book;
  NumberStatistics numbers;
  std::int64_t candidates = 0;  // readings of numbers that were looked up
  std::int64_t matches = 0;
  std::int64_t revision = 0;
  absl::Duration next_check_delay;
};

// Reads `book` to its end, in bounded memory. Calls `on_candidate` with every reading of every
// number, in the book's order, each with an empty address of record; an error of it ends the
// reading and is returned. `summary` gets `book`, `numbers` and `candidates`. Errors are those of
// ReadAddressBook() and of a dial plan this client cannot follow.
absl::Status ReadCandidates(const DialPlan& plan, std::istream& book,
                            const std::function<absl::Status(FoundContact)>& on_candidate,
                            BookSummary& summary);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_MATCHING_BOOK_CANDIDATES_H_
