// The administrator's credential: a token in a file, sent as `authorization: Bearer TOKEN`.

#ifndef SMART_CONTACTS_SERVICE_AUTH_ADMIN_CREDENTIAL_H_
#define SMART_CONTACTS_SERVICE_AUTH_ADMIN_CREDENTIAL_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/mutex.h"
#include "service/auth/watched_file.h"
#include "service/clock.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// Safe for concurrent use. The file is read again when it changes; while it cannot be used, the
// token before stays and the log says so.
class AdminCredential {
 public:
  // Enough that nobody guesses it: 32 hexadecimal digits are 128 bits.
  static constexpr std::size_t kLengthMin = 32;
  static constexpr std::size_t kLengthMax = 1024;

  // INVALID_ARGUMENT or UNAVAILABLE, naming the file, if it holds no token of that length. White
  // space around the token is not part of it. `log` must outlive it.
  static absl::StatusOr<std::unique_ptr<AdminCredential>> Load(const std::string& path, Clock clock,
                                                               const Log& log);

  // kAdminCredentialInvalid unless `header` is the credential. Takes as long wherever it differs.
  absl::Status Check(absl::string_view header) const;

 private:
  AdminCredential(const std::string& path, Clock clock, const Log& log)
      : clock_(std::move(clock)), log_(log), file_(path, kLengthMax + 2) {}
  std::string CurrentToken() const;

  const Clock clock_;
  const Log& log_;
  mutable Mutex mutex_;
  mutable WatchedFile file_ ABSL_GUARDED_BY(mutex_);
  mutable std::string token_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_AUTH_ADMIN_CREDENTIAL_H_
