// The administrators' credentials: tokens in a file, sent as `authorization: Bearer TOKEN`.
//
// The file holds one token, whose owner is called "admin", or a line NAME:TOKEN for each
// administrator; empty lines and those that begin with '#' are passed over. What an administrator
// does is in the audit log under this name.

#ifndef SMART_CONTACTS_SERVICE_AUTH_ADMIN_CREDENTIAL_H_
#define SMART_CONTACTS_SERVICE_AUTH_ADMIN_CREDENTIAL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
// tokens before stay and the log says so.
class AdminCredential {
 public:
  // Enough that nobody guesses it: 32 hexadecimal digits are 128 bits.
  static constexpr std::size_t kLengthMin = 32;
  static constexpr std::size_t kLengthMax = 1024;
  // A name is 1 to this many characters of a-z, 0-9, '.', '_' and '-'.
  static constexpr std::size_t kNameLengthMax = 64;
  static constexpr std::size_t kFileSizeMax = 64 * 1024;

  // INVALID_ARGUMENT or UNAVAILABLE, naming the file, if it is not as described above, or has a
  // name or a token twice. White space around a token is not part of it. `log` must outlive it.
  static absl::StatusOr<std::unique_ptr<AdminCredential>> Load(const std::string& path, Clock clock,
                                                               const Log& log);

  // Whether `text` could be the content of such a file; INVALID_ARGUMENT with the line if not.
  static absl::Status CheckText(absl::string_view text) { return Parse(text).status(); }

  // The name of the administrator whose credential `header` is; kAdminCredentialInvalid if it is
  // nobody's. Takes as long whoever's it is and wherever it differs.
  absl::StatusOr<std::string> Check(absl::string_view header) const;

  // Whether the file of tokens has changed into one that cannot be used.
  bool file_refused() const { return file_refused_; }

 private:
  struct NamedToken {
    std::string name;
    std::string token;
  };
  using NamedTokens = std::vector<NamedToken>;

  AdminCredential(const std::string& path, Clock clock, const Log& log)
      : clock_(std::move(clock)), log_(log), file_(path, kFileSizeMax) {}
  static absl::StatusOr<NamedTokens> Parse(absl::string_view text);
  // Takes up what the file holds, if it has changed; returns whether it has.
  absl::StatusOr<bool> ReadFile() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<const NamedTokens> CurrentTokens() const;

  const Clock clock_;
  const Log& log_;
  mutable std::atomic<bool> file_refused_ = false;
  mutable Mutex mutex_;
  mutable WatchedFile file_ ABSL_GUARDED_BY(mutex_);
  mutable std::shared_ptr<const NamedTokens> tokens_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_AUTH_ADMIN_CREDENTIAL_H_
