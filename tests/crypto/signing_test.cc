#include "crypto/signing.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"

namespace smartcontacts::crypto {
namespace {

// RFC 8032, section 7.1, test 1.
constexpr char kSeed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kPublicKey[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

constexpr SignaturePurpose kReceipt = SignaturePurpose::kReceipt;
constexpr SignaturePurpose kSealedDirectory = SignaturePurpose::kSealedDirectory;

template <typename Bytes>
std::string Text(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

SecretKey KeyOf(const char* hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  return *SecretKey::FromBytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

class SignerTest : public testing::Test {
 protected:
  SignerTest() { InitializeOrDie(); }
};

TEST_F(SignerTest, ThePublicKeyIsThatOfTheStandard) {
  const Signer signer(KeyOf(kSeed), kReceipt);
  EXPECT_EQ(absl::BytesToHexString(Text(signer.public_key())), kPublicKey);
  EXPECT_EQ(absl::BytesToHexString(Text(signer.key_id())), "21fe31dfa154a261");
}

// With Python's cryptography: Ed25519PrivateKey.from_private_bytes(seed).sign(purpose + message).
TEST_F(SignerTest, SignaturesAreThoseOfAnotherImplementation) {
  EXPECT_EQ(absl::BytesToHexString(Text(Signer(KeyOf(kSeed), kReceipt).Sign("statement"))),
            "bb5972eef07da51dc2098809e0973c12111d0b6fe7b484566ce0ff946df92f157e35da4509040f58e9264a"
            "b7e47797ce71d306ef33b26aa69f16ffa18e2b8309");
  EXPECT_EQ(absl::BytesToHexString(Text(Signer(KeyOf(kSeed), kSealedDirectory).Sign("header"))),
            "17872c6ad25423b2854d9786f7c8e3087c1cd9a90b4e800abd536f75db2a6e1c2c527986f6cbbc4c6d12d5"
            "bd66ac77e55f5c9c7fa09cdc0e9f1d014195c07a0b");
}

TEST_F(SignerTest, OnlyTheMessageThatWasSignedVerifies) {
  const Signer signer(KeyOf(kSeed), kReceipt);
  const std::string signature = Text(signer.Sign("message"));
  EXPECT_TRUE(Signer::Verify(kReceipt, "message", signature, signer.public_key()));
  EXPECT_FALSE(Signer::Verify(kReceipt, "messagE", signature, signer.public_key()));
  EXPECT_FALSE(Signer::Verify(kReceipt, "", signature, signer.public_key()));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string other = signature;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(Signer::Verify(kReceipt, "message", other, signer.public_key())) << i;
  }
  EXPECT_FALSE(Signer::Verify(kReceipt, "message", signature.substr(1), signer.public_key()));
  EXPECT_FALSE(Signer::Verify(kReceipt, "message", signature + "x", signer.public_key()));
  const Signer another(SecretKey::Generate(), kReceipt);
  EXPECT_FALSE(Signer::Verify(kReceipt, "message", signature, another.public_key()));
}

// So that a signature of one thing cannot be passed off as one of another.
TEST_F(SignerTest, WhatIsSignedBeginsWithItsPurpose) {
  const Signer signer(KeyOf(kSeed), kReceipt);
  const std::string signature = Text(signer.Sign("message"));
  const std::string whole = std::string("smart-contacts receipt v1") + '\0' + "message";
  EXPECT_FALSE(Signer::Verify(kReceipt, whole, signature, signer.public_key()));
  EXPECT_FALSE(Signer::Verify(kSealedDirectory, "message", signature, signer.public_key()));
  const Signer directory(KeyOf(kSeed), kSealedDirectory);
  EXPECT_EQ(directory.public_key(), signer.public_key());
  EXPECT_NE(Text(directory.Sign("message")), signature);
}

}  // namespace
}  // namespace smartcontacts::crypto
