// The names that everything else refers to: a tenant, a subscriber's address of record, a
// device. They are values: immutable, copyable, safe to share between threads, and always valid
// once they exist.

#ifndef SMART_CONTACTS_DOMAIN_NAMES_H_
#define SMART_CONTACTS_DOMAIN_NAMES_H_

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace smartcontacts {

// The name of a PBX tenant: 1 to 63 characters of a-z, 0-9 and '-', beginning with a letter or
// digit and not ending in '-' (a DNS label, RFC 1123).
class TenantId {
 public:
  static constexpr std::size_t kLengthMax = 63;

  // INVALID_ARGUMENT if `text` is not such a name. The message does not repeat `text`.
  static absl::StatusOr<TenantId> Parse(std::string_view text);

  const std::string& value() const { return value_; }

  friend bool operator==(const TenantId&, const TenantId&) = default;
  friend auto operator<=>(const TenantId&, const TenantId&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const TenantId& id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  explicit TenantId(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

// An address of record (RFC 3261, section 6): `sip:USER@DOMAIN`, at most 255 bytes of ASCII,
// without port, parameters or headers. The domain is in lower case; the user part keeps its case,
// because SIP compares it so. `sips:` is the same person over another transport and is read as
// `sip:`.
class Aor {
 public:
  static constexpr std::size_t kLengthMax = 255;

  // Reads `sip:user@domain`, `sips:user@domain` or `user@domain`. INVALID_ARGUMENT if it is none of
  // them. The message does not repeat `text`.
  static absl::StatusOr<Aor> Parse(std::string_view text);

  const std::string& value() const { return value_; }
  // The part behind '@', in lower case.
  std::string_view domain() const;

  friend bool operator==(const Aor&, const Aor&) = default;
  friend auto operator<=>(const Aor&, const Aor&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Aor& aor) {
    return H::combine(std::move(state), aor.value_);
  }

 private:
  explicit Aor(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

// One installation of the app, as the app named it: 1 to 64 characters of A-Z, a-z, 0-9, '-' and
// '_'.
class DeviceId {
 public:
  static constexpr std::size_t kLengthMax = 64;

  // INVALID_ARGUMENT if `text` is not such a name. The message does not repeat `text`.
  static absl::StatusOr<DeviceId> Parse(std::string_view text);

  const std::string& value() const { return value_; }

  friend bool operator==(const DeviceId&, const DeviceId&) = default;
  friend auto operator<=>(const DeviceId&, const DeviceId&) = default;

 private:
  explicit DeviceId(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

// True if `text` is a DNS name in lower case: 1 to 253 characters, labels of 1 to 63.
bool IsDomainName(std::string_view text);

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_DOMAIN_NAMES_H_
