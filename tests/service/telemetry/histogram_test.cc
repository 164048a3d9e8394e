#include "service/telemetry/histogram.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

namespace smartcontacts::service {
namespace {

using testing::ElementsAre;

TEST(HistogramTest, AValueIsInTheFirstRangeThatItDoesNotExceed) {
  Histogram histogram({1, 10});
  for (const double value : {0.0, 1.0, 1.5, 10.0, 10.5, 1e9}) histogram.Observe(value);
  EXPECT_THAT(histogram.counts(), ElementsAre(2, 2, 2));
  EXPECT_EQ(histogram.sum(), 0 + 1 + 1.5 + 10 + 10.5 + 1e9);
}

TEST(HistogramTest, NothingIsLostBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 10'000;
  Histogram histogram({1});
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&histogram, i] {
      for (int n = 0; n < kTimes; ++n) histogram.Observe(i % 2 == 0 ? 1 : 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(histogram.counts(), ElementsAre(2 * kTimes, 2 * kTimes));
  EXPECT_EQ(histogram.sum(), 2 * kTimes * (1 + 2));
}

}  // namespace
}  // namespace smartcontacts::service
