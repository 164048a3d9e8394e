#include "service/rpc/watch_stream.h"

#include "service/error.h"
#include "service/rpc/call.h"
#include "smartcontacts/v1/address_book_service.pb.h"

namespace smartcontacts::service {
namespace {

// Events that wait for a device to read them.
constexpr std::size_t kQueueMax = 20'000;

v1::WatchMatchesResponse ToProto(const WatchEvent& event) {
  v1::WatchMatchesResponse message;
  message.set_cursor(event.cursor.ToBytes());
  if (event.kind == WatchEvent::Kind::kHeartbeat) {
    message.mutable_heartbeat()->set_revision(event.cursor.revision);
    return message;
  }
  v1::AnnouncedMatch& match = event.kind == WatchEvent::Kind::kAnnounced
                                  ? *message.mutable_announced()
                                  : *message.mutable_revoked();
  match.set_digest(event.digest.bytes.data(), event.digest.bytes.size());
  match.set_epoch(event.epoch);
  match.set_aor(event.aor);
  return message;
}

}  // namespace

void WatchStream::Send(const WatchEvent& event) {
  {
    MutexLock lock(mutex_);
    if (closed_ || ending_.has_value()) return;
    if (queue_.size() < kQueueMax) {
      queue_.push_back(event);
    } else {
      queue_ = {};
      ending_ = MakeError(Reason::kServiceUnavailable,
                          "the device reads too slowly: watch again with the last cursor");
    }
  }
  Pump();
}

void WatchStream::End(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (!ending_.has_value()) ending_ = status;
  }
  Pump();
}

bool WatchStream::Closed() const {
  MutexLock lock(mutex_);
  return closed_ || ending_.has_value();
}

void WatchStream::Admitted() {
  {
    MutexLock lock(mutex_);
    admitted_ = true;
  }
  Pump();
}

void WatchStream::Written(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) closed_ = true;
  }
  Pump();
}

void WatchStream::Cancelled() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
    queue_ = {};
  }
  Pump();
}

void WatchStream::Pump() {
  std::optional<WatchEvent> next;
  std::optional<absl::Status> end;
  {
    MutexLock lock(mutex_);
    if (!admitted_ || writing_ || finished_) return;
    if (closed_) {
      end = absl::OkStatus();
    } else if (!queue_.empty()) {
      next = std::move(queue_.front());
      queue_.pop_front();
      writing_ = true;
    } else if (ending_.has_value()) {
      end = *ending_;
    }
    finished_ = end.has_value();
  }
  // Whoever set `writing_` or `finished_` is alone here, and the reactor lives until it is
  // finished.
  if (next.has_value()) {
    buffer_ = Encode(ToProto(*next));
    reactor_.StartWrite(&buffer_);
  }
  if (end.has_value()) reactor_.Finish(Conclude(log_, "WatchMatches", *end));
}

}  // namespace smartcontacts::service
