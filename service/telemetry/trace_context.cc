#include "service/telemetry/trace_context.h"

#include <algorithm>
#include <cstddef>

namespace smartcontacts::service {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kParentIdAt = kTraceIdAt + 32 + 1;
constexpr std::size_t kFlagsAt = kParentIdAt + 16 + 1;
constexpr std::size_t kSize = kFlagsAt + 2;
static_assert(kSize == 55);

bool IsLowerHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kSize) return std::nullopt;
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace_id = header.substr(kTraceIdAt, 32);
  const std::string_view parent_id = header.substr(kParentIdAt, 16);
  const std::string_view flags = header.substr(kFlagsAt, 2);
  for (const std::string_view field : {version, trace_id, parent_id, flags}) {
    if (!IsLowerHex(field)) return std::nullopt;
  }
  for (const std::size_t dash : {kTraceIdAt, kParentIdAt, kFlagsAt}) {
    if (header[dash - 1] != '-') return std::nullopt;
  }
  if (version == "ff" || IsZero(trace_id) || IsZero(parent_id)) return std::nullopt;
  // What a later version adds begins with a dash; version 00 has nothing more.
  if (header.size() > kSize && (version == "00" || header[kSize] != '-')) return std::nullopt;

  TraceContext context{};
  std::copy(trace_id.begin(), trace_id.end(), context.trace_id.begin());
  std::copy(parent_id.begin(), parent_id.end(), context.span_id.begin());
  return context;
}

}  // namespace smartcontacts::service
