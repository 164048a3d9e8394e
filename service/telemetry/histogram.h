// How often values fell into which range, for any thread to add to.

#ifndef SMART_CONTACTS_SERVICE_TELEMETRY_HISTOGRAM_H_
#define SMART_CONTACTS_SERVICE_TELEMETRY_HISTOGRAM_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace smartcontacts::service {

// Safe for concurrent use. Adding is two atomic additions: no lock, because calls do it.
class Histogram {
 public:
  // The upper bounds of the ranges, rising; a value is in the first one that it does not exceed,
  // and beyond the last there is one more.
  explicit Histogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void Observe(double value) {
    const auto range = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    counts_[static_cast<std::size_t>(range - bounds_.begin())].fetch_add(1,
                                                                         std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  const std::vector<double>& bounds() const { return bounds_; }
  // Of each range, the one beyond the last bound included.
  std::vector<std::uint64_t> counts() const { return {counts_.begin(), counts_.end()}; }
  double sum() const { return sum_; }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_ = 0;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TELEMETRY_HISTOGRAM_H_
