// What every call has in common: who may call, how the answer is given, what the log says of it.

#ifndef SMART_CONTACTS_SERVICE_RPC_CALL_H_
#define SMART_CONTACTS_SERVICE_RPC_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/status_macros.h"
#include "service/rpc/codec.h"
#include "service/rpc/status.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// The one `authorization` header, or nothing in it if there is none. kCredentialInvalid if there
// are several: which one counts would be anybody's guess.
absl::StatusOr<std::string> AuthorizationHeader(const grpc::CallbackServerContext& context);

// `log` for the lines of one call, which name the trace that its `traceparent` does.
Log LogOf(const Log& log, const grpc::CallbackServerContext& context);

// Logs how a call ended (faults on our side with their message; a refusal for all to see only
// if the caller traces it, and never whose call it was) and turns the outcome into gRPC's.
grpc::Status Conclude(const Log& log, std::string_view method, const absl::Status& outcome);

// Answers a unary call. A Door lets callers in:
//
//   void Admit(const grpc::CallbackServerContext&, std::function<void(absl::StatusOr<Caller>)>);
//   std::size_t message_bytes_max() const;   const Log& log() const;
//
// and `handler` maps (const Caller&, const Request&) to absl::StatusOr<Response>. It runs wherever
// the door calls back, at most once.
template <typename Request, typename Door, typename Handler>
grpc::ServerUnaryReactor* AnswerUnary(const Door& door, std::string_view method,
                                      grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                      Handler handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  door.Admit(*context, [&door, method, context, request, response, reactor,
                        handler = std::move(handler)](const auto& caller) {
    const auto answer = [&]() -> absl::Status {
      if (!caller.ok()) return caller.status();
      ASSIGN_OR_RETURN(const Request message, Decode<Request>(*request, door.message_bytes_max()));
      ASSIGN_OR_RETURN(const auto result, handler(*caller, message));
      *response = Encode(result);
      return absl::OkStatus();
    };
    reactor->Finish(Conclude(LogOf(door.log(), *context), method, answer()));
  });
  return reactor;
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_CALL_H_
