#include "service/rpc/progress.h"

#include "absl/time/clock.h"
#include "service/rpc/call.h"

namespace smartcontacts::service {

std::shared_ptr<ProgressReactor> ProgressReactor::Create(Log log, std::string_view method) {
  std::shared_ptr<ProgressReactor> reactor(new ProgressReactor(std::move(log), method));
  reactor->self_ = reactor;
  return reactor;
}

void ProgressReactor::Offer(const google::protobuf::Message& message) {
  {
    MutexLock lock(mutex_);
    const absl::Time now = absl::Now();
    // A clock that was set back does not silence it.
    if (writing_ || (now >= write_time_ && now - write_time_ < kIntervalMin)) return;
    writing_ = true;
    write_time_ = now;
  }
  message_ = Encode(message);
  StartWrite(&message_);
}

absl::Status ProgressReactor::CheckWanted() const {
  return cancelled_ ? absl::CancelledError("the caller went away") : absl::OkStatus();
}

void ProgressReactor::End(absl::StatusOr<grpc::ByteBuffer> result) {
  {
    MutexLock lock(mutex_);
    if (writing_) {
      result_ = std::move(result);
      return;
    }
  }
  FinishWith(std::move(result));
}

void ProgressReactor::OnWriteDone(bool) {
  std::optional<absl::StatusOr<grpc::ByteBuffer>> result;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    result = std::move(result_);
  }
  if (result.has_value()) FinishWith(*std::move(result));
}

void ProgressReactor::FinishWith(absl::StatusOr<grpc::ByteBuffer> result) {
  grpc::Status status = Conclude(log_, method_, result.status());
  if (!result.ok()) return Finish(std::move(status));
  message_ = *std::move(result);
  StartWriteAndFinish(&message_, grpc::WriteOptions(), std::move(status));
}

}  // namespace smartcontacts::service
