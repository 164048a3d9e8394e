#include <optional>
#include <vector>

#include "domain/status_macros.h"
#include "service/rpc/admin/epoch_handlers.h"

namespace smartcontacts::service {
namespace {

constexpr int kTenantsPerPage = 1'000;
// A check value and the service's own key.
constexpr std::int64_t kOwnKeys = 2;

absl::StatusOr<std::vector<TenantId>> AllTenants(storage::TenantStore& store) {
  std::vector<TenantId> ids;
  std::optional<TenantId> after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<Tenant> page, store.ListTenants(after, kTenantsPerPage));
    for (const Tenant& tenant : page) ids.push_back(tenant.id);
    if (page.size() < kTenantsPerPage) return ids;
    after = ids.back();
  }
}

}  // namespace

absl::StatusOr<admin::v1::RewrapKeysResponse> EpochServiceHandlers::Rewrap(
    const Administrator& administrator, ProgressStream& progress) {
  ASSIGN_OR_RETURN(const std::vector<TenantId> ids, AllTenants(context_.store));
  admin::v1::RewrapKeysResponse answer;
  answer.set_total_count(static_cast<std::int64_t>(ids.size()) + kOwnKeys);
  std::int64_t changed_count = 0;
  for (const TenantId& id : ids) {
    RETURN_IF_ERROR(progress.CheckWanted());
    const absl::StatusOr<bool> changed = context_.keys.Rewrap(id);
    if (!absl::IsNotFound(changed.status())) {  // a tenant that was purged meanwhile has none
      RETURN_IF_ERROR(changed.status());
      if (*changed) {
        ++changed_count;
        RETURN_IF_ERROR(context_.store.AppendAuditEntry(id, ActOf(administrator, context_.clock()),
                                                        "keys.rewrap", {{"keys", 1}}));
      }
    }
    answer.set_done_count(answer.done_count() + 1);
    progress.Offer(answer);
  }
  ASSIGN_OR_RETURN(const int own, context_.keys.RewrapOwn());
  administrator.log.Info("keys wrapped anew", {{"tenant_keys", changed_count}, {"own_keys", own}});
  answer.set_done_count(answer.total_count());
  return answer;
}

}  // namespace smartcontacts::service
