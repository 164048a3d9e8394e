// One call of WatchMatches.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_WATCH_STREAM_H_
#define SMART_CONTACTS_CLIENT_RETENTION_WATCH_STREAM_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include <functional>
#include <memory>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/connection.h"
#include "smartcontacts/v1/address_book_service.grpc.pb.h"

namespace smartcontacts::client {

// Not safe for concurrent use. The call ends with the object.
class WatchStream {
 public:
  WatchStream(const Connection& connection, const v1::WatchMatchesRequest& request,
              std::stop_token stop);
  ~WatchStream();
  WatchStream(const WatchStream&) = delete;
  WatchStream& operator=(const WatchStream&) = delete;

  // The next message. UNAVAILABLE if none comes for `patience`, or if the service ends the call
  // without an error; CANCELLED once `stop` was requested; otherwise ToStatus()'s. After an error
  // only destruction makes sense.
  absl::StatusOr<v1::WatchMatchesResponse> Read(absl::Duration patience);

 private:
  // Waits for what was begun and cancels it after `patience`. Whether it came to a good end.
  bool Await(absl::Duration patience);
  absl::Status Finish();

  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<v1::AddressBookService::Stub> stub_;
  grpc::CompletionQueue queue_;
  const std::unique_ptr<grpc::ClientAsyncReader<v1::WatchMatchesResponse>> reader_;
  bool started_ = false;
  bool silent_ = false;  // patience was over
  bool finished_ = false;
  // Cancels from whichever thread asks.
  std::stop_callback<std::function<void()>> cancel_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_WATCH_STREAM_H_
