// Keys that are derived from another one: independent of each other, and always the same.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "crypto/service_keys.h"
#include "crypto/tenant_keys.h"

namespace smartcontacts::crypto {
namespace {

template <typename Bytes>
std::string Text(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

SecretKey KeyOf(std::uint8_t byte) {
  const std::vector<std::uint8_t> bytes(SecretKey::kSize, byte);
  return *SecretKey::FromBytes(bytes);
}

class DerivedKeysTest : public testing::Test {
 protected:
  DerivedKeysTest() { InitializeOrDie(); }
};

TEST_F(DerivedKeysTest, TheServicesKeysAreIndependentAndStayTheSame) {
  const ServiceKeys keys(KeyOf(1));
  const ServiceKeys same(KeyOf(1));
  const ServiceKeys other(KeyOf(2));
  EXPECT_EQ(keys.receipt_signer.key_id(), same.receipt_signer.key_id());
  EXPECT_NE(keys.receipt_signer.key_id(), other.receipt_signer.key_id());
  EXPECT_EQ(keys.audit_chain("entry"), same.audit_chain("entry"));
  EXPECT_NE(keys.audit_chain("entry"), other.audit_chain("entry"));
  EXPECT_NE(keys.audit_chain("entry"), keys.audit_chain("entrY"));
}

// What clients have pinned or cached depends on them.
TEST_F(DerivedKeysTest, ATenantsKeysOfThePrivateModeAreIndependentAndStayTheSame) {
  const TenantKeys keys(KeyOf(1));
  const TenantKeys same(KeyOf(1));
  const TenantKeys other(KeyOf(2));
  EXPECT_EQ(Text(keys.oprf_seed.bytes()), Text(same.oprf_seed.bytes()));
  EXPECT_EQ(Text(keys.padding_key.bytes()), Text(same.padding_key.bytes()));
  EXPECT_EQ(keys.sealed_directory_signer.public_key(), same.sealed_directory_signer.public_key());
  const std::set<std::string> all = {Text(KeyOf(1).bytes()),
                                     Text(keys.oprf_seed.bytes()),
                                     Text(keys.padding_key.bytes()),
                                     Text(other.oprf_seed.bytes()),
                                     Text(other.padding_key.bytes()),
                                     Text(keys.sealed_directory_signer.public_key()),
                                     Text(other.sealed_directory_signer.public_key())};
  EXPECT_EQ(all.size(), 7U);
}

TEST_F(DerivedKeysTest, TheKeyOfSealedDirectoriesSignsNothingElse) {
  const TenantKeys keys(KeyOf(1));
  const std::string signature = Text(keys.sealed_directory_signer.Sign("header"));
  const Signer::PublicKey& key = keys.sealed_directory_signer.public_key();
  EXPECT_TRUE(Signer::Verify(SignaturePurpose::kSealedDirectory, "header", signature, key));
  EXPECT_FALSE(Signer::Verify(SignaturePurpose::kReceipt, "header", signature, key));
}

}  // namespace
}  // namespace smartcontacts::crypto
