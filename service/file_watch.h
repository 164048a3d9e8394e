// Secrets in files, which are used anew when they change, without a restart.

#ifndef SMART_CONTACTS_SERVICE_FILE_WATCH_H_
#define SMART_CONTACTS_SERVICE_FILE_WATCH_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "cli/secret_file.h"
#include "domain/mutex.h"
#include "service/auth/watched_file.h"
#include "service/clock.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// Looks from construction to destruction, on a thread of its own.
class FileWatch {
 public:
  struct File {
    std::string path;
    std::string label;  // as a metric calls it: "master_key"
    std::string what;   // as a message does: "the master key"
    // Gets what is in the file: once at the beginning, and whenever that changed. An error means
    // that it is not used, and goes to the log; after UNAVAILABLE it is tried again. The content is
    // wiped afterwards.
    std::function<absl::Status(const std::string& content)> use;
  };

  // `log`, and what `use` refers to, must outlive it.
  FileWatch(std::vector<File> files, Clock clock, const Log& log);
  ~FileWatch();

  // Whether a file of this label has changed into one that cannot be used. Safe for concurrent use.
  bool refused(std::string_view label) const;

 private:
  struct Watched {
    explicit Watched(File watched)
        : file(std::move(watched)), content(file.path, cli::kSecretFileSizeMax) {}

    const File file;
    WatchedFile content;
    bool used_before = false;
    std::atomic<bool> refused = false;
  };

  void Run();
  bool Wait();
  void Look(Watched& watched);

  const Clock clock_;
  const Log& log_;
  std::deque<Watched> files_;
  Mutex mutex_;
  std::condition_variable_any ended_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_FILE_WATCH_H_
