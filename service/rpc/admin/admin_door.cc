#include "service/rpc/admin/admin_door.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/call.h"

namespace smartcontacts::service {

absl::StatusOr<Administrator> AdminDoor::Check(const grpc::CallbackServerContext& context) const {
  ASSIGN_OR_RETURN(const std::string header, AuthorizationHeader(context));
  ASSIGN_OR_RETURN(std::string name, credential_.Check(header));
  return Administrator{std::move(name), LogOf(log_, context)};
}

absl::Status AdminDoor::Submit(std::function<void()> work) const {
  if (workers_.Submit(std::move(work))) return absl::OkStatus();
  return MakeError(Reason::kServiceUnavailable,
                   "too many administrative calls are waiting: try again shortly",
                   {.retry_delay = absl::Seconds(1)});
}

void AdminDoor::Admit(const grpc::CallbackServerContext& context,
                      const std::function<void(absl::StatusOr<Administrator>)>& admitted) const {
  const absl::StatusOr<Administrator> administrator = Check(context);
  absl::Status status = administrator.status();
  if (status.ok()) status = Submit([admitted, administrator] { admitted(administrator); });
  if (!status.ok()) admitted(status);
}

}  // namespace smartcontacts::service
