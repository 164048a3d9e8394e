// The server's end of a WatchMatches call: a queue of events that are written one after the other.

#ifndef SMART_CONTACTS_SERVICE_RPC_WATCH_STREAM_H_
#define SMART_CONTACTS_SERVICE_RPC_WATCH_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "domain/mutex.h"
#include "service/telemetry/log.h"
#include "service/watch/watch.h"

namespace smartcontacts::service {

// Outlives the call, because whoever follows the directory keeps it. Safe for concurrent use.
class WatchStream final : public WatchSink {
 public:
  using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

  // `reactor` must live until Done(); `log` is of this call.
  WatchStream(Reactor& reactor, Log log) : reactor_(reactor), log_(std::move(log)) {}

  void Send(const WatchEvent& event) override;
  void End(const absl::Status& status) override;
  bool Closed() const override;

  // The reactor's reactions. Nothing is written or finished before Admitted().
  void Admitted();
  void Written(bool ok);
  void Cancelled();

 private:
  // Writes the next event or finishes the call, unless a write is under way.
  void Pump();

  Reactor& reactor_;  // not used once `finished_`
  const Log log_;
  mutable Mutex mutex_;
  bool admitted_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;  // nobody is there any more
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<WatchEvent> queue_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> ending_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer buffer_;  // of the write under way
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_WATCH_STREAM_H_
