// What has to hold of the OPRF for any input.

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "crypto/oprf_client.h"
#include "crypto/oprf_server.h"
#include "tests/crypto/oprf_test_support.h"

namespace smartcontacts::crypto {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST_F(OprfTest, FinalizingGivesWhatTheServerComputesForTheInput) {
  const OprfServer server = NewServer(OprfMode::kOprf);
  const OprfClient client;
  for (std::size_t size : {0u, 1u, 16u, 127u, 128u, 129u, 1000u, 65535u}) {
    std::string input(size, '\0');
    RandomBytes({reinterpret_cast<std::uint8_t*>(input.data()), size});
    const std::vector<absl::string_view> inputs = {input};
    const auto batch = client.Blind(inputs);
    std::vector<EvaluatedElement> evaluated(1);
    ASSERT_TRUE(server.EvaluateElements(batch->elements, absl::MakeSpan(evaluated)).ok());
    const auto outputs = client.Finalize(inputs, *batch, evaluated);
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    EXPECT_TRUE((*outputs)[0] == *server.Evaluate(input)) << size;
  }
}

TEST_F(OprfTest, AVerifiedBatchFinalizesToWhatTheServerComputes) {
  const auto outputs = client_.Finalize(Views(inputs_), batch(), evaluated_, proof_);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  for (std::size_t i = 0; i < kBatchSize; ++i) {
    EXPECT_TRUE((*outputs)[i] == *server_.Evaluate(inputs_[i])) << i;
  }
}

TEST_F(OprfTest, BlindingTwiceGivesDifferentElementsAndTheSameOutput) {
  const auto again = client_.Blind(Views(inputs_));
  std::vector<EvaluatedElement> evaluated(kBatchSize);
  ASSERT_TRUE(server_.EvaluateElements(again->elements, absl::MakeSpan(evaluated)).ok());
  const auto outputs = client_.Finalize(Views(inputs_), *again, evaluated,
                                        *server_.Prove(again->elements, evaluated));
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  for (std::size_t i = 0; i < kBatchSize; ++i) {
    EXPECT_NE(again->elements[i], elements()[i]);
    EXPECT_TRUE((*outputs)[i] == *server_.Evaluate(inputs_[i]));
  }
}

TEST_F(OprfTest, EqualInputsOfABatchHaveDifferentElements) {
  const auto same = client_.Blind({"tel:+493023125001", "tel:+493023125001"});
  ASSERT_TRUE(same.ok());
  EXPECT_NE(same->elements[0], same->elements[1]);
}

TEST_F(OprfTest, KeysModesAndInputsGiveDifferentOutputs) {
  const SecretKey seed = SecretKey::Generate();
  const auto output = [&](OprfMode mode, const char* info, const char* input) {
    return *OprfServer::FromSeed(mode, seed, info)->Evaluate(input);
  };
  const OprfOutput reference = output(OprfMode::kVoprf, "info", "input");
  EXPECT_TRUE(reference == output(OprfMode::kVoprf, "info", "input"));
  EXPECT_FALSE(reference == output(OprfMode::kOprf, "info", "input"));
  EXPECT_FALSE(reference == output(OprfMode::kVoprf, "infO", "input"));
  EXPECT_FALSE(reference == output(OprfMode::kVoprf, "info", "inpuT"));
}

TEST_F(OprfTest, ABatchMayBeEvaluatedAndSharedInPieces) {
  std::vector<EvaluatedElement> evaluated(kBatchSize);
  std::vector<ProofShare> shares;
  for (const auto& [first, count] : {std::pair(0, 2), std::pair(2, 1), std::pair(3, 2)}) {
    const auto piece = absl::MakeConstSpan(elements()).subspan(first, count);
    const auto room = absl::MakeSpan(evaluated).subspan(first, count);
    ASSERT_TRUE(server_.EvaluateElements(piece, room).ok());
    shares.push_back(*server_.ShareOfProof(first, piece, room));
  }
  EXPECT_EQ(evaluated, evaluated_);
  const auto proof = server_.Prove(shares);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(Verify(elements(), evaluated, *proof), absl::StatusCode::kOk);

  // A share that is missing, that is there twice, or in another place.
  using Shares = std::vector<ProofShare>;
  for (const Shares& wrong : {Shares{}, Shares{shares[0], shares[2]}, Shares{shares[1]},
                              Shares{shares[0], shares[0]}, Shares{shares[1], shares[0]}}) {
    EXPECT_EQ(server_.Prove(wrong).status().code(), kInvalid);
  }
  EXPECT_EQ(RefusedIndex(server_.Prove(Shares{shares[0], shares[2]}).status()), 1u);
}

TEST_F(OprfTest, ProofsOfOneBatchDiffer) {
  const auto again = server_.Prove(elements(), evaluated_);
  EXPECT_NE(*again, proof_);
  EXPECT_EQ(Verify(elements(), evaluated_, *again), absl::StatusCode::kOk);
}

TEST_F(OprfTest, AProofWithAnyBitFlippedDoesNotHold) {
  for (std::size_t bit = 0; bit < OprfProof::kSize * 8; ++bit) {
    OprfProof altered = proof_;
    altered.bytes[bit / 8] = static_cast<std::uint8_t>(altered.bytes[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusCode code = Verify(elements(), evaluated_, altered);
    // The highest bits make a scalar that is not canonical.
    EXPECT_TRUE(code == absl::StatusCode::kDataLoss || (bit % 256 >= 252 && code == kInvalid))
        << bit;
  }
}

TEST_F(OprfTest, AProofOfAnotherKeyDoesNotHold) {
  const OprfServer other = NewServer(OprfMode::kVoprf);
  std::vector<EvaluatedElement> evaluated(kBatchSize);
  ASSERT_TRUE(other.EvaluateElements(elements(), absl::MakeSpan(evaluated)).ok());
  const OprfProof proof = *other.Prove(elements(), evaluated);
  EXPECT_EQ(ClientOf(other).VerifyProof(elements(), evaluated, proof), absl::OkStatus());
  EXPECT_EQ(Verify(elements(), evaluated, proof), absl::StatusCode::kDataLoss);
  EXPECT_EQ(client_.Finalize(Views(inputs_), batch(), evaluated, proof).status().code(),
            absl::StatusCode::kDataLoss);
  // Neither does its own proof over what the other evaluated.
  EXPECT_EQ(Verify(elements(), evaluated, *server_.Prove(elements(), evaluated)),
            absl::StatusCode::kDataLoss);
}

TEST_F(OprfTest, OneElementUnderAnotherKeySpoilsTheBatch) {
  const OprfServer other = NewServer(OprfMode::kVoprf);
  for (std::size_t i = 0; i < kBatchSize; ++i) {
    auto evaluated = evaluated_;
    ASSERT_TRUE(other.EvaluateElements({&elements()[i], 1}, absl::MakeSpan(&evaluated[i], 1)).ok());
    EXPECT_EQ(Verify(elements(), evaluated, proof_), absl::StatusCode::kDataLoss) << i;
    EXPECT_EQ(Verify(elements(), evaluated, *server_.Prove(elements(), evaluated)),
              absl::StatusCode::kDataLoss)
        << i;
  }
}

TEST_F(OprfTest, AProofOfAnotherBatchAnotherOrderOrAPartDoesNotHold) {
  auto blinded = elements();
  auto evaluated = evaluated_;
  std::swap(evaluated[0], evaluated[4]);
  EXPECT_EQ(Verify(blinded, evaluated, proof_), absl::StatusCode::kDataLoss);
  // The pairs are right, and their places are not.
  std::swap(blinded[0], blinded[4]);
  EXPECT_EQ(Verify(blinded, evaluated, proof_), absl::StatusCode::kDataLoss);
  blinded.pop_back();
  evaluated.pop_back();
  EXPECT_EQ(Verify(blinded, evaluated, proof_), absl::StatusCode::kDataLoss);
  const auto other = client_.Blind(Views(inputs_));
  EXPECT_EQ(Verify(other->elements, evaluated_, proof_), absl::StatusCode::kDataLoss);
}

TEST_F(OprfTest, OutputsAndBlindsCannotBeCopiedAndAreWipedWhenMoved) {
  static_assert(!std::is_copy_constructible_v<OprfOutput>);
  static_assert(!std::is_copy_assignable_v<OprfOutput>);
  static_assert(!std::is_copy_constructible_v<SecretScalars>);
  static_assert(!std::is_copy_constructible_v<OprfServer>);
  OprfOutput output = *server_.Evaluate("input");
  const OprfOutput moved = std::move(output);
  EXPECT_TRUE(moved == *server_.Evaluate("input"));
  EXPECT_TRUE(output == OprfOutput());  // NOLINT(bugprone-use-after-move): that is the question
}

}  // namespace
}  // namespace smartcontacts::crypto
