#include "service/rpc/app_door.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/call.h"

namespace smartcontacts::service {
namespace {

constexpr absl::Duration kStaleRetryDelay = absl::Seconds(5);

absl::StatusOr<Caller> Enter(Account account,
                             absl::StatusOr<std::shared_ptr<const LoadedTenant>> tenant) {
  if (absl::IsNotFound(tenant.status())) {
    return MakeError(Reason::kTenantUnknown,
                     "the token names a tenant that this service does not know");
  }
  if (!tenant.ok()) return std::move(tenant).status();
  if ((*tenant)->tenant.state == TenantState::kSuspended) {
    return MakeError(Reason::kTenantSuspended, "the operator has suspended this tenant");
  }
  const std::vector<std::string>& domains = (*tenant)->tenant.sip_domains;
  if (!std::binary_search(domains.begin(), domains.end(), account.aor.domain(), std::less<>())) {
    return MakeError(Reason::kCredentialInvalid,
                     "the token's address of record is of a domain that is none of its tenant's");
  }
  return Caller{std::move(account), *std::move(tenant)};
}

}  // namespace

void AppDoor::Admit(const grpc::CallbackServerContext& context,
                    const std::function<void(absl::StatusOr<Caller>)>& admitted) const {
  const auto authenticate = [&]() -> absl::StatusOr<Account> {
    ASSIGN_OR_RETURN(const std::string header, AuthorizationHeader(context));
    return authenticator_.Authenticate(header);
  };
  absl::StatusOr<Account> account = authenticate();
  if (!account.ok()) return admitted(std::move(account).status());
  if (!freshness_.MayAnswer()) {
    return admitted(MakeError(Reason::kServiceUnavailable,
                              "this server has lost touch with its database for too long to know "
                              "who may be found: try again shortly",
                              {.retry_delay = kStaleRetryDelay}));
  }

  if (std::shared_ptr<const LoadedTenant> tenant = tenants_.GetIfLoaded(account->tenant)) {
    return admitted(Enter(*std::move(account), std::move(tenant)));
  }
  const bool taken = workers_.Submit([this, admitted, account = *account] {
    admitted(Enter(account, tenants_.Get(account.tenant)));
  });
  if (!taken) {
    admitted(MakeError(Reason::kServiceUnavailable,
                       "the service is busy loading tenants: try again shortly",
                       {.retry_delay = absl::Seconds(1)}));
  }
}

absl::StatusOr<Caller> AppDoor::Reenter(const Account& account) const {
  return Enter(account, tenants_.Get(account.tenant));
}

absl::Status BlockingAppDoor::Submit(std::function<void()> work) const {
  if (workers_.Submit(std::move(work))) return absl::OkStatus();
  return MakeError(Reason::kServiceUnavailable, "the service is busy: try again shortly",
                   {.retry_delay = absl::Seconds(1)});
}

void BlockingAppDoor::Admit(const grpc::CallbackServerContext& context,
                            const std::function<void(absl::StatusOr<Caller>)>& admitted) const {
  door_.Admit(context, [this, admitted](absl::StatusOr<Caller> caller) {
    if (!caller.ok()) return admitted(std::move(caller));
    const absl::Status taken = Submit([admitted, caller] { admitted(caller); });
    if (!taken.ok()) admitted(taken);
  });
}

}  // namespace smartcontacts::service
