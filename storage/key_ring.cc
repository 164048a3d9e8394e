#include "storage/key_ring.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"

namespace smartcontacts::storage {
namespace {

constexpr absl::string_view kCheckContext = "master key check";

std::string KeyContext(const TenantId& id) { return absl::StrCat("tenant data key/", id.value()); }

}  // namespace

KeyRing::KeyRing(crypto::MasterKey master_key, KeyStore& key_store)
    : master_key_(std::move(master_key)), key_store_(key_store) {}

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(crypto::MasterKey master_key,
                                                       KeyStore& key_store) {
  ASSIGN_OR_RETURN(std::optional<crypto::WrappedKey> check, key_store.GetCheck());
  if (!check.has_value()) {
    ASSIGN_OR_RETURN(check, key_store.PutCheckIfAbsent(
                                master_key.Wrap(crypto::SecretKey::Generate(), kCheckContext)));
  }
  if (!master_key.Unwrap(*check, kCheckContext).ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the master key is not the one this key store was made with (version ",
        check->master_key_version, "): nothing was changed; start with the right file"));
  }
  return std::unique_ptr<KeyRing>(new KeyRing(std::move(master_key), key_store));
}

absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> KeyRing::Unwrap(
    const TenantId& id, const crypto::WrappedKey& wrapped) {
  ASSIGN_OR_RETURN(const crypto::SecretKey data_key, master_key_.Unwrap(wrapped, KeyContext(id)));
  auto keys = std::make_shared<const crypto::TenantKeys>(data_key);
  MutexLock lock(mutex_);
  return keys_.try_emplace(id, std::move(keys)).first->second;
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
  return Unwrap(id, *wrapped);
}

absl::StatusOr<std::shared_ptr<const crypto::TenantKeys>> KeyRing::GetOrCreate(const TenantId& id,
                                                                               absl::Time now) {
  const crypto::WrappedKey fresh = master_key_.Wrap(crypto::SecretKey::Generate(), KeyContext(id));
  ASSIGN_OR_RETURN(const crypto::WrappedKey stored, key_store_.PutIfAbsent(id, fresh, now));
  return Unwrap(id, stored);
}

}  // namespace smartcontacts::storage
