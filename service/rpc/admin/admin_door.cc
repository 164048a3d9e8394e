#include "service/rpc/admin/admin_door.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/call.h"

namespace smartcontacts::service {

absl::Status AdminDoor::Check(const grpc::CallbackServerContext& context) const {
  ASSIGN_OR_RETURN(const std::string header, AuthorizationHeader(context));
  return credential_.Check(header);
}

absl::Status AdminDoor::Submit(std::function<void()> work) const {
  if (workers_.Submit(std::move(work))) return absl::OkStatus();
  return MakeError(Reason::kServiceUnavailable,
                   "too many administrative calls are waiting: try again shortly",
                   {.retry_delay = absl::Seconds(1)});
}

void AdminDoor::Admit(const grpc::CallbackServerContext& context,
                      const std::function<void(absl::StatusOr<Administrator>)>& admitted) const {
  absl::Status status = Check(context);
  if (status.ok()) status = Submit([admitted] { admitted(Administrator()); });
  if (!status.ok()) admitted(status);
}

}  // namespace smartcontacts::service
