#include "service/rpc/receipts.h"

#include <gtest/gtest.h>

#include "crypto/secret.h"

namespace smartcontacts::service {
namespace {

class ReceiptsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::InitializeOrDie(); }

  static v1::ReceiptStatement Statement() {
    v1::ReceiptStatement statement;
    statement.set_tenant_id("acme");
    statement.set_requested_by("admin");
    v1::ReceiptCount& count = *statement.add_counts();
    count.set_kind("retained_contacts");
    count.set_count(3);
    return statement;
  }
  const crypto::Signer signer_{crypto::SecretKey::Generate(), crypto::SignaturePurpose::kReceipt};
};

TEST_F(ReceiptsTest, AReceiptSaysWhatItWasGivenAndIsValid) {
  const v1::Receipt receipt = SignReceipt(signer_, Statement());
  EXPECT_TRUE(VerifyReceipt(signer_, receipt));
  EXPECT_EQ(receipt.signature().size(), crypto::Signer::kSignatureSize);
  EXPECT_EQ(receipt.key_id().size(), crypto::Signer::kKeyIdSize);
  v1::ReceiptStatement statement;
  ASSERT_TRUE(statement.ParseFromString(receipt.statement()));
  EXPECT_EQ(statement.tenant_id(), "acme");
  EXPECT_EQ(statement.counts(0).count(), 3);
  EXPECT_EQ(statement.receipt_id().size(), 16U);
}

TEST_F(ReceiptsTest, EveryReceiptHasAnIdOfItsOwn) {
  EXPECT_NE(SignReceipt(signer_, Statement()).statement(),
            SignReceipt(signer_, Statement()).statement());
}

TEST_F(ReceiptsTest, WhatWasAlteredIsNotValid) {
  const v1::Receipt receipt = SignReceipt(signer_, Statement());
  for (std::string* (v1::Receipt::*field)() :
       {&v1::Receipt::mutable_statement, &v1::Receipt::mutable_signature,
        &v1::Receipt::mutable_key_id}) {
    v1::Receipt altered = receipt;
    (altered.*field)()->front() ^= 1;
    EXPECT_FALSE(VerifyReceipt(signer_, altered));
    (altered.*field)()->front() ^= 1;
    EXPECT_TRUE(VerifyReceipt(signer_, altered));
    (altered.*field)()->clear();
    EXPECT_FALSE(VerifyReceipt(signer_, altered));
  }
}

TEST_F(ReceiptsTest, AnothersReceiptIsNotValid) {
  const crypto::Signer other{crypto::SecretKey::Generate(), crypto::SignaturePurpose::kReceipt};
  v1::Receipt receipt = SignReceipt(other, Statement());
  EXPECT_FALSE(VerifyReceipt(signer_, receipt));
  receipt.set_key_id(SignReceipt(signer_, Statement()).key_id());
  EXPECT_FALSE(VerifyReceipt(signer_, receipt)) << "it only claims to be of this key";
}

}  // namespace
}  // namespace smartcontacts::service
