// Turns a bearer token into an account.

#ifndef SMART_CONTACTS_SERVICE_AUTH_AUTHENTICATOR_H_
#define SMART_CONTACTS_SERVICE_AUTH_AUTHENTICATOR_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/token.h"
#include "domain/mutex.h"
#include "service/auth/account.h"
#include "service/auth/watched_file.h"
#include "service/clock.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

struct AuthenticatorOptions {
  std::string jwks_file;
  std::string audience = "smart-contacts";
  std::optional<std::string> issuer;
  std::string tenant_claim = "tenant";
  std::string aor_claim = "sub";
};

// Safe for concurrent use. The file of keys is read again when it changes; while it cannot be read
// or is no JWK set, the keys before stay and the log says so.
class Authenticator {
 public:
  // INVALID_ARGUMENT or UNAVAILABLE, naming the file, if it has no keys to start with. `log` must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<Authenticator>> Create(AuthenticatorOptions options,
                                                               Clock clock, const Log& log);

  // `header` is the value of `authorization`, empty if there is none. kCredentialMissing,
  // kCredentialInvalid, kCredentialExpired.
  absl::StatusOr<Account> Authenticate(absl::string_view header) const;

  // Whether the file of keys has changed into one that cannot be used.
  bool file_refused() const { return file_refused_; }

 private:
  Authenticator(AuthenticatorOptions options, Clock clock, const Log& log);
  crypto::JwkSet CurrentKeys(absl::Time now) const;

  const AuthenticatorOptions options_;
  const crypto::TokenRules rules_;
  const Clock clock_;
  const Log& log_;
  mutable std::atomic<bool> file_refused_ = false;
  mutable Mutex mutex_;
  mutable WatchedFile file_ ABSL_GUARDED_BY(mutex_);
  mutable std::optional<crypto::JwkSet> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_AUTH_AUTHENTICATOR_H_
