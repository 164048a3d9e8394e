#include "client/matching/book_candidates.h"

#include "domain/status_macros.h"

namespace smartcontacts::client {

absl::Status ReadCandidates(const DialPlan& plan, std::istream& book,
                            const std::function<absl::Status(FoundContact)>& on_candidate,
                            BookSummary& summary) {
  ASSIGN_OR_RETURN(const Normalizer normalizer, Normalizer::Create(plan));
  const auto add = [&](const Contact& contact) -> absl::Status {
    for (const PhoneNumber& number : contact.numbers) {
      const Normalized normalized = normalizer.ForContact(number.typed);
      summary.numbers.Add(normalized);
      for (const Candidate& candidate : normalized.candidates) {
        ++summary.candidates;
        RETURN_IF_ERROR(on_candidate({contact.name, number.typed, candidate, {}}));
      }
    }
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(summary.book, ReadAddressBook(book, add));
  return absl::OkStatus();
}

}  // namespace smartcontacts::client
