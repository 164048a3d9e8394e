// Hears of changes that others make, through PostgreSQL's LISTEN. A help to be quick, and no more:
// a notification can be missed, and some databases have none, so whoever uses this also asks for
// versions (TenantStore::ReadVersions) now and then.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_CHANGE_LISTENER_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_CHANGE_LISTENER_H_

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"

namespace smartcontacts::storage {

class ChangeListener {
 public:
  // OK: something may have changed. An error: the connection is lost and being made again; OK comes
  // when it is back. Called on the listener's thread; must not throw.
  using OnEvent = std::function<void(const absl::Status&)>;

  // Connects to `connection` (as CompleteConnectionOptions() gives it) directly: a pooler that
  // shares connections between transactions swallows notifications.
  ChangeListener(std::string connection, OnEvent on_event);
  // May take as long as a connection attempt.
  ~ChangeListener();

 private:
  void Listen();

  const std::string connection_;
  const OnEvent on_event_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_CHANGE_LISTENER_H_
