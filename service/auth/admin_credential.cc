#include "service/auth/admin_credential.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"
#include "service/auth/bearer.h"
#include "service/error.h"

namespace smartcontacts::service {
namespace {

// The token in the file; nothing if it has not changed.
absl::StatusOr<std::optional<std::string>> ReadToken(WatchedFile& file, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<std::string> text, file.ReadIfChanged(now));
  if (!text.has_value()) return text;
  absl::StripAsciiWhitespace(&*text);
  if (text->size() < AdminCredential::kLengthMin) {
    return absl::InvalidArgumentError(absl::StrCat(
        file.path(), ": the administrator's token has at least ", AdminCredential::kLengthMin,
        " characters; make one with `openssl rand -hex 32`"));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminCredential>> AdminCredential::Load(const std::string& path,
                                                                       Clock clock,
                                                                       const Log& log) {
  std::unique_ptr<AdminCredential> credential(new AdminCredential(path, std::move(clock), log));
  MutexLock lock(credential->mutex_);
  ASSIGN_OR_RETURN(const std::optional<std::string> token,
                   ReadToken(credential->file_, credential->clock_()));
  credential->token_ = token.value_or(std::string());
  return credential;
}

std::string AdminCredential::CurrentToken() const {
  MutexLock lock(mutex_);
  absl::StatusOr<std::optional<std::string>> changed = ReadToken(file_, clock_());
  if (!changed.ok()) {
    log_.Warning("the administrator's token stays as it was: the new one cannot be used",
                 {{"error", std::string(changed.status().message())}});
  } else if (changed->has_value()) {
    token_ = **std::move(changed);
    log_.Info("the administrator's token was read again");
  }
  return token_;
}

absl::Status AdminCredential::Check(absl::string_view header) const {
  const std::optional<absl::string_view> token = BearerCredential(header);
  if (token.has_value() && crypto::ConstantTimeEqual(*token, CurrentToken())) {
    return absl::OkStatus();
  }
  return MakeError(Reason::kAdminCredentialInvalid,
                   "send the administrator's token as the metadata `authorization: Bearer TOKEN`");
}

}  // namespace smartcontacts::service
