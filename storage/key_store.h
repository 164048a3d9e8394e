// Where the tenants' wrapped data keys lie: apart from the data, because a backup that holds both
// would undo a purge.
//
// Implementations are safe for concurrent use. Errors beside those named: UNAVAILABLE, INTERNAL.

#ifndef SMART_CONTACTS_STORAGE_KEY_STORE_H_
#define SMART_CONTACTS_STORAGE_KEY_STORE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/master_key.h"
#include "domain/names.h"

namespace smartcontacts::storage {

class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // NOT_FOUND.
  virtual absl::StatusOr<crypto::WrappedKey> Get(const TenantId& id) = 0;
  // Stores `key` unless the tenant has one; returns the one that is stored.
  virtual absl::StatusOr<crypto::WrappedKey> PutIfAbsent(const TenantId& id,
                                                         const crypto::WrappedKey& key,
                                                         absl::Time now) = 0;
  // A known value wrapped by the master key, by which a wrong master key is found at the start.
  // Nothing if none was stored yet.
  virtual absl::StatusOr<std::optional<crypto::WrappedKey>> GetCheck() = 0;
  // Stores `check` unless there is one; returns the one that is stored.
  virtual absl::StatusOr<crypto::WrappedKey> PutCheckIfAbsent(const crypto::WrappedKey& check) = 0;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_KEY_STORE_H_
