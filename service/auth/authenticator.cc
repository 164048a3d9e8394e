#include "service/auth/authenticator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/auth/bearer.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

// The keys in the file; nothing if it has not changed.
absl::StatusOr<std::optional<crypto::JwkSet>> ReadKeys(WatchedFile& file, absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<std::string> text, file.ReadIfChanged(now));
  if (!text.has_value()) return std::optional<crypto::JwkSet>();
  absl::StatusOr<crypto::JwkSet> keys = crypto::JwkSet::Parse(*text);
  if (!keys.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file.path(), ": ", keys.status().message()));
  }
  return std::optional(*std::move(keys));
}

absl::Status Invalid(absl::string_view message) {
  return MakeError(Reason::kCredentialInvalid, message);
}

}  // namespace

Authenticator::Authenticator(AuthenticatorOptions options, Clock clock, const Log& log)
    : options_(std::move(options)),
      rules_{.audience = options_.audience, .issuer = options_.issuer},
      clock_(std::move(clock)),
      log_(log),
      file_(options_.jwks_file, crypto::JwkSet::kTextSizeMax) {}

absl::StatusOr<std::unique_ptr<Authenticator>> Authenticator::Create(AuthenticatorOptions options,
                                                                     Clock clock, const Log& log) {
  std::unique_ptr<Authenticator> authenticator(
      new Authenticator(std::move(options), std::move(clock), log));
  MutexLock lock(authenticator->mutex_);
  ASSIGN_OR_RETURN(authenticator->keys_, ReadKeys(authenticator->file_, authenticator->clock_()));
  return authenticator;
}

crypto::JwkSet Authenticator::CurrentKeys(absl::Time now) const {
  MutexLock lock(mutex_);
  absl::StatusOr<std::optional<crypto::JwkSet>> changed = ReadKeys(file_, now);
  if (!changed.ok()) {
    file_refused_ = true;
    log_.Warning("the JWK set stays as it was: the new one cannot be used",
                 {{"error", std::string(changed.status().message())}});
  } else if (changed->has_value()) {
    keys_ = **std::move(changed);
    file_refused_ = false;
    log_.Info("the JWK set was read again", {{"keys", keys_->size()}});
  }
  return *keys_;
}

absl::StatusOr<Account> Authenticator::Authenticate(absl::string_view header) const {
  if (header.empty()) {
    return MakeError(Reason::kCredentialMissing, "send the metadata `authorization: Bearer TOKEN`");
  }
  const std::optional<absl::string_view> token = BearerCredential(header);
  if (!token.has_value()) return Invalid("the authorization is not of the form `Bearer TOKEN`");
  const absl::Time now = clock_();
  const absl::StatusOr<crypto::TokenClaims> claims =
      crypto::VerifyToken(CurrentKeys(now), *token, rules_, now);
  if (absl::IsDeadlineExceeded(claims.status())) {
    return MakeError(Reason::kCredentialExpired, claims.status().message());
  }
  if (!claims.ok()) return Invalid(claims.status().message());

  const auto claim = [&claims](const std::string& name) {
    const auto found = claims->find(name);
    return found == claims->end() ? std::string() : found->second;
  };
  absl::StatusOr<TenantId> tenant = TenantId::Parse(claim(options_.tenant_claim));
  if (!tenant.ok()) {
    return Invalid(
        absl::StrCat("the token's claim \"", options_.tenant_claim, "\" names no tenant"));
  }
  absl::StatusOr<Aor> aor = Aor::Parse(claim(options_.aor_claim));
  if (!aor.ok()) {
    return Invalid(
        absl::StrCat("the token's claim \"", options_.aor_claim, "\" is no SIP address of record"));
  }
  return Account{*std::move(tenant), *std::move(aor)};
}

}  // namespace smartcontacts::service
