// The log: one JSON object a line on standard error, for machines to collect and people to read.
//
//   {"time":"2026-11-23T20:15:00.123Z","level":"info","message":"listening","address":"127.0.0.1:8443"}
//
// Lines of a call whose caller traces it also have "trace_id" and "span_id".
//
// A field is never contact data: no number, name, address of record, digest, salt or token.

#ifndef SMART_CONTACTS_SERVICE_TELEMETRY_LOG_H_
#define SMART_CONTACTS_SERVICE_TELEMETRY_LOG_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/telemetry/trace_context.h"

namespace spdlog {
class logger;
}

namespace smartcontacts::service {

// Safe for concurrent use.
class Log {
 public:
  // An object, such as {{"tenant", "acme"}, {"added", 3}}.
  using Fields = nlohmann::ordered_json;

  // `level`: "debug", "info", "warning" or "error"; INVALID_ARGUMENT if it is none of them.
  static absl::StatusOr<Log> Create(const std::string& level);

  // The same log for what belongs to a trace, if there is one.
  Log Of(const std::optional<TraceContext>& trace) const { return Log(logger_, trace); }
  bool traced() const { return trace_.has_value(); }

  void Debug(std::string_view message, const Fields& fields = Fields::object()) const;
  void Info(std::string_view message, const Fields& fields = Fields::object()) const;
  void Warning(std::string_view message, const Fields& fields = Fields::object()) const;
  void Error(std::string_view message, const Fields& fields = Fields::object()) const;

 private:
  explicit Log(std::shared_ptr<spdlog::logger> logger, std::optional<TraceContext> trace = {})
      : logger_(std::move(logger)), trace_(trace) {}
  void Write(int level, std::string_view message, const Fields& fields) const;

  std::shared_ptr<spdlog::logger> logger_;
  std::optional<TraceContext> trace_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TELEMETRY_LOG_H_
