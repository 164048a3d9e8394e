#include "service/watch/watch_event.h"

#include <algorithm>

namespace smartcontacts::service {
namespace {

constexpr char kVersion = 1;

}  // namespace

WatchCursor WatchCursor::EndOf(std::int64_t revision) {
  WatchCursor cursor{.revision = revision};
  cursor.position.fill(0xff);
  return cursor;
}

WatchCursor WatchCursor::At(std::int64_t revision, const crypto::Digest& digest,
                            const crypto::Tag& aor_tag) {
  WatchCursor cursor{.revision = revision};
  std::copy(aor_tag.bytes.begin(), aor_tag.bytes.end(),
            std::copy(digest.bytes.begin(), digest.bytes.end(), cursor.position.begin()));
  return cursor;
}

std::string WatchCursor::ToBytes() const {
  std::string bytes(1, kVersion);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(revision) >> shift));
  }
  bytes.append(position.begin(), position.end());
  return bytes;
}

std::optional<WatchCursor> WatchCursor::FromBytes(std::string_view bytes) {
  if (bytes.size() != kSize || bytes[0] != kVersion) return std::nullopt;
  std::uint64_t revision = 0;
  for (const char byte : bytes.substr(1, 8)) {
    revision = revision << 8 | static_cast<std::uint8_t>(byte);
  }
  if (revision > INT64_MAX) return std::nullopt;
  WatchCursor cursor{.revision = static_cast<std::int64_t>(revision)};
  std::copy(bytes.begin() + 9, bytes.end(), cursor.position.begin());
  return cursor;
}

}  // namespace smartcontacts::service
