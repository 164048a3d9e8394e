#include "crypto/locator_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/crypto/oprf_test_support.h"

namespace smartcontacts::crypto {
namespace {

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

// As random as locators are, and the same each time.
std::vector<Locator> Locators(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<Locator> locators(count);
  for (Locator& locator : locators) {
    for (std::uint8_t& byte : locator.bytes) byte = static_cast<std::uint8_t>(generator());
  }
  std::sort(locators.begin(), locators.end());
  return locators;
}

// N, P and bits.
std::string Filter(std::uint32_t size, const std::string& rest) {
  std::string filter;
  for (int shift = 24; shift >= 0; shift -= 8) filter.push_back(static_cast<char>(size >> shift));
  return filter + rest;
}

TEST(LocatorFilter, IsAsInTheVectors) {
  const nlohmann::json vectors = ReadVectors("sealed-directory.json")["filters"];
  ASSERT_FALSE(vectors.empty());
  for (const nlohmann::json& vector : vectors) {
    std::vector<Locator> locators;
    for (const std::string hex : vector["locators"]) {
      const std::string bytes = FromHex(hex);
      std::copy(bytes.begin(), bytes.end(), locators.emplace_back().bytes.begin());
    }
    const auto filter = EncodeLocatorFilter(locators);
    ASSERT_TRUE(filter.ok()) << filter.status();
    EXPECT_EQ(ToHex(*filter), vector["filter"]);
  }
}

TEST(LocatorFilter, EveryMemberIsFound) {
  for (const std::size_t count : {0u, 1u, 2u, 3u, 1000u, 50000u}) {
    const std::vector<Locator> members = Locators(count, count);
    const auto filter = LocatorFilter::Parse(*EncodeLocatorFilter(members));
    ASSERT_TRUE(filter.ok()) << filter.status();
    EXPECT_EQ(filter->size(), count);
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(filter->ProbablyContained(members), all);
    EXPECT_TRUE(filter->ProbablyContained({}).empty());
    for (std::size_t i = 0; i < count; i += count / 3 + 1) {
      EXPECT_EQ(filter->ProbablyContained({members[i]}), std::vector<std::size_t>{0});
    }
  }
}

TEST(LocatorFilter, TheSmallestAndTheLargestLocatorAreFound) {
  Locator smallest{};
  Locator largest{};
  largest.bytes.fill(0xff);
  const auto filter = LocatorFilter::Parse(*EncodeLocatorFilter({smallest, largest}));
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->ProbablyContained({largest, smallest, largest}),
            (std::vector<std::size_t>{0, 1, 2}));
}

TEST(LocatorFilter, OneOf1024StrangersIsTakenForAMember) {
  const auto filter = LocatorFilter::Parse(*EncodeLocatorFilter(Locators(20000, 1)));
  constexpr std::size_t kStrangers = 200000;
  const std::size_t found = filter->ProbablyContained(Locators(kStrangers, 2)).size();
  // 195 are expected, give or take 14.
  EXPECT_GT(found, 195u - 5 * 14);
  EXPECT_LT(found, 195u + 5 * 14);
}

TEST(LocatorFilter, IndicesAreThoseOfTheQuestion) {
  const std::vector<Locator> members = Locators(100, 1);
  const auto filter = LocatorFilter::Parse(*EncodeLocatorFilter(members));
  const std::vector<Locator> strangers = Locators(3, 3);
  ASSERT_TRUE(filter->ProbablyContained(strangers).empty());
  EXPECT_EQ(filter->ProbablyContained({members[90], strangers[0], members[2], strangers[1],
                                       strangers[2], members[50], members[90]}),
            (std::vector<std::size_t>{0, 2, 5, 6}));
}

TEST(LocatorFilter, HasLessThanTwelveBitsALocator) {
  constexpr std::size_t kCount = 50000;
  EXPECT_LT(EncodeLocatorFilter(Locators(kCount, 1))->size() * 8, kCount * 12);
}

TEST(LocatorFilter, LocatorsAreInOrderAndOnce) {
  const std::vector<Locator> locators = Locators(2, 1);
  for (const std::vector<Locator>& wrong :
       {std::vector<Locator>{locators[1], locators[0]}, {locators[0], locators[0]}}) {
    EXPECT_EQ(EncodeLocatorFilter(wrong).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(LocatorFilter, WhatIsCutOffOrTooLongIsRefused) {
  const std::string filter = *EncodeLocatorFilter(Locators(200, 1));
  for (std::size_t size = 0; size < filter.size(); ++size) {
    EXPECT_EQ(LocatorFilter::Parse(filter.substr(0, size)).status().code(), kDataLoss) << size;
  }
  EXPECT_EQ(LocatorFilter::Parse(filter + '\0').status().code(), kDataLoss);
}

TEST(LocatorFilter, WhatNoEncoderWritesIsRefused) {
  // The number of locators is larger than what follows: nothing is allocated for it.
  EXPECT_EQ(LocatorFilter::Parse(Filter(1u << 24, "\x0a")).status().code(), kDataLoss);
  EXPECT_EQ(
      LocatorFilter::Parse(Filter(0xffffffff, "\x0a" + std::string(100, '\0'))).status().code(),
      kDataLoss);
  // Another Rice parameter.
  for (const int parameter : {0, 9, 11, 64, 255}) {
    EXPECT_EQ(LocatorFilter::Parse(Filter(0, std::string(1, static_cast<char>(parameter))))
                  .status()
                  .code(),
              kDataLoss);
  }
  EXPECT_TRUE(LocatorFilter::Parse(Filter(0, "\x0a")).ok());
  // One value, 1023, and the five bits after it: one of them not zero, or a whole byte too many.
  EXPECT_TRUE(LocatorFilter::Parse(Filter(1, "\x0a\x7f\xe0")).ok());
  EXPECT_EQ(LocatorFilter::Parse(Filter(1, "\x0a\x7f\xe1")).status().code(), kDataLoss);
  EXPECT_EQ(LocatorFilter::Parse(Filter(1, "\x0a\x7f\xf0")).status().code(), kDataLoss);
  // The value 1024, which is not less than N * 2^P.
  EXPECT_EQ(LocatorFilter::Parse(Filter(1, std::string("\x0a\x80\x00", 3))).status().code(),
            kDataLoss);
  // A difference in unary that does not end.
  EXPECT_EQ(LocatorFilter::Parse(Filter(1, "\x0a" + std::string(1000, '\xff'))).status().code(),
            kDataLoss);
}

TEST(LocatorFilter, GarbageIsRefusedOrReadButNeverFatal) {
  std::mt19937_64 generator(7);
  const std::vector<Locator> members = Locators(30, 1);
  const std::string filter = *EncodeLocatorFilter(members);
  for (int round = 0; round < 20000; ++round) {
    std::string altered = filter;
    for (int i = 0; i < 3; ++i) {
      altered[generator() % altered.size()] = static_cast<char>(generator());
    }
    altered.resize(generator() % (altered.size() + 3));
    const auto parsed = LocatorFilter::Parse(altered);
    if (parsed.ok()) {
      EXPECT_LE(parsed->ProbablyContained(members).size(), members.size());
    } else {
      EXPECT_EQ(parsed.status().code(), kDataLoss);
    }
  }
}

}  // namespace
}  // namespace smartcontacts::crypto
