// Contact data as it lies in a database, the same for every backend: sealed values, which only open
// in their own row, and tags to look them up by.

#ifndef SMART_CONTACTS_STORAGE_SEALED_ROWS_H_
#define SMART_CONTACTS_STORAGE_SEALED_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/digest.h"
#include "crypto/tenant_keys.h"
#include "domain/tenant.h"

namespace smartcontacts::storage {

struct SealedIdentifier {
  crypto::Tag tag;
  std::string sealed;
};

struct SealedSubscriberRow {
  crypto::Tag tag;
  // Of all that is known of the subscriber: sealing is random, so this tells what has changed.
  crypto::Tag content_tag;
  std::string sealed_aor;
  std::vector<SealedIdentifier> identifiers;
};

// Seals and opens rows of one tenant. Safe for concurrent use; refers to what it is given.
class RowSealer {
 public:
  RowSealer(const TenantId& tenant, const crypto::TenantKeys& keys)
      : tenant_(tenant), keys_(keys) {}

  crypto::Tag TagOf(const Aor& aor) const { return keys_.aor_tagger(aor.value()); }
  crypto::Tag TagOf(const Identifier& identifier) const {
    return keys_.identifier_tagger(identifier.value());
  }

  SealedSubscriberRow Seal(const Subscriber& subscriber) const;
  std::string SealIdentifier(const crypto::Tag& aor_tag, const Identifier& identifier) const;
  std::string SealSalt(std::int64_t epoch, const crypto::EpochSalt& salt) const;

  // DATA_LOSS if the value is not what was sealed for this place.
  absl::StatusOr<Aor> OpenAor(const crypto::Tag& tag, absl::string_view sealed) const;
  absl::StatusOr<Identifier> OpenIdentifier(const crypto::Tag& aor_tag, const crypto::Tag& tag,
                                            absl::string_view sealed) const;
  absl::StatusOr<crypto::EpochSalt> OpenSalt(std::int64_t epoch, absl::string_view sealed) const;

 private:
  std::string AorContext(const crypto::Tag& tag) const;
  std::string IdentifierContext(const crypto::Tag& aor_tag, const crypto::Tag& tag) const;
  std::string SaltContext(std::int64_t epoch) const;

  const TenantId& tenant_;
  const crypto::TenantKeys& keys_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SEALED_ROWS_H_
