// The one place where the service's errors become gRPC's.

#ifndef SMART_CONTACTS_SERVICE_RPC_STATUS_H_
#define SMART_CONTACTS_SERVICE_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "service/error.h"

namespace smartcontacts::service {

// The status with google.rpc details (ErrorInfo first; BadRequest, RetryInfo, QuotaFailure as they
// apply). An error that carries no Reason is mapped by its code; INTERNAL, DATA_LOSS and the like
// reach the client as a fixed text, because their message is for the log.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The stable name of an error's reason, as ErrorInfo has it.
std::string ReasonOf(const absl::Status& error);

// True if the error is a fault on our side, whose message belongs in the log.
bool IsOurFault(const absl::Status& status);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_STATUS_H_
