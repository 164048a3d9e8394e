#include "client/programs/match_output.h"

#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/table.h"

namespace smartcontacts::client {
namespace {

using nlohmann::ordered_json;

// "812 bytes", "112 kB".
std::string Size(std::int64_t bytes) {
  if (bytes < 1000) return absl::StrCat(bytes, " bytes");
  if (bytes < 10'000'000) return absl::StrCat((bytes + 500) / 1000, " kB");
  return absl::StrCat((bytes + 500'000) / 1'000'000, " MB");
}

void PrintJson(const std::vector<FoundContact>& found, const BookSummary& summary,
               const std::vector<std::string>& findings, const PrivateBookSummary* privately) {
  ordered_json matches = ordered_json::array();
  for (const FoundContact& contact : found) {
    matches.push_back({{"name", contact.name},
                       {"number", contact.typed},
                       {"identifier", contact.candidate.identifier.value()},
                       {"reading", Name(contact.candidate.reading)},
                       {"aor", contact.aor}});
  }
  ordered_json skipped = ordered_json::object();
  for (const auto& [reason, count] : summary.numbers.skipped)
    skipped[std::string(Name(reason))] = count;
  ordered_json document = {{"matches", matches},
                           {"revision", summary.revision},
                           {"contacts", summary.book.contacts},
                           {"damaged_contacts", summary.book.damaged},
                           {"numbers", summary.numbers.numbers},
                           {"digests", summary.candidates},
                           {"skipped", skipped},
                           {"next_check_delay_s", absl::ToInt64Seconds(summary.next_check_delay)},
                           {"findings", findings}};
  if (privately != nullptr) {
    document["evaluated"] = privately->evaluated;
    document["waiting"] = privately->waiting;
    document["downloaded_bytes"] = privately->downloaded_bytes;
  }
  std::cout << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

void PrintTable(const std::vector<FoundContact>& found, const BookSummary& summary,
                const std::vector<std::string>& findings, const PrivateBookSummary* privately) {
  cli::Table table({"NAME", "NUMBER", "READ AS", "SIP ADDRESS"});
  for (const FoundContact& contact : found) {
    table.Add({contact.name, contact.typed,
               absl::StrCat(contact.candidate.identifier.value(), " (",
                            std::string(Name(contact.candidate.reading)), ")"),
               contact.aor});
  }
  if (!table.empty()) table.Print(std::cout);
  std::cout << (table.empty() ? "" : "\n") << summary.matches << " matches for "
            << summary.numbers.numbers << " numbers of " << summary.book.contacts
            << " contacts, at revision " << summary.revision << " of the directory\n";
  std::int64_t not_sent = 0;
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : summary.numbers.skipped) {
    not_sent += count;
    reasons.push_back(absl::StrCat(count, " ", std::string(Name(reason))));
  }
  if (not_sent > 0) {
    std::cout << not_sent << " numbers were not sent: ";
    for (std::size_t i = 0; i < reasons.size(); ++i) std::cout << (i > 0 ? ", " : "") << reasons[i];
    std::cout << "\n";
  }
  if (summary.book.damaged > 0) {
    std::cout << summary.book.damaged << " contacts could not be read and were passed over\n";
  }
  if (privately != nullptr) {
    std::cout << "privately: " << privately->evaluated << " of " << privately->identifiers
              << " numbers evaluated, " << Size(privately->downloaded_bytes)
              << " of the sealed directory read\n";
  }
  std::cout << "ask again in " << absl::FormatDuration(summary.next_check_delay) << "\n";
  for (const std::string& finding : findings)
    std::cerr << "smart-contacts: no match: " << finding << "\n";
}

}  // namespace

void PrintMatches(Output output, const std::vector<FoundContact>& found, const BookSummary& summary,
                  const std::vector<std::string>& findings, const PrivateBookSummary* privately) {
  (output == Output::kJson ? PrintJson : PrintTable)(found, summary, findings, privately);
}

}  // namespace smartcontacts::client
