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

// Keys that are of no tenant.
enum class OwnKey {
  kCheck,    // a known value, by which a wrong master key is found at the start
  kService,  // signs receipts and chains the audit log (crypto::ServiceKeys)
};

class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // NOT_FOUND.
  virtual absl::StatusOr<crypto::WrappedKey> Get(const TenantId& id) = 0;
  // Stores `key` unless the tenant has one; returns the one that is stored.
  virtual absl::StatusOr<crypto::WrappedKey> PutIfAbsent(const TenantId& id,
                                                         const crypto::WrappedKey& key,
                                                         absl::Time now) = 0;
  // Puts `key`, which wraps the same data key, in place of `old`. NOT_FOUND if the tenant has no
  // such key (any more).
  virtual absl::Status Replace(const TenantId& id, const crypto::WrappedKey& old,
                               const crypto::WrappedKey& key) = 0;
  // Deletes the tenant's key for good; returns whether there was one. What the backend can
  // overwrite is overwritten.
  virtual absl::StatusOr<bool> Delete(const TenantId& id) = 0;

  // Nothing if none was stored yet.
  virtual absl::StatusOr<std::optional<crypto::WrappedKey>> GetOwn(OwnKey which) = 0;
  // As PutIfAbsent().
  virtual absl::StatusOr<crypto::WrappedKey> PutOwnIfAbsent(OwnKey which,
                                                            const crypto::WrappedKey& key) = 0;
  // As Replace().
  virtual absl::Status ReplaceOwn(OwnKey which, const crypto::WrappedKey& key) = 0;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_KEY_STORE_H_
