// The tenants' keys and the service's own, unwrapped on first use and held in guarded memory.

#ifndef SMART_CONTACTS_STORAGE_KEY_RING_H_
#define SMART_CONTACTS_STORAGE_KEY_RING_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/master_key.h"
#include "crypto/service_keys.h"
#include "crypto/tenant_keys.h"
#include "domain/mutex.h"
#include "domain/names.h"
#include "storage/key_store.h"

namespace smartcontacts::storage {

// Safe for concurrent use.
class KeyRing {
 public:
  // Checks that `master_key` is the one this key store was made with. On a new key store, leaves a
  // check value for the next start and makes the service's own key. FAILED_PRECONDITION with what
  // to do if it is another key or lacks the version; nothing is written then. `key_store` must
  // outlive the ring.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Open(crypto::MasterKey master_key,
                                                       KeyStore& key_store);

  // FAILED_PRECONDITION if the tenant has no key, DATA_LOSS if it does not open.
  absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> Get(const TenantId& id);
  // The same, but a tenant without a key gets one.
  absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> GetOrCreate(const TenantId& id,
                                                                        absl::Time now);

  // Whether the key store has the tenant's key.
  absl::StatusOr<bool> Has(const TenantId& id);

  // Deletes the tenant's key from the key store and from memory; returns whether there was one.
  absl::StatusOr<bool> Destroy(const TenantId& id);
  // Drops the tenant's key from memory: somebody else destroyed it, or it is not used any more.
  void Forget(const TenantId& id);

  // Wraps and unwraps with `master_key` from now on: its file has changed. FAILED_PRECONDITION if
  // it does not open the keys that are of no tenant, and nothing changes then. These are the last
  // that a rewrapping wraps; tenants' keys are not looked at.
  absl::Status ReplaceMasterKey(crypto::MasterKey master_key);

  // The tenants whose keys are in memory.
  std::vector<TenantId> Held() const;

  // The same key under the newest version of the master key; returns whether that changed anything.
  // NOT_FOUND if the tenant has no key; FAILED_PRECONDITION if the master key lacks the version it
  // was wrapped with.
  absl::StatusOr<bool> Rewrap(const TenantId& id);
  // The same with the keys that are of no tenant; returns how many were changed.
  absl::StatusOr<int> RewrapOwn();

  const crypto::ServiceKeys& service_keys() const { return service_keys_; }

 private:
  KeyRing(crypto::MasterKey master_key, KeyStore& key_store, const crypto::SecretKey& service_key);
  absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> Unwrap(
      const TenantId& id, const crypto::WrappedKey& wrapped) const;
  std::shared_ptr<const crypto::MasterKey> CurrentMasterKey() const;

  KeyStore& key_store_;
  const crypto::ServiceKeys service_keys_;
  mutable Mutex mutex_;
  std::shared_ptr<const crypto::MasterKey> master_key_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<TenantId, std::shared_ptr<const crypto::TenantKeys>> keys_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_KEY_RING_H_
