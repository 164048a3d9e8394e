#include "service/telemetry/process_metrics.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace smartcontacts::service {
namespace {

// Fields of /proc/self/stat, proc(5), counted from the one behind the program's name.
constexpr std::size_t kStartTime = 19;  // in clock ticks since the system's start
constexpr std::size_t kResidentPages = 21;

double Stat(std::size_t field) {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The name may have anything in it, but for the last bracket.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return 0;
  const std::vector<std::string> fields = absl::StrSplit(text.substr(name_end + 2), ' ');
  double value = 0;
  return field < fields.size() && absl::SimpleAtod(fields[field], &value) ? value : 0;
}

double StartTime() {
  timespec now{};
  timespec running{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &running);
  const absl::Time booted = absl::TimeFromTimespec(now) - absl::DurationFromTimespec(running);
  return absl::ToDoubleSeconds(booted - absl::UnixEpoch()) +
         Stat(kStartTime) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime) +
                               absl::DurationFromTimeval(usage.ru_stime));
}

double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

double OpenFilesMax() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

void AddProcessMetrics(Metrics& metrics) {
  metrics.AddCounter("process_cpu_seconds_total", "User and system CPU time in seconds",
                     CpuSeconds);
  metrics.AddGauge("process_resident_memory_bytes", "Resident memory in bytes", [] {
    return Stat(kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  });
  metrics.AddGauge("process_open_fds", "Open file descriptors", OpenFiles);
  metrics.AddGauge("process_max_fds", "The limit of open file descriptors", OpenFilesMax);
  // Of the moment at which the process began, whatever the clock has been set to since.
  metrics.AddGauge("process_start_time_seconds", "When the process began, in seconds since 1970",
                   [start = StartTime()] { return start; });
}

}  // namespace smartcontacts::service
