#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace smartcontacts::crypto {
namespace {

std::string Hex(const Digest& digest) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.bytes.data()), Digest::kSize});
}

EpochSalt CountingSalt() {
  EpochSalt salt;
  for (std::size_t i = 0; i < EpochSalt::kSize; ++i) salt.bytes[i] = static_cast<std::uint8_t>(i);
  return salt;
}

// printf 'tel:+4985449180' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
TEST(Digest, IsTheFirstHalfOfHmacSha256) {
  EXPECT_EQ(Hex(Digester(CountingSalt())(*Identifier::Parse("tel:+4985449180"))),
            "a1cde22d830b4da9b4f8f18a71a7c8e7");
}

TEST(Digest, DependsOnTheSalt) {
  EpochSalt other = CountingSalt();
  other.bytes[31] ^= 1;
  const Identifier identifier = *Identifier::Parse("tel:+4985449180");
  EXPECT_NE(Digester(CountingSalt())(identifier), Digester(other)(identifier));
}

}  // namespace
}  // namespace smartcontacts::crypto
