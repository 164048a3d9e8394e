// What `smart-contacts match` shows, in whichever mode.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_MATCH_OUTPUT_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_MATCH_OUTPUT_H_

#include <string>
#include <vector>

#include "client/matching/book_candidates.h"
#include "client/private_matching/private_book_matcher.h"
#include "client/programs/options.h"

namespace smartcontacts::client {

// To standard output, and in the table's case `findings` to standard error. `privately`: nullptr in
// the plain mode.
void PrintMatches(Output output, const std::vector<FoundContact>& found, const BookSummary& summary,
                  const std::vector<std::string>& findings, const PrivateBookSummary* privately);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_MATCH_OUTPUT_H_
