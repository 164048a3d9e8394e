// The master key: wraps the tenants' data keys. It comes from outside of every database and may
// have several versions at once, so that it can be rotated while the service runs.

#ifndef SMART_CONTACTS_CRYPTO_MASTER_KEY_H_
#define SMART_CONTACTS_CRYPTO_MASTER_KEY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/sealing.h"
#include "crypto/secret.h"

namespace smartcontacts::crypto {

// A data key as it is stored.
struct WrappedKey {
  std::int64_t master_key_version = 0;
  std::string sealed;  // Sealer's layout
};

// Safe for concurrent use.
class MasterKey {
 public:
  // Reads the text of a key file: a line `VERSION:KEY` for each version, VERSION from 1 to
  // 2147483647, KEY the 32 bytes in base64 (RFC 4648, section 4); empty lines and lines that begin
  // with '#' are passed over. INVALID_ARGUMENT with the line number, never the key, if a line is
  // otherwise, a version is there twice, or there is none.
  static absl::StatusOr<MasterKey> Parse(absl::string_view text);
  // The line of a key file with a new key of `version`.
  static std::string GenerateText(std::int64_t version = 1);

  // The newest version: Wrap() uses it.
  std::int64_t version() const;
  std::vector<std::int64_t> versions() const;

  // `context` is bound to the wrapped key: it names the tenant.
  WrappedKey Wrap(const SecretKey& key, absl::string_view context) const;
  // FAILED_PRECONDITION if the version it was wrapped with is not here; DATA_LOSS if it does not
  // open.
  absl::StatusOr<SecretKey> Unwrap(const WrappedKey& wrapped, absl::string_view context) const;

 private:
  MasterKey() = default;
  std::map<std::int64_t, Sealer> sealers_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_MASTER_KEY_H_
