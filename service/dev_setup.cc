#include "service/dev_setup.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/secret_file.h"
#include "crypto/master_key.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "domain/status_macros.h"

namespace smartcontacts::service {
namespace {

using Make = std::function<absl::StatusOr<std::string>()>;

absl::Status MakeUnlessThere(const std::string& path, const Make& make) {
  if (std::filesystem::exists(path)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string content, make());
  return cli::WriteSecretFile(path, content);
}

std::string RandomToken() {
  std::array<std::uint8_t, 32> bytes{};
  crypto::RandomBytes(absl::MakeSpan(bytes));
  return absl::StrCat(
      absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()}), "\n");
}

}  // namespace

absl::Status PrepareDevMode(const ServeConfig& config, const Log& log) {
  const std::string signing_key_file =
      std::filesystem::path(config.data_directory) / "dev-signing-key.jwk";
  RETURN_IF_ERROR(
      MakeUnlessThere(config.master_key_file, [] { return crypto::MasterKey::GenerateText(); }));
  RETURN_IF_ERROR(MakeUnlessThere(config.admin_token_file, [] { return RandomToken(); }));
  RETURN_IF_ERROR(MakeUnlessThere(signing_key_file, [] {
    return crypto::GenerateSigningKey(crypto::SigningAlgorithm::kEs256, "dev");
  }));
  RETURN_IF_ERROR(MakeUnlessThere(config.jwt.jwks_file, [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::string key, cli::ReadSecretFile(signing_key_file));
    return crypto::PublicJwkSet(key);
  }));
  log.Warning(
      "DEVELOPMENT MODE: no TLS, and whoever can read the data directory can sign tokens, "
      "administer "
      "and decrypt. Not for real subscribers",
      {{"master_key_file", config.master_key_file},
       {"admin_token_file", config.admin_token_file},
       {"signing_key_file", signing_key_file},
       {"jwks_file", config.jwt.jwks_file}});
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
