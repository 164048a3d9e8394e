#include "client/normalization/normalizer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Normalizer Make(const std::string& region, const std::string& outside = "",
                const std::string& pattern = "") {
  auto normalizer = Normalizer::Create({.default_region = region,
                                        .outside_line_prefix = outside,
                                        .extension_pattern = pattern,
                                        .phone_context = pattern.empty() ? "" : "acme.example"});
  EXPECT_TRUE(normalizer.ok()) << normalizer.status();
  return *std::move(normalizer);
}

std::vector<std::string> Values(const Normalized& normalized) {
  std::vector<std::string> values;
  for (const Candidate& candidate : normalized.candidates) {
    values.push_back(candidate.identifier.value());
  }
  return values;
}

TEST(Normalizer, RefusesARegionThatNobodyKnows) {
  EXPECT_TRUE(absl::IsInvalidArgument(Normalizer::Create({.default_region = "QQ"}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Normalizer::Create({.default_region = "de"}).status()));
}

TEST(Normalizer, SaysHowItRead) {
  const Normalizer normalizer = Make("DE", "0", "[1-7][0-9]{2}");
  const auto reading = [&](const char* typed) {
    return normalizer.ForContact(typed).candidates.front().reading;
  };
  EXPECT_EQ(reading("+49 30 23125001"), Reading::kInternational);
  EXPECT_EQ(reading("030 23125001"), Reading::kNational);
  EXPECT_EQ(reading("0 030 23125001"), Reading::kOutsideLine);
  EXPECT_EQ(reading("491713920001"), Reading::kMissingPlus);
  EXPECT_EQ(reading("101"), Reading::kExtension);
}

TEST(Normalizer, TheOutsideLineComesFirst) {
  EXPECT_THAT(Values(Make("DE", "0").ForContact("0 0157 32345678")),
              ElementsAre("tel:+4915732345678"));
  // Without it, the same digits are an American number.
  EXPECT_THAT(Values(Make("DE").ForContact("0 0157 32345678")), ElementsAre("tel:+15732345678"));
}

TEST(Normalizer, DigitsThatCanMeanTwoThingsAreTriedAsBoth) {
  EXPECT_THAT(Values(Make("DE", "0").ForContact("00491713920001")),
              ElementsAre("tel:+491713920001", "tel:+49491713920001"));
}

TEST(Normalizer, AnExtensionComesBeforeAnyParsing) {
  EXPECT_THAT(Values(Make("DE", "0", "[0-9]{4}").ForContact("1001")),
              ElementsAre("tel:1001;phone-context=acme.example"));
  EXPECT_THAT(Values(Make("DE").ForContact("1001")), IsEmpty());
}

TEST(Normalizer, AnEmergencyNumberIsNoExtension) {
  const Normalizer normalizer = Make("DE", "0", "[0-9]{3}");
  EXPECT_EQ(normalizer.ForContact("112").skipped, Skipped::kEmergency);
  EXPECT_EQ(normalizer.ForContact("110").skipped, Skipped::kEmergency);
  EXPECT_EQ(normalizer.ForContact("0112").skipped, Skipped::kEmergency);
}

TEST(Normalizer, ASubAddressIsAnotherPerson) {
  const Normalizer normalizer = Make("DE");
  EXPECT_NE(Values(normalizer.ForContact("+49 30 23125001;ext=12")),
            Values(normalizer.ForContact("+49 30 23125001")));
  EXPECT_NE(Values(normalizer.ForContact("+49 30 23125001;ext=12")),
            Values(normalizer.ForContact("+49 30 23125001;ext=13")));
}

TEST(Normalizer, APossibleNumberOfAnUnknownRangeIsSent) {
  // No German range begins with 01999.
  EXPECT_THAT(Values(Make("DE").ForContact("+49 1999 1234567")), ElementsAre("tel:+4919991234567"));
}

TEST(Normalizer, ATenantsOwnPrefixesReplaceTheRegions) {
  const auto normalizer = *Normalizer::Create(
      {.default_region = "DE", .international_prefix = "810", .national_prefix = "8"});
  EXPECT_THAT(Values(normalizer.ForContact("810 44 20 7946 0018")),
              ElementsAre("tel:+442079460018"));
  EXPECT_THAT(Values(normalizer.ForContact("8 30 23125001")), ElementsAre("tel:+493023125001"));
  EXPECT_THAT(Values(normalizer.ForContact("00 44 20 7946 0018")), IsEmpty());
}

TEST(Normalizer, TheDirectoryHoldsWhateverAClientMayArriveAt) {
  struct Line {
    const char* region;
    const char* in_directory;
    std::vector<const char*> in_books;
  };
  const std::vector<Line> lines = {
      {"AR", "+54 9 11 2345 6789", {"+54 11 2345 6789", "011 15 2345-6789", "+5491123456789"}},
      {"AR", "+54 11 2345 6789", {"+54 9 11 2345 6789"}},
      {"MX", "+52 55 1234 5678", {"+52 1 55 1234 5678", "55 1234 5678", "+525512345678"}},
      {"MX", "+52 1 55 1234 5678", {"55 1234 5678", "+52 55 1234 5678"}},
      {"BR", "+55 11 91234 5678", {"(11) 91234-5678", "+55 11 1234 5678"}},
      {"BR", "+55 11 6123 4567", {"+55 11 96123 4567", "+55 11 6123-4567"}},
  };
  for (const Line& line : lines) {
    const Normalizer normalizer = Make(line.region);
    const std::vector<std::string> directory = Values(normalizer.ForDirectory(line.in_directory));
    for (const char* typed : line.in_books) {
      const std::vector<std::string> contact = Values(normalizer.ForContact(typed));
      EXPECT_TRUE(std::any_of(contact.begin(), contact.end(),
                              [&](const std::string& value) {
                                return std::find(directory.begin(), directory.end(), value) !=
                                       directory.end();
                              }))
          << typed << " does not find " << line.in_directory;
    }
  }
}

TEST(Normalizer, AnAliasKeepsTheSubAddress) {
  EXPECT_THAT(Values(Make("AR").ForDirectory("+54 9 11 2345 6789;ext=7")),
              ElementsAre("tel:+5491123456789;ext=7", "tel:+541123456789;ext=7"));
}

TEST(Normalizer, ADirectoryNumberMeansOneLine) {
  EXPECT_THAT(Values(Make("DE", "0").ForDirectory("00491713920001")),
              ElementsAre("tel:+491713920001"));
}

TEST(Normalizer, AnyBytesGiveCandidatesOrAReasonAndNeverBoth) {
  const Normalizer normalizer = Make("DE", "0", "[1-7][0-9]{2}");
  std::mt19937 random(5);
  // The literal's own end adds a null byte.
  constexpr char kAlphabet[] = "0123456789+*#()-/ .,;=xXpextéTtl:%\xff\xc3\xd9\xa0";
  const std::string alphabet(kAlphabet, sizeof kAlphabet);
  for (int i = 0; i < 20'000; ++i) {
    std::string typed;
    for (int length = static_cast<int>(random() % 40); length > 0; --length) {
      typed += alphabet[random() % alphabet.size()];
    }
    for (const Normalized& result :
         {normalizer.ForContact(typed), normalizer.ForDirectory(typed)}) {
      EXPECT_EQ(result.candidates.empty(), result.skipped.has_value());
      EXPECT_LE(result.candidates.size(), kCandidatesMax);
    }
  }
}

TEST(Normalizer, WhatIsTooLongOrNoUtf8IsSkipped) {
  const Normalizer normalizer = Make("DE");
  EXPECT_EQ(normalizer.ForContact(std::string(10'000, '1')).skipped, Skipped::kNotPossible);
  EXPECT_EQ(normalizer.ForContact("+49 30 23125001\xff").skipped, Skipped::kNotPossible);
}

}  // namespace
}  // namespace smartcontacts::client
