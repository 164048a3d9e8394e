// One device that watches: what it is told, in which order, and when that ends.

#ifndef SMART_CONTACTS_SERVICE_WATCH_WATCH_H_
#define SMART_CONTACTS_SERVICE_WATCH_WATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/mutex.h"
#include "service/auth/account.h"
#include "service/matching/tenant_cache.h"
#include "service/watch/watch_event.h"
#include "storage/address_book_store.h"

namespace smartcontacts::service {

// Takes what is to be told to where the device is. Functions do not wait. Safe for concurrent use.
class WatchSink {
 public:
  virtual ~WatchSink() = default;

  virtual void Send(const WatchEvent& event) = 0;
  // The last call, if it comes: why the service ends the watch.
  virtual void End(const absl::Status& status) = 0;
  // Whether nobody is there any more.
  virtual bool Closed() const = 0;
};

// A match that the device shows.
struct KnownMatch {
  std::int64_t epoch = 0;
  crypto::Digest digest{};
  std::string aor;
};

struct WatchRequest {
  Account account;
  storage::BookKey book;
  std::int64_t epoch = 0;              // of the book
  std::string privacy_policy_version;  // that its consent names
  std::optional<WatchCursor> cursor;   // nothing: from now on
  std::vector<KnownMatch> known;
};

// Safe for concurrent use. A watch begins by catching up with a snapshot; what happens meanwhile
// waits for that.
class Watch {
 public:
  Watch(WatchRequest request, std::shared_ptr<WatchSink> sink)
      : request_(std::move(request)), sink_(std::move(sink)) {}

  const WatchRequest& request() const { return request_; }
  bool Closed() const { return sink_->Closed(); }

  // What came and went between the device's cursor and `tenant`, a state that Deliver() is called
  // for from now on. kRevisionExpired if that cannot be told; the store's errors.
  absl::StatusOr<std::vector<WatchEvent>> FindMissed(storage::AddressBookStore& books,
                                                     const LoadedTenant& tenant,
                                                     absl::Time synced_after) const;

  // Tells what was missed, and a heartbeat: the device is up to date with `revision`.
  void CatchUp(const std::vector<WatchEvent>& missed, std::int64_t revision, absl::Time now);
  // Tells `events`, after which the device is up to date with `revision`.
  void Deliver(const std::vector<WatchEvent>& events, std::int64_t revision, absl::Time now);
  // A heartbeat, if nothing was told for `interval`.
  void Beat(absl::Duration interval, absl::Time now);
  void End(const absl::Status& status);

 private:
  void Tell(const std::vector<WatchEvent>& events, std::int64_t revision, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WatchRequest request_;
  const std::shared_ptr<WatchSink> sink_;
  Mutex mutex_;
  bool caught_up_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<WatchEvent> waiting_ ABSL_GUARDED_BY(mutex_);
  std::int64_t waiting_revision_ ABSL_GUARDED_BY(mutex_) = 0;
  WatchCursor cursor_ ABSL_GUARDED_BY(mutex_);
  absl::Time told_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_WATCH_WATCH_H_
