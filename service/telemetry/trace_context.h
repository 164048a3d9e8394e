// The trace that a call belongs to, as its caller names it: https://www.w3.org/TR/trace-context/.

#ifndef SMART_CONTACTS_SERVICE_TELEMETRY_TRACE_CONTEXT_H_
#define SMART_CONTACTS_SERVICE_TELEMETRY_TRACE_CONTEXT_H_

#include <array>
#include <optional>
#include <string_view>

namespace smartcontacts::service {

// Lower-case hexadecimal digits, never all zero.
struct TraceContext {
  std::array<char, 32> trace_id;
  std::array<char, 16> span_id;  // the caller's span

  std::string_view trace_id_text() const { return {trace_id.data(), trace_id.size()}; }
  std::string_view span_id_text() const { return {span_id.data(), span_id.size()}; }
};

// Reads a `traceparent` (sections 3.2 and 4.3). Nothing if it is not one: a caller's mistake in
// tracing is no reason to refuse a call. Of versions that are not known yet, what is as in version
// 00 is read.
std::optional<TraceContext> ParseTraceparent(std::string_view header);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TELEMETRY_TRACE_CONTEXT_H_
