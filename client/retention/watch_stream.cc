#include "client/retention/watch_stream.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace smartcontacts::client {
namespace {

// One operation is under way at a time, so its name does not matter.
void* const kTag = nullptr;

}  // namespace

WatchStream::WatchStream(const Connection& connection, const v1::WatchMatchesRequest& request,
                         std::stop_token stop)
    : context_(connection.NewStream()),
      stub_(v1::AddressBookService::NewStub(connection.channel())),
      reader_(stub_->PrepareAsyncWatchMatches(context_.get(), request, &queue_)),
      cancel_(std::move(stop), [this] { context_->TryCancel(); }) {
  reader_->StartCall(kTag);
}

WatchStream::~WatchStream() {
  if (finished_) return;
  context_->TryCancel();
  if (!started_) Await(absl::InfiniteDuration());
  Finish().IgnoreError();
}

bool WatchStream::Await(absl::Duration patience) {
  void* tag = nullptr;
  bool ok = false;
  const auto deadline = absl::ToChronoTime(absl::Now() + patience);
  if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::TIMEOUT) {
    silent_ = true;
    context_->TryCancel();
    queue_.Next(&tag, &ok);
  }
  return ok && !silent_;
}

absl::Status WatchStream::Finish() {
  finished_ = true;
  grpc::Status status;
  reader_->Finish(&status, kTag);
  Await(absl::InfiniteDuration());
  return ToStatus(status);
}

absl::StatusOr<v1::WatchMatchesResponse> WatchStream::Read(absl::Duration patience) {
  v1::WatchMatchesResponse response;
  bool ok = started_ || Await(patience);
  started_ = true;
  if (ok) {
    reader_->Read(&response, kTag);
    ok = Await(patience);
  }
  if (ok) return response;
  const absl::Status status = Finish();
  if (silent_) {
    return absl::UnavailableError(
        absl::StrCat("the service gave no sign of life for ", absl::FormatDuration(patience)));
  }
  return status.ok() ? absl::UnavailableError("the service ended the call") : status;
}

}  // namespace smartcontacts::client
