#include "client/programs/admin/token_minting.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/secret_file.h"
#include "crypto/token.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

void AddTokenOptions(CLI::App& command, TokenOptions& options) {
  command.add_option("--jwt-audience", options.audience, "`aud`")->capture_default_str();
  command.add_option("--jwt-issuer", options.issuer, "`iss` [none]");
  command.add_option("--jwt-tenant-claim", options.tenant_claim, "The claim with the tenant")
      ->capture_default_str();
  command.add_option("--jwt-aor-claim", options.aor_claim, "The claim with the address of record")
      ->capture_default_str();
}

absl::StatusOr<std::string> MintToken(const std::string& key_file, const TokenOptions& options,
                                      const TenantId& tenant, const Aor& aor,
                                      absl::Duration lifetime) {
  ASSIGN_OR_RETURN(const std::string key, cli::ReadSecretFile(key_file));
  const absl::Time now = absl::Now();
  nlohmann::json claims = {{"aud", options.audience},
                           {"iat", absl::ToUnixSeconds(now)},
                           {"exp", absl::ToUnixSeconds(now + lifetime)},
                           {options.tenant_claim, tenant.value()},
                           {options.aor_claim, aor.value()}};
  if (!options.issuer.empty()) claims["iss"] = options.issuer;
  const absl::StatusOr<std::string> token = crypto::SignToken(key, claims.dump());
  if (!token.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(key_file, ": ", token.status().message()));
  }
  return *token;
}

}  // namespace smartcontacts::client
