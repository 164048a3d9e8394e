#include "client/programs/match_command.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/matching/book_matcher.h"
#include "client/matching/policy.h"
#include "client/private_matching/private_book_matcher.h"
#include "client/programs/match_output.h"
#include "client/programs/options.h"
#include "client/programs/private_state_path.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

struct MatchCommand {
  ServerOptions server;
  Output output = Output::kTable;
  std::string book;
  bool privately = false;
  std::string state_file;
};

namespace {

constexpr char kPrivateRequired[] = "PRIVATE_MODE_REQUIRED";

// What there is to print.
struct Matched {
  std::vector<FoundContact> found;
  BookSummary summary;
  std::optional<PrivateBookSummary> privately;
};

absl::StatusOr<Matched> MatchPrivately(const MatchCommand& command, const Connection& connection,
                                       const v1::GetPolicyResponse& policy, std::istream& book) {
  std::string state_file = command.state_file;
  if (state_file.empty()) {
    ASSIGN_OR_RETURN(state_file, DefaultPrivateStatePath());
  }
  Matched matched;
  ASSIGN_OR_RETURN(matched.privately, MatchBookPrivately(connection, policy, book, state_file,
                                                         [&matched](const FoundContact& contact) {
                                                           matched.found.push_back(contact);
                                                         }));
  matched.summary = matched.privately->book;
  return matched;
}

absl::StatusOr<Matched> MatchPlainly(const Connection& connection,
                                     const v1::GetPolicyResponse& policy, std::istream& book) {
  const std::string advice = ": this phone system matches in the private mode only: use --private";
  // The service would refuse, but would have the digests by then.
  if (policy.private_mode() == v1::PRIVATE_MODE_REQUIRED) {
    return absl::FailedPreconditionError(
        absl::StrCat(kPrivateRequired, advice, "; nothing was sent"));
  }
  Matched matched;
  absl::StatusOr<BookSummary> summary =
      MatchBook(connection, policy, book,
                [&matched](const FoundContact& contact) { matched.found.push_back(contact); });
  if (ReasonOf(summary.status()) == kPrivateRequired) {
    return absl::FailedPreconditionError(absl::StrCat(kPrivateRequired, advice));
  }
  RETURN_IF_ERROR(summary.status());
  matched.summary = *std::move(summary);
  return matched;
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
  const absl::StatusOr<Matched> matched = command.privately
                                              ? MatchPrivately(command, connection, policy, book)
                                              : MatchPlainly(connection, policy, book);
  if (absl::IsInvalidArgument(matched.status()) || absl::IsDataLoss(matched.status())) {
    return absl::InvalidArgumentError(absl::StrCat(command.book, ": ", matched.status().message()));
  }
  RETURN_IF_ERROR(matched.status());
  const std::int64_t waiting = matched->privately.has_value() ? matched->privately->waiting : 0;
  const std::vector<std::string> findings =
      matched->summary.matches == 0 && waiting == 0
          ? Diagnose(matched->summary.numbers, DialPlanOf(policy.dial_plan()))
          : std::vector<std::string>();
  PrintMatches(command.output, matched->found, matched->summary, findings,
               matched->privately.has_value() ? &*matched->privately : nullptr);
  if (waiting > 0) {
    const absl::Status& error = matched->privately->waiting_for;
    return {error.code(), absl::StrCat(waiting, " numbers are not looked up yet: ", error.message(),
                                       "; run this again then")};
  }
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
  match->add_flag("--private", command->privately,
                  "In the private mode: the service learns how many numbers are new, nothing else");
  match->add_option("--state-file", command->state_file,
                    "With --private: what this device keeps between runs, readable by you only "
                    "[private-match in $XDG_STATE_HOME/smart-contacts or "
                    "~/.local/state/smart-contacts]");
  AddServerOptions(*match, command->server);
  AddOutputOption(*match, command->output);
  match->footer(
      "Only digests of the numbers are sent, and with --private not even those; names never leave\n"
      "this machine. In the private mode what was evaluated is kept in the state file: each "
      "tenant\n"
      "needs one of its own, and later runs ask only for what is new.\n\nExample:\n"
      "  smart-contacts match contacts.vcf --server pbx.example:8443 --token-file token\n"
      "  smart-contacts match contacts.vcf --private --server pbx.example:8443 --token-file token");
  SetAction(*match, "smart-contacts", exit_code, [command] { return Run(*command); });
  return command;
}

}  // namespace smartcontacts::client
