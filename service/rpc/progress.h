// Calls whose work takes long: they tell how far it is, and the result in their last message.

#ifndef SMART_CONTACTS_SERVICE_RPC_PROGRESS_H_
#define SMART_CONTACTS_SERVICE_RPC_PROGRESS_H_

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "domain/mutex.h"
#include "domain/status_macros.h"
#include "service/rpc/codec.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// What the work sees of the call. Safe for concurrent use.
class ProgressStream {
 public:
  // Between two messages, so that progress costs next to nothing.
  static constexpr absl::Duration kIntervalMin = absl::Milliseconds(200);

  virtual ~ProgressStream() = default;

  // Sends `message`, unless the one before is still on its way or was sent less than kIntervalMin
  // ago. Does not wait.
  virtual void Offer(const google::protobuf::Message& message) = 0;
  // CANCELLED once the caller went away, for the work to end with its present step.
  virtual absl::Status CheckWanted() const = 0;
};

// The call, as gRPC sees it. Lives until both gRPC and the work are done with it.
class ProgressReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                              public ProgressStream {
 public:
  // `log` is of this call.
  static std::shared_ptr<ProgressReactor> Create(Log log, std::string_view method);

  void Offer(const google::protobuf::Message& message) override;
  absl::Status CheckWanted() const override;
  // The end of the work: its last message, or its error. Does not wait for a slow reader. Call
  // once.
  void End(absl::StatusOr<grpc::ByteBuffer> result);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { self_.reset(); }

 private:
  ProgressReactor(Log log, std::string_view method) : log_(std::move(log)), method_(method) {}
  void FinishWith(absl::StatusOr<grpc::ByteBuffer> result);

  const Log log_;
  const std::string method_;
  std::shared_ptr<ProgressReactor> self_;
  std::atomic<bool> cancelled_ = false;
  grpc::ByteBuffer message_;  // gRPC's while it is written
  Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time write_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::optional<absl::StatusOr<grpc::ByteBuffer>> result_ ABSL_GUARDED_BY(mutex_);
};

// Answers a server-streaming call. `door` as in call.h; `handler` maps (const Caller&, const
// Request&, ProgressStream&) to absl::StatusOr<Response>, the last message.
template <typename Request, typename Door, typename Handler>
grpc::ServerWriteReactor<grpc::ByteBuffer>* AnswerWithProgress(const Door& door,
                                                               std::string_view method,
                                                               grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request,
                                                               Handler handler) {
  const std::shared_ptr<ProgressReactor> reactor =
      ProgressReactor::Create(LogOf(door.log(), *context), method);
  door.Admit(*context, [&door, request, reactor, handler = std::move(handler)](const auto& caller) {
    const auto answer = [&]() -> absl::StatusOr<grpc::ByteBuffer> {
      if (!caller.ok()) return caller.status();
      ASSIGN_OR_RETURN(const Request message, Decode<Request>(*request, door.message_bytes_max()));
      ASSIGN_OR_RETURN(const auto result, handler(*caller, message, *reactor));
      return Encode(result);
    };
    reactor->End(answer());
  });
  return reactor.get();
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_PROGRESS_H_
