#include "service/private_match/blind_evaluator.h"

#include <gmock/gmock.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "crypto/master_key.h"
#include "crypto/oprf_client.h"
#include "service/error.h"
#include "service/limits.h"
#include "service/private_match/epoch_key.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/fixtures.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::service {
namespace {

using fixtures::Id;
using fixtures::kNow;

class BlindEvaluatorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::InitializeOrDie(); }

  BlindEvaluatorTest() {
    key_store_ = *storage::OpenSqliteKeyStore(directory_ / "keys.db");
    keys_ = *storage::KeyRing::Open(*crypto::MasterKey::Parse(crypto::MasterKey::GenerateText()),
                                    *key_store_);
    EXPECT_TRUE(keys_->GetOrCreate(Id("acme"), kNow).ok());
    tenant_.tenant.policy.match_quota.evaluation_capacity = 2'000;
  }

  absl::StatusOr<EvaluatedBatch> Evaluate(std::string_view packed, std::int64_t epoch = 1) {
    return evaluator().Evaluate(account_, tenant_, epoch, packed, kNow);
  }
  BlindEvaluator& evaluator() {
    if (evaluator_ == nullptr) evaluator_ = std::make_unique<BlindEvaluator>(*keys_, quota_);
    return *evaluator_;
  }
  static std::string Packed(const std::vector<crypto::BlindedElement>& elements) {
    return {reinterpret_cast<const char*>(elements.data()),
            elements.size() * crypto::BlindedElement::kSize};
  }
  static crypto::BlindedBatch Blinded(const std::vector<absl::string_view>& inputs) {
    return *crypto::OprfClient().Blind(inputs);
  }

  const TemporaryDirectory directory_;
  std::unique_ptr<storage::KeyStore> key_store_;
  std::unique_ptr<storage::KeyRing> keys_;
  MatchQuotaKeeper quota_{100};
  std::unique_ptr<BlindEvaluator> evaluator_;
  const Account account_{Id("acme"), fixtures::AorOf(101)};
  LoadedTenant tenant_{.tenant = fixtures::NewTenant("acme"), .epochs = {}, .directory = nullptr};
};

TEST_F(BlindEvaluatorTest, TheOutputIsWhatTheDirectoryIsSealedWith) {
  const std::vector<absl::string_view> inputs = {"tel:+4930123456", "tel:+4930123457"};
  const absl::StatusOr<EvaluatedBatch> before = Evaluate(Packed(Blinded(inputs).elements));
  ASSERT_TRUE(before.ok()) << before.status();
  const crypto::VoprfClient client = *crypto::VoprfClient::Create(before->public_key);
  const crypto::BlindedBatch blinded = *client.Blind(inputs);
  const absl::StatusOr<EvaluatedBatch> batch = Evaluate(Packed(blinded.elements));
  ASSERT_TRUE(batch.ok()) << batch.status();
  const auto outputs = client.Finalize(inputs, blinded, batch->elements, batch->proof);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  const crypto::OprfServer server = *EpochKey(**keys_->Get(Id("acme")), 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE((*outputs)[i] == *server.Evaluate(inputs[i]));
  }
  EXPECT_FALSE((*outputs)[0] == (*outputs)[1]);
}

TEST_F(BlindEvaluatorTest, EveryEpochAndTenantHasItsKey) {
  EXPECT_TRUE(keys_->GetOrCreate(Id("globex"), kNow).ok());
  const std::string packed = Packed(Blinded({"tel:+4930123456"}).elements);
  const auto first = *Evaluate(packed, 1);
  EXPECT_EQ(Evaluate(packed, 1)->elements, first.elements);
  EXPECT_NE(Evaluate(packed, 2)->elements, first.elements);
  EXPECT_NE(Evaluate(packed, 2)->public_key, first.public_key);
  const auto elsewhere = *evaluator().Evaluate({Id("globex"), fixtures::AorOf(101, "globex")},
                                               tenant_, 1, packed, kNow);
  EXPECT_NE(elsewhere.elements, first.elements);
  EXPECT_NE(elsewhere.public_key, first.public_key);
}

TEST_F(BlindEvaluatorTest, WhatIsNoElementIsRefusedByItsIndex) {
  const auto reason = [this](const std::string& packed) {
    return GetError(Evaluate(packed).status()).value();
  };
  const std::string good = Packed(Blinded({"tel:+4930123456"}).elements);
  const ServiceError identity = reason(good + std::string(32, '\0'));
  EXPECT_EQ(identity.reason, Reason::kElementInvalid);
  EXPECT_EQ(identity.details.field, "blinded_elements[1]");
  const ServiceError not_canonical = reason(std::string(32, '\xff') + good);
  EXPECT_EQ(not_canonical.reason, Reason::kElementInvalid);
  EXPECT_EQ(not_canonical.details.field, "blinded_elements[0]");
  EXPECT_EQ(reason("").reason, Reason::kElementInvalid);
  EXPECT_EQ(reason(good.substr(1)).reason, Reason::kElementInvalid);
  std::string many;
  for (int i = 0; i <= kBlindedElementsPerMessageMax; ++i) many += good;
  EXPECT_EQ(reason(many).reason, Reason::kBatchTooLarge);
}

TEST_F(BlindEvaluatorTest, EachElementIsChargedInvalidOnesToo) {
  const std::string good = Packed(Blinded({"tel:+4930123456"}).elements);
  const auto left = [this] {
    return quota_.Available(account_, MatchKind::kEvaluation, tenant_.tenant.policy.match_quota,
                            kNow);
  };
  EXPECT_TRUE(Evaluate(good + good + good).ok());
  EXPECT_EQ(left(), 1'997);
  EXPECT_FALSE(Evaluate(good + std::string(32, '\xff')).ok());
  EXPECT_EQ(left(), 1'995);
  tenant_.tenant.policy.match_quota.evaluation_capacity = 5;
  EXPECT_EQ(GetError(Evaluate(good).status())->reason, Reason::kQuotaExceeded);
  EXPECT_EQ(GetError(Evaluate(good).status())->details.quota, "evaluation");
}

TEST_F(BlindEvaluatorTest, APurgedTenantEvaluatesNothing) {
  const std::string good = Packed(Blinded({"tel:+4930123456"}).elements);
  EXPECT_TRUE(Evaluate(good).ok());
  EXPECT_TRUE(keys_->Destroy(Id("acme")).ok());
  EXPECT_FALSE(Evaluate(good).ok());
}

}  // namespace
}  // namespace smartcontacts::service
