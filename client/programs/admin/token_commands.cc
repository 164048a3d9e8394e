// `smart-contacts-admin token new-key|mint`: for trying things out, and for a PBX that provisions
// its phones. Asks no server.

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/programs/admin/commands.h"
#include "client/programs/admin/token_minting.h"
#include "crypto/token.h"
#include "domain/names.h"

namespace smartcontacts::client {
namespace {

struct NewKeyCommand {
  std::string key_file;
  std::string jwks_file;
  std::string key_id;
  crypto::SigningAlgorithm algorithm = crypto::SigningAlgorithm::kEs256;
};

struct MintCommand {
  std::string key_file;
  std::string tenant;
  std::string aor;
  TokenOptions token;
  std::int64_t lifetime_s = 3600;
};

absl::Status NewKey(const NewKeyCommand& command) {
  const std::string key_id =
      command.key_id.empty()
          ? absl::FormatTime("key-%Y%m%d%H%M%S", absl::Now(), absl::UTCTimeZone())
          : command.key_id;
  ASSIGN_OR_RETURN(const std::string key, crypto::GenerateSigningKey(command.algorithm, key_id));
  ASSIGN_OR_RETURN(const std::string set, crypto::PublicJwkSet(key));
  RETURN_IF_ERROR(cli::WriteSecretFile(command.key_file, key + "\n"));
  std::ofstream file(command.jwks_file, std::ios::trunc);
  file << set << "\n";
  if (!file.flush()) {
    // One without the other is of no use, and would be in the way of the next attempt.
    absl::Status status = absl::UnavailableError(
        absl::StrCat(command.jwks_file, ": ", std::strerror(errno), "; no key was made"));
    std::filesystem::remove(command.key_file);
    return status;
  }
  std::cout << "the private key is in " << command.key_file
            << " (keep it where tokens are made), the public key in " << command.jwks_file
            << " (for --jwks-file of the server)\n";
  return absl::OkStatus();
}

absl::Status Mint(const MintCommand& command) {
  ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(command.tenant));
  ASSIGN_OR_RETURN(const Aor aor, Aor::Parse(command.aor));
  ASSIGN_OR_RETURN(const std::string token, MintToken(command.key_file, command.token, tenant, aor,
                                                      absl::Seconds(command.lifetime_s)));
  std::cout << token << "\n";
  return absl::OkStatus();
}

}  // namespace

void AddTokenCommands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("token", "Bearer tokens of accounts");

  auto key = std::make_shared<NewKeyCommand>();
  CLI::App* new_key = group->add_subcommand("new-key", "Make a key pair that signs tokens");
  new_key->footer(
      "Example:\n  smart-contacts-admin token new-key --key-file signing-key.jwk --jwks-file "
      "jwks.json");
  new_key->add_option("--key-file", key->key_file, "Where the private key goes; must not exist")
      ->required();
  new_key->add_option("--jwks-file", key->jwks_file, "Where the public JWK set goes")->required();
  new_key->add_option("--key-id", key->key_id, "Its `kid` [from the time]");
  new_key->add_option("--algorithm", key->algorithm, "ES256 or RS256")
      ->transform(CLI::CheckedTransformer(std::map<std::string, crypto::SigningAlgorithm>{
                                              {"ES256", crypto::SigningAlgorithm::kEs256},
                                              {"RS256", crypto::SigningAlgorithm::kRs256}})
                      .description(""))
      ->default_str("ES256");
  SetAction(*new_key, kAdminProgram, exit_code, [key] { return NewKey(*key); });

  auto values = std::make_shared<MintCommand>();
  CLI::App* mint = group->add_subcommand("mint", "Sign a token and print it");
  mint->footer(
      "Example:\n  smart-contacts-admin token mint --key-file signing-key.jwk --tenant acme \\\n"
      "    --aor sip:101@acme.example > token");
  mint->add_option("--key-file", values->key_file, "The private key (JWK)")->required();
  mint->add_option("--tenant", values->tenant, "The account's tenant")->required();
  mint->add_option("--aor", values->aor, "The account's address of record")->required();
  mint->add_option("--lifetime-s", values->lifetime_s, "Until it expires")
      ->capture_default_str()
      ->check(CLI::Range(1, 366 * 24 * 3600));
  AddTokenOptions(*mint, values->token);
  SetAction(*mint, kAdminProgram, exit_code, [values] { return Mint(*values); });
}

}  // namespace smartcontacts::client
