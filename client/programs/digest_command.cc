#include "client/programs/digest_command.h"

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/normalization/normalizer.h"
#include "client/programs/options.h"
#include "crypto/digest.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

using nlohmann::ordered_json;

struct DigestCommand {
  DialPlan plan;
  std::string salt_file;
  Output output = Output::kTable;
  std::vector<std::string> numbers;
};

namespace {

absl::StatusOr<std::optional<crypto::Digester>> DigesterFor(const std::string& salt_file) {
  if (salt_file.empty()) return std::optional<crypto::Digester>();
  ASSIGN_OR_RETURN(const std::string hex, cli::ReadSecretFile(salt_file));
  const std::string bytes = absl::HexStringToBytes(hex);
  if (hex.size() != 2 * crypto::EpochSalt::kSize ||
      absl::BytesToHexString(bytes) != absl::AsciiStrToLower(hex)) {
    return absl::InvalidArgumentError(absl::StrCat(salt_file, ": a salt is 64 hexadecimal digits"));
  }
  crypto::EpochSalt salt{};
  std::copy(bytes.begin(), bytes.end(), salt.bytes.begin());
  return std::optional(crypto::Digester(salt));
}

ordered_json Describe(const std::string& typed, const Normalized& normalized,
                      const std::optional<crypto::Digester>& digester) {
  ordered_json candidates = ordered_json::array();
  for (const Candidate& candidate : normalized.candidates) {
    ordered_json entry = {{"identifier", candidate.identifier.value()},
                          {"reading", Name(candidate.reading)}};
    if (digester.has_value()) {
      const crypto::Digest digest = (*digester)(candidate.identifier);
      entry["digest"] = absl::BytesToHexString(
          {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
    }
    candidates.push_back(std::move(entry));
  }
  ordered_json number = {{"typed", typed}, {"candidates", candidates}};
  if (normalized.skipped.has_value()) number["skipped"] = Name(*normalized.skipped);
  return number;
}

absl::Status Run(const DigestCommand& command) {
  ASSIGN_OR_RETURN(const Normalizer normalizer, Normalizer::Create(command.plan));
  ASSIGN_OR_RETURN(const std::optional<crypto::Digester> digester, DigesterFor(command.salt_file));
  ordered_json numbers = ordered_json::array();
  cli::Table table({"NUMBER", "IDENTIFIER", "READ AS", "DIGEST"});
  for (const std::string& typed : command.numbers) {
    const Normalized normalized = normalizer.ForContact(typed);
    ordered_json number = Describe(typed, normalized, digester);
    for (const ordered_json& candidate : number["candidates"]) {
      table.Add({typed, candidate["identifier"], candidate["reading"],
                 candidate.value("digest", std::string("(no --salt-file)"))});
    }
    if (number.contains("skipped")) table.Add({typed, "(not sent)", number["skipped"], ""});
    numbers.push_back(std::move(number));
  }
  if (command.output == Output::kJson) {
    std::cout << numbers.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
  } else {
    table.Print(std::cout);
  }
  return absl::OkStatus();
}

}  // namespace

std::shared_ptr<DigestCommand> AddDigestCommand(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<DigestCommand>();
  CLI::App* digest =
      app.add_subcommand("digest", "Show how numbers are read, and their digests; asks no server");
  digest->add_option("NUMBER", command->numbers, "As typed")->required()->configurable(false);
  digest
      ->add_option("--region", command->plan.default_region,
                   "Where numbers are at home, such as DE")
      ->required();
  digest->add_option("--outside-line-prefix", command->plan.outside_line_prefix, "Such as 0 or 9");
  digest->add_option("--international-prefix", command->plan.international_prefix,
                     "Such as 00 [the region's]");
  digest->add_option("--national-prefix", command->plan.national_prefix,
                     "Such as 0 [the region's]");
  digest->add_option("--extension-pattern", command->plan.extension_pattern,
                     "Which digits are extensions, such as [1-7][0-9]{2}");
  digest->add_option("--phone-context", command->plan.phone_context, "The extensions' domain");
  digest->add_option("--salt-file", command->salt_file,
                     "The epoch's salt as 64 hexadecimal digits");
  AddOutputOption(*digest, command->output);
  digest->footer(
      "Example:\n  smart-contacts digest --region DE --outside-line-prefix 0 '0 0157 32345678' "
      "'*21#'");
  SetAction(*digest, "smart-contacts", exit_code, [command] { return Run(*command); });
  return command;
}

}  // namespace smartcontacts::client
