#include "service/rpc/call.h"

#include <iterator>
#include <string>

#include "service/error.h"

namespace smartcontacts::service {

absl::StatusOr<std::string> AuthorizationHeader(const grpc::CallbackServerContext& context) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last) return std::string();
  if (std::next(first) != last) {
    return MakeError(Reason::kCredentialInvalid, "send one authorization header, not several");
  }
  return std::string(first->second.data(), first->second.size());
}

Log LogOf(const Log& log, const grpc::CallbackServerContext& context) {
  const auto [first, last] = context.client_metadata().equal_range("traceparent");
  // Of several, which one counts would be anybody's guess.
  if (first == last || std::next(first) != last) return log;
  return log.Of(ParseTraceparent({first->second.data(), first->second.size()}));
}

grpc::Status Conclude(const Log& log, std::string_view method, const absl::Status& outcome) {
  const std::string code(absl::StatusCodeToString(outcome.code()));
  if (IsOurFault(outcome)) {
    log.Error("call failed",
              {{"method", method}, {"code", code}, {"error", std::string(outcome.message())}});
  } else if (!outcome.ok() && log.traced()) {
    log.Info("call refused", {{"method", method}, {"code", code}, {"reason", ReasonOf(outcome)}});
  } else {
    log.Debug("call", {{"method", method}, {"code", code}});
  }
  return ToGrpcStatus(outcome);
}

}  // namespace smartcontacts::service
