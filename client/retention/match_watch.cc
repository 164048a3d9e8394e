#include "client/retention/match_watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "client/retention/match_changes.h"
#include "client/retention/match_digests.h"
#include "client/retention/packed_digests.h"
#include "client/retention/sync_plan.h"
#include "client/retention/watch_stream.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

bool Contains(const std::vector<crypto::Digest>& sorted, const crypto::Digest& digest) {
  return std::binary_search(sorted.begin(), sorted.end(), digest);
}

// Everything has to be matched again before watching.
void StartOver(DeviceState& state) {
  state.unmatched = state.retained;
  state.cursor.clear();
  state.revision = 0;
}

// Whether it may be over in a while without anybody doing anything.
bool IsPassing(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

// The error with what to do about it.
absl::Status Explain(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  const char* advice = nullptr;
  if (reason == "NOT_FOUND") {
    advice =
        "nothing is retained for this device any more, it was erased or has expired: sync again";
  } else if (reason == "CONSENT_REQUIRED") {
    advice = "the privacy policy has changed: sync again, which asks for consent";
  } else if (reason == "EPOCH_EXPIRED" || reason == "EPOCH_UNKNOWN") {
    advice = "the epoch of what this device retained has ended: sync again";
  } else if (reason == "CONFLICT") {
    advice = "others watch with this state file or a copy of it: end them";
  }
  if (advice == nullptr) return status;
  return Reworded(status, absl::StrCat(advice, " (", status.message(), ")"));
}

class Watcher {
 public:
  Watcher(const Connection& connection, const v1::Limits& limits, const StateFile& file,
          const WatchOptions& options, std::stop_token stop)
      : connection_(connection),
        limits_(limits),
        file_(file),
        options_(options),
        stop_(std::move(stop)) {}

  absl::Status Run() {
    absl::Duration pause = options_.pause_min;
    while (!stop_.stop_requested()) {
      heard_ = false;
      const absl::StatusOr<bool> done = Session();
      if (stop_.stop_requested()) break;
      if (done.ok() && *done) break;
      if (done.ok()) continue;
      if (options_.once || !IsPassing(done.status())) return Explain(done.status());
      if (heard_) pause = options_.pause_min;
      // Spread, so that not all clients of a server that was away come at once.
      const absl::Duration wait = std::max(pause * absl::Uniform(random_, 0.5, 1.0),
                                           RetryDelayOf(done.status()).value_or(absl::Duration()));
      options_.on_pause(done.status(), wait);
      Sleep(wait);
      pause = std::min(2 * pause, options_.pause_max);
    }
    return absl::OkStatus();
  }

 private:
  // Matches what was never matched, then watches. True: up to date, and that is all that was asked
  // for. False: begin another session at once.
  absl::StatusOr<bool> Session() {
    ASSIGN_OR_RETURN(DeviceState state, file_.Read());
    if (state.sync_token.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(file_.path(), ": this device has retained nothing yet: sync first"));
    }
    // Those that do not fit into the request would never be revoked.
    if (KnownMax() < state.known.size()) StartOver(state);
    if (!state.unmatched.empty()) {
      RETURN_IF_ERROR(MatchUnmatched(state));
      ASSIGN_OR_RETURN(state, file_.Read());
    }
    absl::StatusOr<bool> done = Watch(state);
    if (ReasonOf(done.status()) == "REVISION_EXPIRED") {
      RETURN_IF_ERROR(file_.Update(StartOver).status());
      if (!std::exchange(started_over_, true)) return false;
    }
    return done;
  }

  absl::Status MatchUnmatched(const DeviceState& state) {
    ASSIGN_OR_RETURN(const FoundMatches found,
                     MatchDigests(connection_, limits_, state.epoch, state.unmatched));
    return file_
        .Update([&](DeviceState& now) {
          // Another process may have synced meanwhile; what it added is matched in the next
          // session.
          if (now.epoch != state.epoch) return;
          MatchChanges changes =
              CompareMatches(now.known, found.matches, state.epoch, state.unmatched);
          for (const KnownMatch& match : changes.revoked)
            options_.on_event(MatchEvent::kRevoked, match);
          for (const KnownMatch& match : changes.announced)
            options_.on_event(MatchEvent::kAnnounced, match);
          now.known = std::move(changes.known);
          now.unmatched = DeltaOf(state.unmatched, now.unmatched).added;
          // What is known already is not announced twice, so the older place is the safe one.
          if (state.cursor.empty()) now.cursor.clear();
          if (now.cursor.empty() && state.revision == 0) now.revision = found.revision;
        })
        .status();
  }

  absl::StatusOr<bool> Watch(const DeviceState& state) {
    v1::WatchMatchesRequest request;
    request.set_device_id(state.device_id);
    request.set_cursor(state.cursor);
    if (state.cursor.empty()) request.set_since_revision(state.revision);
    for (const KnownMatch& match : state.known) {
      if (static_cast<std::size_t>(request.known_matches_size()) == KnownMax()) break;
      v1::AnnouncedMatch& known = *request.add_known_matches();
      known.set_digest(std::string(View(match.digest)));
      known.set_epoch(match.epoch);
      known.set_aor(match.aor);
    }
    WatchStream stream(connection_, request, stop_);
    for (;;) {
      ASSIGN_OR_RETURN(const v1::WatchMatchesResponse response, stream.Read(options_.silence_max));
      heard_ = true;
      started_over_ = false;
      ASSIGN_OR_RETURN(const bool synced, Handle(response, state.epoch));
      if (synced) return false;
      if (options_.once && response.has_heartbeat()) return true;
    }
  }

  // Handles the event and keeps the state after it. True, and nothing was handled, if the device
  // has synced since this session began, so that there is something to match first.
  absl::StatusOr<bool> Handle(const v1::WatchMatchesResponse& response, std::int64_t epoch) {
    const v1::AnnouncedMatch& match =
        response.has_announced() ? response.announced() : response.revoked();
    const bool is_match = response.has_announced() || response.has_revoked();
    if ((is_match && match.digest().size() != crypto::Digest::kSize) ||
        response.cursor().size() > kCursorSizeMax) {
      return absl::DataLossError("the service sent a message this client cannot read: update it");
    }
    bool synced = false;
    const auto handle = [&](DeviceState& state) {
      synced = state.epoch != epoch || !state.unmatched.empty();
      if (synced) return;
      state.cursor = response.cursor();
      if (!is_match) return;
      const KnownMatch known{DigestOf(match.digest()), match.epoch(), match.aor()};
      if (response.has_revoked()) {
        if (state.known.erase(known) > 0) options_.on_event(MatchEvent::kRevoked, known);
      } else if (known.epoch == epoch && Contains(state.retained, known.digest) &&
                 state.known.insert(known).second) {
        options_.on_event(MatchEvent::kAnnounced, known);
      }
    };
    RETURN_IF_ERROR(file_.Update(handle).status());
    return synced;
  }

  void Sleep(absl::Duration duration) {
    std::mutex mutex;
    std::unique_lock<std::mutex> lock(mutex);
    std::condition_variable_any().wait_for(lock, stop_, absl::ToChronoMilliseconds(duration),
                                           [] { return false; });
  }

  std::size_t KnownMax() const {
    return static_cast<std::size_t>(std::max(0, limits_.known_matches_per_message_max()));
  }

  const Connection& connection_;
  const v1::Limits& limits_;
  const StateFile& file_;
  const WatchOptions& options_;
  const std::stop_token stop_;
  absl::BitGen random_;
  bool heard_ = false;         // a message, in this session
  bool started_over_ = false;  // because the cursor was too old; no message since
};

}  // namespace

absl::Status WatchMatches(const Connection& connection, const v1::Limits& limits,
                          const StateFile& file, const WatchOptions& options,
                          std::stop_token stop) {
  return Watcher(connection, limits, file, options, std::move(stop)).Run();
}

}  // namespace smartcontacts::client
