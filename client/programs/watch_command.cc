// `smart-contacts watch`.

#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/matching/policy.h"
#include "client/programs/options.h"
#include "client/programs/retention_commands.h"
#include "client/programs/signal_stop.h"
#include "client/retention/book_digests.h"
#include "client/retention/match_watch.h"

namespace smartcontacts::client {
namespace {

struct WatchCommand {
  ServerOptions server;
  Output output = Output::kTable;
  std::string state_file;
  std::string book;
  bool once = false;
};

using Names = std::map<crypto::Digest, NamedNumber>;

// One line, at once. A digest is of no use to a person and stays out.
void Print(MatchEvent event, const KnownMatch& match, const Names& names, Output output) {
  const char* const what = event == MatchEvent::kAnnounced ? "announced" : "revoked";
  const auto named = names.find(match.digest);
  if (output == Output::kJson) {
    nlohmann::ordered_json line = {{"event", what}, {"aor", match.aor}};
    if (named != names.end()) {
      line["name"] = named->second.name;
      line["number"] = named->second.typed;
    }
    std::cout << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  } else {
    std::cout << what << (event == MatchEvent::kAnnounced ? "  " : "    ")
              << cli::Printable(match.aor);
    if (named != names.end()) {
      std::cout << "  "
                << cli::Printable(absl::StrCat(named->second.name, " (", named->second.typed, ")"));
    }
  }
  std::cout << std::endl;
}

// Whose numbers they are. Empty without --book.
absl::StatusOr<Names> ReadNames(const WatchCommand& command, const v1::GetPolicyResponse& policy,
                                const DeviceState& state) {
  if (command.book.empty()) return Names();
  if (state.epoch != policy.epoch().number()) {
    std::cerr << "smart-contacts: the epoch has changed since the last sync: sync again to see "
                 "names\n";
  }
  ASSIGN_OR_RETURN(BookDigests book, DigestBookFile(policy, command.book));
  return std::move(book.numbers);
}

absl::Status Run(WatchCommand& command) {
  const SignalStop signals;
  const StateFile file(command.state_file);
  ASSIGN_OR_RETURN(const DeviceState state, file.Read());
  absl::StatusOr<Connection> connection = command.server.Connect();
  RETURN_IF_ERROR(connection.status());
  ASSIGN_OR_RETURN(const v1::GetPolicyResponse policy, FetchPolicy(*connection));
  ASSIGN_OR_RETURN(const Names names, ReadNames(command, policy, state));
  WatchOptions options;
  options.once = command.once;
  options.on_event = [&](MatchEvent event, const KnownMatch& match) {
    Print(event, match, names, command.output);
  };
  options.on_pause = [](const absl::Status& status, absl::Duration pause) {
    std::cerr << "smart-contacts: " << status.message() << "; trying again in "
              << absl::FormatDuration(absl::Ceil(pause, absl::Milliseconds(100))) << "\n";
  };
  for (;;) {
    absl::Status status =
        WatchMatches(*connection, policy.limits(), file, options, signals.token());
    if (!absl::IsUnauthenticated(status)) return status;
    // A token lives shorter than a watch: whoever renews it replaces the file.
    const std::string used = command.server.connection.token;
    const absl::StatusOr<std::string> token = cli::ReadSecretFile(command.server.token_file);
    if (!token.ok() || *token == used) return status;
    connection = command.server.Connect();
    RETURN_IF_ERROR(connection.status());
  }
}

}  // namespace

void AddWatchCommand(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<WatchCommand>();
  CLI::App* watch =
      app.add_subcommand("watch", "Show retained contacts that become subscribers, as it happens");
  watch->add_option("--state-file", command->state_file, "That of `sync`")->required();
  watch->add_option("--book", command->book, "The address book, to show names and numbers");
  watch->add_flag("--once", command->once, "End when everything until now was shown");
  AddServerOptions(*watch, command->server,
                   "The account's token, as the PBX gave it; read again when it has expired");
  AddOutputOption(*watch, command->output);
  watch->footer(
      "What the last run showed is not shown again. Goes on until it is interrupted (SIGINT,\n"
      "SIGTERM), which is exit code 0. --output json prints one object a line.\n\nExample:\n"
      "  smart-contacts watch --state-file device.json --book contacts.vcf \\\n"
      "    --server pbx.example:8443 --token-file token");
  SetAction(*watch, "smart-contacts", exit_code, [command] { return Run(*command); });
}

}  // namespace smartcontacts::client
