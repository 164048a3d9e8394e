// `smart-contacts sync BOOK`.

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/table.h"
#include "client/matching/policy.h"
#include "client/programs/confirmation.h"
#include "client/programs/options.h"
#include "client/programs/retention_commands.h"
#include "client/retention/address_book_sync.h"
#include "client/retention/book_digests.h"
#include "client/retention/sync_plan.h"

namespace smartcontacts::client {
namespace {

struct SyncCommand {
  ServerOptions server;
  Output output = Output::kTable;
  std::string book;
  std::string state_file;
  std::string agree_to;
};

// The consent, if the person gives it, or an error: then nothing was sent.
absl::StatusOr<GivenConsent> ObtainConsent(const v1::GetPolicyResponse& policy,
                                           const std::string& agree_to) {
  const std::string version = cli::Printable(policy.privacy_policy_version());
  const std::string uri = cli::Printable(policy.privacy_policy_uri());
  const std::string named = absl::StrCat("the privacy policy of version ", version, " (", uri, ")");
  if (!agree_to.empty() && agree_to != policy.privacy_policy_version()) {
    return absl::FailedPreconditionError(
        absl::StrCat("--agree-to names another version than ", named,
                     "; nothing was sent. Read it, and name that version if you agree"));
  }
  if (agree_to.empty()) {
    if (!CanAsk()) {
      return absl::FailedPreconditionError(
          absl::StrCat("retaining contacts needs your consent to ", named,
                       "; nothing was sent. Run this on a terminal, or, having read it, with "
                       "--agree-to ",
                       version));
    }
    std::cerr
        << "Your phone system offers to keep the contacts of this device, as keyed tags of the\n"
           "digests of their numbers, to tell you when one of them becomes a subscriber. It "
           "forgets\n"
           "them when this device has not synced for "
        << policy.retention().period().seconds() / (24 * 3600)
        << " days, and when you run `smart-contacts erase`.\n\nPrivacy policy, version " << version
        << ":\n  " << uri << "\n\n";
    if (!AskYesNo("Do you agree?")) {
      return absl::CancelledError("without your consent nothing is retained; nothing was sent");
    }
  }
  return GivenConsent{policy.privacy_policy_version(),
                      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()))};
}

void Print(const SyncResult& result, Output output) {
  const std::string expire_time =
      absl::FormatTime(absl::RFC3339_sec, result.expire_time, absl::UTCTimeZone());
  if (output == Output::kJson) {
    const nlohmann::ordered_json document = {{"retained_count", result.retained_count},
                                             {"expire_time", expire_time},
                                             {"added_count", result.added_count},
                                             {"removed_count", result.removed_count},
                                             {"full", result.full}};
    std::cout << document.dump(2) << "\n";
    return;
  }
  std::cout << result.retained_count << " contacts are retained until " << expire_time << ", "
            << "longer with each sync; " << result.added_count << " added, " << result.removed_count
            << " removed" << (result.full ? " (everything was sent)\n" : "\n");
}

absl::Status Run(SyncCommand& command) {
  const StateFile file(command.state_file);
  absl::StatusOr<DeviceState> state = file.Read();
  if (absl::IsNotFound(state.status())) state = DeviceState();
  RETURN_IF_ERROR(state.status());
  ASSIGN_OR_RETURN(const Connection connection, command.server.Connect());
  ASSIGN_OR_RETURN(const v1::GetPolicyResponse policy, FetchPolicy(connection));
  if (!policy.matching_allowed()) {
    return absl::PermissionDeniedError("matching contacts is switched off for this account");
  }
  if (!policy.retention().offered()) {
    return absl::PermissionDeniedError(
        "this phone system does not offer to retain contacts; nothing was sent. "
        "`smart-contacts match` needs no retention");
  }
  ASSIGN_OR_RETURN(const BookDigests book, DigestBookFile(policy, command.book));
  std::vector<crypto::Digest> digests;
  digests.reserve(book.numbers.size());
  for (const auto& [digest, number] : book.numbers) digests.push_back(digest);

  std::optional<GivenConsent> consent;
  if (NeedsConsent(*state, policy)) {
    ASSIGN_OR_RETURN(consent, ObtainConsent(policy, command.agree_to));
  }
  absl::StatusOr<SyncResult> result = SyncAddressBook(connection, policy, digests, consent, file);
  if (ReasonOf(result.status()) == "CONSENT_REQUIRED" && !consent.has_value()) {
    // It was withdrawn elsewhere, by erasing.
    ASSIGN_OR_RETURN(consent, ObtainConsent(policy, command.agree_to));
    result = SyncAddressBook(connection, policy, digests, consent, file);
  }
  RETURN_IF_ERROR(result.status());
  Print(*result, command.output);
  return absl::OkStatus();
}

}  // namespace

void AddSyncCommand(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<SyncCommand>();
  CLI::App* sync = app.add_subcommand(
      "sync", "Have the contacts of this device retained, so that `watch` hears of later joiners");
  sync->add_option("BOOK", command->book, "vCard 2.1, 3.0 or 4.0, or CSV")
      ->required()
      ->configurable(false);
  sync->add_option("--state-file", command->state_file,
                   "What this device keeps between syncs; made by the first")
      ->required();
  // A consent is given where it is seen, not by a line in some file.
  sync->add_option("--agree-to", command->agree_to,
                   "The version of the privacy policy that the person has read and agrees to")
      ->configurable(false);
  AddServerOptions(*sync, command->server);
  AddOutputOption(*sync, command->output);
  sync->footer(
      "Only digests of the numbers are sent, and of those only what changed since the last sync.\n"
      "Asks for consent the first time and when the privacy policy has changed. Sync daily: a\n"
      "device that is silent is forgotten. `smart-contacts erase` ends it.\n\nExample:\n"
      "  smart-contacts sync contacts.vcf --state-file device.json --server pbx.example:8443 \\\n"
      "    --token-file token");
  SetAction(*sync, "smart-contacts", exit_code, [command] { return Run(*command); });
}

}  // namespace smartcontacts::client
