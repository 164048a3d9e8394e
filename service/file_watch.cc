#include "service/file_watch.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"

namespace smartcontacts::service {

FileWatch::FileWatch(std::vector<File> files, Clock clock, const Log& log)
    : clock_(std::move(clock)), log_(log) {
  for (File& file : files) files_.emplace_back(std::move(file));
  thread_ = std::thread([this] { Run(); });
}

FileWatch::~FileWatch() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

bool FileWatch::refused(std::string_view label) const {
  return std::any_of(files_.begin(), files_.end(), [label](const Watched& watched) {
    return watched.file.label == label && watched.refused;
  });
}

void FileWatch::Run() {
  do {
    for (Watched& watched : files_) Look(watched);
  } while (Wait());
}

bool FileWatch::Wait() {
  MutexLock lock(mutex_);
  const auto until =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(WatchedFile::kInterval);
  while (!ending_) {
    if (ended_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  return !ending_;
}

void FileWatch::Look(Watched& watched) {
  absl::StatusOr<std::optional<std::string>> content = watched.content.ReadIfChanged(clock_());
  if (content.ok() && !content->has_value()) return;
  absl::Status status = content.status();
  if (content.ok()) {
    std::string& text = **content;
    status = watched.file.use(text);
    crypto::Wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  }
  const std::string& what = watched.file.what;
  const bool refused_before = watched.refused.exchange(!status.ok());
  if (absl::IsUnavailable(status)) {
    watched.content.Forget();  // it was not looked at, or not with what that takes
    if (refused_before) return;
  }
  if (!status.ok()) {
    log_.Warning(absl::StrCat(what, " stays as it was: the new one cannot be used"),
                 {{"file", watched.file.path}, {"error", std::string(status.message())}});
  } else if (std::exchange(watched.used_before, true)) {
    log_.Info(absl::StrCat(what, " was read again"), {{"file", watched.file.path}});
  }
}

}  // namespace smartcontacts::service
