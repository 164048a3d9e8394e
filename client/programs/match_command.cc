#include "client/programs/match_command.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/matching/book_matcher.h"
#include "client/matching/policy.h"
#include "client/programs/options.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

using nlohmann::ordered_json;

struct MatchCommand {
  ServerOptions server;
  Output output = Output::kTable;
  std::string book;
};

namespace {

void PrintJson(const std::vector<FoundContact>& found, const BookSummary& summary,
               const std::vector<std::string>& findings) {
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
  const ordered_json document = {
      {"matches", matches},
      {"revision", summary.revision},
      {"contacts", summary.book.contacts},
      {"damaged_contacts", summary.book.damaged},
      {"numbers", summary.numbers.numbers},
      {"digests", summary.candidates},
      {"skipped", skipped},
      {"next_check_delay_s", absl::ToInt64Seconds(summary.next_check_delay)},
      {"findings", findings}};
  std::cout << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

void PrintTable(const std::vector<FoundContact>& found, const BookSummary& summary,
                const std::vector<std::string>& findings) {
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
  std::cout << "ask again in " << absl::FormatDuration(summary.next_check_delay) << "\n";
  for (const std::string& finding : findings)
    std::cerr << "smart-contacts: no match: " << finding << "\n";
}

absl::Status Run(MatchCommand& command) {
  std::ifstream book(command.book, std::ios::binary);
  if (!book) {
    return absl::UnavailableError(absl::StrCat(command.book, ": ", std::strerror(errno)));
  }
  ASSIGN_OR_RETURN(const Connection connection, command.server.Connect());
  ASSIGN_OR_RETURN(const v1::GetPolicyResponse policy, FetchPolicy(connection));
  if (!policy.matching_allowed()) {
    return absl::PermissionDeniedError("matching contacts is switched off for this account");
  }
  std::vector<FoundContact> found;
  absl::StatusOr<BookSummary> summary =
      MatchBook(connection, policy, book,
                [&found](const FoundContact& contact) { found.push_back(contact); });
  if (absl::IsInvalidArgument(summary.status())) {
    return absl::InvalidArgumentError(absl::StrCat(command.book, ": ", summary.status().message()));
  }
  RETURN_IF_ERROR(summary.status());
  const std::vector<std::string> findings =
      summary->matches == 0 ? Diagnose(summary->numbers, DialPlanOf(policy.dial_plan()))
                            : std::vector<std::string>();
  (command.output == Output::kJson ? PrintJson : PrintTable)(found, *summary, findings);
  return absl::OkStatus();
}

}  // namespace

std::shared_ptr<MatchCommand> AddMatchCommand(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<MatchCommand>();
  CLI::App* match =
      app.add_subcommand("match", "Show which contacts of an address book are subscribers");
  match->add_option("BOOK", command->book, "vCard 2.1, 3.0 or 4.0, or CSV")
      ->required()
      ->configurable(false);
  AddServerOptions(*match, command->server, "127.0.0.1:8443", "--token-file",
                   "The account's token, as the PBX gave it");
  AddOutputOption(*match, command->output);
  match->footer(
      "Only digests of the numbers are sent; names never leave this machine.\n\nExample:\n"
      "  smart-contacts match contacts.vcf --server pbx.example:8443 --token-file token");
  SetAction(*match, "smart-contacts", exit_code, [command] { return Run(*command); });
  return command;
}

}  // namespace smartcontacts::client
