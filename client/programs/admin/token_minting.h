// Tokens of accounts, as a PBX signs them.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_TOKEN_MINTING_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_TOKEN_MINTING_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/names.h"

namespace smartcontacts::client {

// What the server expects of a token beside its signature: the options of `serve` that are named
// so.
struct TokenOptions {
  std::string audience = "smart-contacts";
  std::string issuer;  // empty: none
  std::string tenant_claim = "tenant";
  std::string aor_claim = "sub";
};

void AddTokenOptions(CLI::App& command, TokenOptions& options);

// Signed with the private key (JWK) in `key_file`; valid from now on. Errors name the file.
absl::StatusOr<std::string> MintToken(const std::string& key_file, const TokenOptions& options,
                                      const TenantId& tenant, const Aor& aor,
                                      absl::Duration lifetime);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_ADMIN_TOKEN_MINTING_H_
