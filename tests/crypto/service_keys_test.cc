#include "crypto/service_keys.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/types/span.h"

namespace smartcontacts::crypto {
namespace {

// RFC 8032, section 7.1, test 1.
constexpr char kSeed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kPublicKey[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

template <typename Bytes>
std::string Text(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

SecretKey KeyOf(const char* hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  return *SecretKey::FromBytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

class ReceiptSignerTest : public testing::Test {
 protected:
  ReceiptSignerTest() { InitializeOrDie(); }
};

TEST_F(ReceiptSignerTest, ThePublicKeyIsThatOfTheStandard) {
  const ReceiptSigner signer(KeyOf(kSeed));
  EXPECT_EQ(absl::BytesToHexString(Text(signer.public_key())), kPublicKey);
  EXPECT_EQ(absl::BytesToHexString(Text(signer.key_id())), "21fe31dfa154a261");
}

TEST_F(ReceiptSignerTest, OnlyTheStatementThatWasSignedVerifies) {
  const ReceiptSigner signer(KeyOf(kSeed));
  const std::string signature = Text(signer.Sign("statement"));
  EXPECT_TRUE(ReceiptSigner::Verify("statement", signature, signer.public_key()));
  EXPECT_FALSE(ReceiptSigner::Verify("statemenT", signature, signer.public_key()));
  EXPECT_FALSE(ReceiptSigner::Verify("", signature, signer.public_key()));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string other = signature;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(ReceiptSigner::Verify("statement", other, signer.public_key())) << i;
  }
  EXPECT_FALSE(ReceiptSigner::Verify("statement", signature.substr(1), signer.public_key()));
  EXPECT_FALSE(ReceiptSigner::Verify("statement", signature + "x", signer.public_key()));
  const ReceiptSigner another(SecretKey::Generate());
  EXPECT_FALSE(ReceiptSigner::Verify("statement", signature, another.public_key()));
}

// So that a signature of a receipt cannot be passed off as one of anything else.
TEST_F(ReceiptSignerTest, WhatIsSignedBeginsWithItsPurpose) {
  const ReceiptSigner signer(KeyOf(kSeed));
  const std::string whole = std::string("smart-contacts receipt v1") + '\0' + "statement";
  EXPECT_FALSE(ReceiptSigner::Verify(whole, Text(signer.Sign("statement")), signer.public_key()));
}

TEST_F(ReceiptSignerTest, TheServicesKeysAreIndependentAndStayTheSame) {
  const ServiceKeys keys(KeyOf(kSeed));
  const ServiceKeys same(KeyOf(kSeed));
  const ServiceKeys other(SecretKey::Generate());
  EXPECT_EQ(keys.receipt_signer.key_id(), same.receipt_signer.key_id());
  EXPECT_NE(keys.receipt_signer.key_id(), other.receipt_signer.key_id());
  EXPECT_EQ(keys.audit_chain("entry"), same.audit_chain("entry"));
  EXPECT_NE(keys.audit_chain("entry"), other.audit_chain("entry"));
  EXPECT_NE(keys.audit_chain("entry"), keys.audit_chain("entrY"));
}

}  // namespace
}  // namespace smartcontacts::crypto
