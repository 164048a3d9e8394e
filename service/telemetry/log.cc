#include "service/telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smartcontacts::service {
namespace {

constexpr std::pair<const char*, spdlog::level::level_enum> kLevels[] = {
    {"debug", spdlog::level::debug},
    {"info", spdlog::level::info},
    {"warning", spdlog::level::warn},
    {"error", spdlog::level::err},
};

const char* LevelName(int level) {
  for (const auto& [name, value] : kLevels) {
    if (value == level) return name;
  }
  return "info";
}

}  // namespace

absl::StatusOr<Log> Log::Create(const std::string& level) {
  for (const auto& [name, value] : kLevels) {
    if (level != name) continue;
    auto logger = std::make_shared<spdlog::logger>(
        "smart-contactsd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    logger->set_level(value);
    logger->flush_on(value);
    return Log(std::move(logger));
  }
  return absl::InvalidArgumentError("log level: one of debug, info, warning, error");
}

void Log::Write(int level, std::string_view message, const Fields& fields) const {
  if (!logger_->should_log(static_cast<spdlog::level::level_enum>(level))) return;
  Fields line;
  line["time"] = absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = LevelName(level);
  line["message"] = message;
  line.update(fields);
  if (trace_.has_value()) {
    line["trace_id"] = trace_->trace_id_text();
    line["span_id"] = trace_->span_id_text();
  }
  // Bytes that are no UTF-8 are replaced rather than losing the line.
  logger_->log(static_cast<spdlog::level::level_enum>(level), "{}",
               line.dump(-1, ' ', false, Fields::error_handler_t::replace));
}

void Log::Debug(std::string_view message, const Fields& fields) const {
  Write(spdlog::level::debug, message, fields);
}
void Log::Info(std::string_view message, const Fields& fields) const {
  Write(spdlog::level::info, message, fields);
}
void Log::Warning(std::string_view message, const Fields& fields) const {
  Write(spdlog::level::warn, message, fields);
}
void Log::Error(std::string_view message, const Fields& fields) const {
  Write(spdlog::level::err, message, fields);
}

}  // namespace smartcontacts::service
