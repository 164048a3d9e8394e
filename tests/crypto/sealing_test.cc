#include "crypto/sealing.h"

#include <gtest/gtest.h>

#include <vector>

namespace smartcontacts::crypto {
namespace {

class SealingTest : public testing::Test {
 protected:
  void SetUp() override { InitializeOrDie(); }
};

TEST_F(SealingTest, OpensWhatItSealed) {
  const Sealer sealer(SecretKey::Generate());
  for (const std::string plaintext : {"", "a", "sip:101@acme.example"}) {
    EXPECT_EQ(*sealer.Open(sealer.Seal(plaintext, "row"), "row"), plaintext);
  }
}

TEST_F(SealingTest, SealingTwiceGivesDifferentBytes) {
  const Sealer sealer(SecretKey::Generate());
  EXPECT_NE(sealer.Seal("same", "row"), sealer.Seal("same", "row"));
}

TEST_F(SealingTest, EveryAlteredBitIsFound) {
  const Sealer sealer(SecretKey::Generate());
  const std::string sealed = sealer.Seal("sip:101@acme.example", "row");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string altered = sealed;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(sealer.Open(altered, "row").status().code(), absl::StatusCode::kDataLoss) << bit;
  }
}

TEST_F(SealingTest, AValueMovedToAnotherPlaceOrCutOffDoesNotOpen) {
  const Sealer sealer(SecretKey::Generate());
  const std::string sealed = sealer.Seal("value", "row 1");
  EXPECT_FALSE(sealer.Open(sealed, "row 2").ok());
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(sealer.Open(absl::string_view(sealed).substr(0, size), "row 1").ok());
  }
}

TEST_F(SealingTest, KeysOfDifferentPurposesAreDifferent) {
  const SecretKey key = SecretKey::Generate();
  EXPECT_EQ(key.Derive("a").bytes(), key.Derive("a").bytes());
  EXPECT_NE(key.Derive("a").bytes(), key.Derive("b").bytes());
  EXPECT_NE(key.Derive("a").bytes(), SecretKey::Generate().Derive("a").bytes());
}

TEST_F(SealingTest, AKeyHasThirtyTwoBytes) {
  for (std::size_t size : {0u, 31u, 33u}) {
    EXPECT_FALSE(SecretKey::FromBytes(std::vector<std::uint8_t>(size)).ok());
  }
}

TEST_F(SealingTest, TagsAreEqualExactlyForEqualValuesUnderOneKey) {
  const Tagger tagger(SecretKey::Generate());
  const Tagger other(SecretKey::Generate());
  EXPECT_EQ(tagger("a"), tagger("a"));
  EXPECT_NE(tagger("a"), tagger("b"));
  EXPECT_NE(tagger("a"), other("a"));
}

}  // namespace
}  // namespace smartcontacts::crypto
