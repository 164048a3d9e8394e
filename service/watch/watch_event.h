// What a watcher is told, and where in the history of the directory that stands.

#ifndef SMART_CONTACTS_SERVICE_WATCH_WATCH_EVENT_H_
#define SMART_CONTACTS_SERVICE_WATCH_WATCH_EVENT_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/sealing.h"

namespace smartcontacts::service {

// How far somebody was told: everything of the revisions before `revision`, and of that revision
// every announcement up to `position`. The same on every server, because positions are made of the
// digest and the keyed tag of the address of record. Holds nothing that its owner does not know.
struct WatchCursor {
  static constexpr std::size_t kPositionSize = crypto::Digest::kSize + crypto::Tag::kSize;
  static constexpr std::size_t kSize = 1 + 8 + kPositionSize;
  static_assert(kSize <= 64, "the contract says so");

  std::int64_t revision = 0;
  std::array<std::uint8_t, kPositionSize> position{};

  // Everything of `revision` was told.
  static WatchCursor EndOf(std::int64_t revision);
  static WatchCursor At(std::int64_t revision, const crypto::Digest& digest,
                        const crypto::Tag& aor_tag);
  // What ToBytes() gave; nothing if `bytes` is anything else.
  static std::optional<WatchCursor> FromBytes(std::string_view bytes);
  std::string ToBytes() const;

  friend auto operator<=>(const WatchCursor&, const WatchCursor&) = default;
};

struct WatchEvent {
  enum class Kind { kAnnounced, kRevoked, kHeartbeat };

  Kind kind = Kind::kHeartbeat;
  WatchCursor cursor;
  // Unless it is a heartbeat: the contact, and who it is or was.
  std::int64_t epoch = 0;
  crypto::Digest digest{};
  std::string aor;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_WATCH_WATCH_EVENT_H_
