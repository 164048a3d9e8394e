#include "storage/key_ring.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"

namespace smartcontacts::storage {
namespace {

std::string KeyContext(const TenantId& id) { return absl::StrCat("tenant data key/", id.value()); }

absl::string_view ContextOf(OwnKey which) {
  switch (which) {
    case OwnKey::kCheck:
      return "master key check";
    case OwnKey::kService:
      return "service key";
  }
  return "";
}

absl::StatusOr<crypto::WrappedKey> GetOrCreateOwn(OwnKey which, const crypto::MasterKey& master_key,
                                                  KeyStore& key_store) {
  ASSIGN_OR_RETURN(const std::optional<crypto::WrappedKey> stored, key_store.GetOwn(which));
  if (stored.has_value()) return *stored;
  return key_store.PutOwnIfAbsent(which,
                                  master_key.Wrap(crypto::SecretKey::Generate(), ContextOf(which)));
}

}  // namespace

KeyRing::KeyRing(crypto::MasterKey master_key, KeyStore& key_store,
                 const crypto::SecretKey& service_key)
    : key_store_(key_store),
      service_keys_(service_key),
      master_key_(std::make_shared<const crypto::MasterKey>(std::move(master_key))) {}

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(crypto::MasterKey master_key,
                                                       KeyStore& key_store) {
  ASSIGN_OR_RETURN(const crypto::WrappedKey check,
                   GetOrCreateOwn(OwnKey::kCheck, master_key, key_store));
  if (!master_key.Unwrap(check, ContextOf(OwnKey::kCheck)).ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the master key is not the one this key store was made with (version ",
        check.master_key_version, "): nothing was changed; start with the right file"));
  }
  ASSIGN_OR_RETURN(const crypto::WrappedKey wrapped,
                   GetOrCreateOwn(OwnKey::kService, master_key, key_store));
  ASSIGN_OR_RETURN(const crypto::SecretKey service_key,
                   master_key.Unwrap(wrapped, ContextOf(OwnKey::kService)));
  return std::unique_ptr<KeyRing>(new KeyRing(std::move(master_key), key_store, service_key));
}

absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> KeyRing::Unwrap(
    const TenantId& id, const crypto::WrappedKey& wrapped) const {
  ASSIGN_OR_RETURN(const crypto::SecretKey data_key,
                   CurrentMasterKey()->Unwrap(wrapped, KeyContext(id)));
  return std::make_shared<const crypto::TenantKeys>(data_key);
}

absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> KeyRing::Get(const TenantId& id) {
  {
    MutexLock lock(mutex_);
    if (const auto found = keys_.find(id); found != keys_.end()) return found->second;
  }
  const absl::StatusOr<crypto::WrappedKey> wrapped = key_store_.Get(id);
  if (absl::IsNotFound(wrapped.status())) {
    return absl::FailedPreconditionError("the tenant's key is not in the key store");
  }
  RETURN_IF_ERROR(wrapped.status());
  ASSIGN_OR_RETURN(auto keys, Unwrap(id, *wrapped));
  MutexLock lock(mutex_);
  return keys_.try_emplace(id, std::move(keys)).first->second;
}

absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> KeyRing::GetOrCreate(const TenantId& id,
                                                                               absl::Time now) {
  const crypto::WrappedKey fresh =
      CurrentMasterKey()->Wrap(crypto::SecretKey::Generate(), KeyContext(id));
  ASSIGN_OR_RETURN(const crypto::WrappedKey stored, key_store_.PutIfAbsent(id, fresh, now));
  ASSIGN_OR_RETURN(auto keys, Unwrap(id, stored));
  MutexLock lock(mutex_);
  // What is in memory may be the key of a tenant of this name that was purged.
  return keys_.insert_or_assign(id, std::move(keys)).first->second;
}

absl::StatusOr<bool> KeyRing::Has(const TenantId& id) {
  const absl::Status status = key_store_.Get(id).status();
  if (absl::IsNotFound(status)) return false;
  RETURN_IF_ERROR(status);
  return true;
}

absl::StatusOr<bool> KeyRing::Destroy(const TenantId& id) {
  ASSIGN_OR_RETURN(const bool destroyed, key_store_.Delete(id));
  Forget(id);
  return destroyed;
}

void KeyRing::Forget(const TenantId& id) {
  MutexLock lock(mutex_);
  keys_.erase(id);
}

std::shared_ptr<const crypto::MasterKey> KeyRing::CurrentMasterKey() const {
  MutexLock lock(mutex_);
  return master_key_;
}

absl::Status KeyRing::ReplaceMasterKey(crypto::MasterKey master_key) {
  for (const OwnKey which : {OwnKey::kCheck, OwnKey::kService}) {
    ASSIGN_OR_RETURN(const std::optional<crypto::WrappedKey> own, key_store_.GetOwn(which));
    if (own.has_value()) RETURN_IF_ERROR(master_key.Unwrap(*own, ContextOf(which)).status());
  }
  auto replacement = std::make_shared<const crypto::MasterKey>(std::move(master_key));
  MutexLock lock(mutex_);
  master_key_.swap(replacement);
  return absl::OkStatus();
}

std::vector<TenantId> KeyRing::Held() const {
  MutexLock lock(mutex_);
  std::vector<TenantId> ids;
  ids.reserve(keys_.size());
  for (const auto& [id, keys] : keys_) ids.push_back(id);
  return ids;
}

absl::StatusOr<bool> KeyRing::Rewrap(const TenantId& id) {
  const std::shared_ptr<const crypto::MasterKey> master_key = CurrentMasterKey();
  ASSIGN_OR_RETURN(const crypto::WrappedKey old, key_store_.Get(id));
  if (old.master_key_version == master_key->version()) return false;
  ASSIGN_OR_RETURN(const crypto::SecretKey key, master_key->Unwrap(old, KeyContext(id)));
  RETURN_IF_ERROR(key_store_.Replace(id, old, master_key->Wrap(key, KeyContext(id))));
  return true;
}

absl::StatusOr<int> KeyRing::RewrapOwn() {
  const std::shared_ptr<const crypto::MasterKey> master_key = CurrentMasterKey();
  int changed = 0;
  for (const OwnKey which : {OwnKey::kCheck, OwnKey::kService}) {
    ASSIGN_OR_RETURN(const crypto::WrappedKey old, GetOrCreateOwn(which, *master_key, key_store_));
    if (old.master_key_version == master_key->version()) continue;
    ASSIGN_OR_RETURN(const crypto::SecretKey key, master_key->Unwrap(old, ContextOf(which)));
    RETURN_IF_ERROR(key_store_.ReplaceOwn(which, master_key->Wrap(key, ContextOf(which))));
    ++changed;
  }
  return changed;
}

}  // namespace smartcontacts::storage
