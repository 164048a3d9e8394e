#include "crypto/sealed_entry.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <set>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "tests/crypto/oprf_test_support.h"

namespace smartcontacts::crypto {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr std::uint64_t kVersionMax = std::numeric_limits<std::uint64_t>::max();

OprfOutput OutputOf(const std::string& hex) {
  return *OprfOutput::FromBytes(BytesOf(FromHex(hex)));
}

OprfOutput RandomOutput() {
  OprfOutput output;
  RandomBytes(output.mutable_bytes());
  return output;
}

std::uint64_t Number(const nlohmann::json& json) {
  std::uint64_t number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(json.get<std::string>(), &number));
  return number;
}

class SealedEntryTest : public testing::Test {
 protected:
  void SetUp() override {
    InitializeOrDie();
    vectors_ = ReadVectors("sealed-directory.json");
  }

  // What is derived from an output, and its entries, are those of a vector.
  static void CheckVector(const OprfOutput& output, const nlohmann::json& vector) {
    EXPECT_EQ(ToHex(LocatorOf(output).bytes), vector["locator"]);
    for (const nlohmann::json& expected : vector["entries"]) {
      const std::uint64_t version = Number(expected["version"]);
      const std::string label = expected["label"];
      LabelKey key;
      DeriveLabelKey(output, version, key);
      EXPECT_EQ(ToHex(key), expected["label_key"]);
      const auto entry = SealEntry(output, version, label, expected["label_size"]);
      ASSERT_TRUE(entry.ok()) << entry.status();
      EXPECT_EQ(ToHex(*entry), expected["entry"]);
      const auto opened = OpenEntry(output, *entry);
      ASSERT_TRUE(opened.ok()) << opened.status();
      EXPECT_EQ(*opened, label);
      EXPECT_EQ(ParseEntryHeader(*entry)->version, version);
      EXPECT_EQ(ParseEntryHeader(*entry)->locator, LocatorOf(output));
    }
  }

  nlohmann::json vectors_;
};

TEST_F(SealedEntryTest, DerivationsAndEntriesAreAsInTheVectors) {
  ASSERT_FALSE(vectors_["derivations"].empty());
  for (const nlohmann::json& vector : vectors_["derivations"]) {
    CheckVector(OutputOf(vector["output"]), vector);
  }
}

TEST_F(SealedEntryTest, FromAnIdentifierToItsEntryItIsAsInTheVectors) {
  ASSERT_FALSE(vectors_["end_to_end"].empty());
  for (const nlohmann::json& vector : vectors_["end_to_end"]) {
    const SecretKey seed = *SecretKey::FromBytes(BytesOf(FromHex(vector["seed"])));
    const auto server =
        OprfServer::FromSeed(OprfMode::kVoprf, seed, vector["key_info"].get<std::string>());
    EXPECT_EQ(ToHex(server->public_key().bytes), vector["public_key"]);
    const std::string identifier = vector["identifier"];
    EXPECT_EQ(ToHex(server->Evaluate(identifier)->bytes()), vector["output"]);

    const VoprfClient client = *VoprfClient::Create(server->public_key());
    const auto batch = client.Blind({identifier});
    std::vector<EvaluatedElement> evaluated(1);
    ASSERT_TRUE(server->EvaluateElements(batch->elements, absl::MakeSpan(evaluated)).ok());
    const auto outputs = client.Finalize({identifier}, *batch, evaluated,
                                         *server->Prove(batch->elements, evaluated));
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    CheckVector((*outputs)[0], vector);
  }
}

TEST_F(SealedEntryTest, WhatTheVectorsRefuseDoesNotOpen) {
  ASSERT_FALSE(vectors_["refused"].empty());
  for (const nlohmann::json& vector : vectors_["refused"]) {
    EXPECT_EQ(OpenEntry(OutputOf(vector["output"]), FromHex(vector["entry"])).status().code(),
              kDataLoss)
        << vector["why"];
  }
}

TEST_F(SealedEntryTest, EveryAlteredBitIsFound) {
  const OprfOutput output = RandomOutput();
  const std::string entry = *SealEntry(output, 7, "sip:101@acme.example", 64);
  for (std::size_t bit = 0; bit < entry.size() * 8; ++bit) {
    std::string altered = entry;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(OpenEntry(output, altered).status().code(), kDataLoss) << bit;
  }
}

TEST_F(SealedEntryTest, EveryOtherSizeIsRefused) {
  const OprfOutput output = RandomOutput();
  const std::string entry = *SealEntry(output, 7, "sip:101@acme.example", 272);
  const std::set<std::size_t> sizes = {SealedEntrySize(64), SealedEntrySize(128),
                                       SealedEntrySize(272)};
  for (std::size_t size = 0; size < entry.size(); ++size) {
    const auto cut = absl::string_view(entry).substr(0, size);
    EXPECT_EQ(OpenEntry(output, cut).status().code(), kDataLoss) << size;
    EXPECT_EQ(ParseEntryHeader(cut).ok(), sizes.contains(size)) << size;
  }
}

TEST_F(SealedEntryTest, EveryLengthThatFitsIsSealedToOneSize) {
  const OprfOutput output = RandomOutput();
  for (const std::size_t label_size : kLabelSizes) {
    for (std::size_t length = 0; length <= label_size - 2; ++length) {
      const std::string label(length, 'x');
      const auto entry = SealEntry(output, length, label, label_size);
      ASSERT_TRUE(entry.ok()) << entry.status();
      EXPECT_EQ(entry->size(), SealedEntrySize(label_size));
      EXPECT_EQ(*OpenEntry(output, *entry), label);
    }
    const std::string too_long(label_size - 1, 'x');
    EXPECT_EQ(SealEntry(output, 0, too_long, label_size).status().code(), kInvalid);
  }
  EXPECT_EQ(SealedEntrySize(64), 104u);
}

TEST_F(SealedEntryTest, LabelSizesAreThree) {
  const OprfOutput output = RandomOutput();
  for (const std::size_t size : {0u, 1u, 2u, 63u, 65u, 512u}) {
    EXPECT_EQ(SealEntry(output, 0, "", size).status().code(), kInvalid) << size;
    EXPECT_EQ(PaddingEntry(SecretKey::Generate(), 0, 0, size).status().code(), kInvalid) << size;
  }
  EXPECT_EQ(*LabelSizeFor(0), 64u);
  EXPECT_EQ(*LabelSizeFor(62), 64u);
  EXPECT_EQ(*LabelSizeFor(63), 128u);
  EXPECT_EQ(*LabelSizeFor(126), 128u);
  EXPECT_EQ(*LabelSizeFor(127), 272u);
  EXPECT_EQ(*LabelSizeFor(kLabelLengthMax), 272u);
  EXPECT_EQ(LabelSizeFor(kLabelLengthMax + 1).status().code(), kInvalid);
  EXPECT_EQ(LabelSizeFor(std::numeric_limits<std::size_t>::max()).status().code(), kInvalid);
}

// Otherwise the difference of two labels could be read from two versions of an entry.
TEST_F(SealedEntryTest, EveryVersionAndOutputHasAKeyOfItsOwn) {
  const OprfOutput output = RandomOutput();
  const OprfOutput other = RandomOutput();
  std::set<LabelKey> keys;
  for (const OprfOutput* one : {&output, &other}) {
    for (const std::uint64_t version : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256},
                                        std::uint64_t{1} << 56, kVersionMax}) {
      LabelKey key;
      DeriveLabelKey(*one, version, key);
      EXPECT_TRUE(keys.insert(key).second);
    }
  }
  EXPECT_NE(LocatorOf(output), LocatorOf(other));
}

TEST_F(SealedEntryTest, LocatorsAreHashedAndOrdered) {
  const Locator a = LocatorOf(RandomOutput());
  Locator b = a;
  b.bytes[15] ^= 1;
  EXPECT_NE(a < b, b < a);
  EXPECT_EQ((absl::flat_hash_set<Locator>{a, b, a}.size()), 2u);
}

TEST_F(SealedEntryTest, PaddingEntriesAreAsInTheVectors) {
  ASSERT_FALSE(vectors_["paddings"].empty());
  for (const nlohmann::json& vector : vectors_["paddings"]) {
    const SecretKey key = *SecretKey::FromBytes(BytesOf(FromHex(vector["key"])));
    const auto entry =
        PaddingEntry(key, Number(vector["index"]), Number(vector["version"]), vector["label_size"]);
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(ToHex(*entry), vector["entry"]);
  }
}

TEST_F(SealedEntryTest, PaddingEntriesLookLikeEntriesAndAllDiffer) {
  const SecretKey key = SecretKey::Generate();
  const std::string entry = *PaddingEntry(key, 1, 5, 64);
  EXPECT_EQ(entry, *PaddingEntry(key, 1, 5, 64));
  const EntryHeader header = *ParseEntryHeader(entry);
  EXPECT_EQ(header.version, 5u);
  // A new version stays in its place, as that of a real entry does, and is all new.
  const std::string next = *PaddingEntry(key, 1, 6, 64);
  EXPECT_EQ(ParseEntryHeader(next)->locator, header.locator);
  EXPECT_NE(entry.substr(24, 16), next.substr(24, 16));
  for (const std::string& other :
       {*PaddingEntry(key, 2, 5, 64), *PaddingEntry(SecretKey::Generate(), 1, 5, 64)}) {
    EXPECT_NE(ParseEntryHeader(other)->locator, header.locator);
    EXPECT_NE(entry.substr(24, 16), other.substr(24, 16));
  }
}

}  // namespace
}  // namespace smartcontacts::crypto
