// What the OPRF refuses.

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/oprf_client.h"
#include "crypto/oprf_server.h"
#include "tests/crypto/oprf_test_support.h"

namespace smartcontacts::crypto {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// The order of the group (RFC 9496, section 4.4), little-endian.
constexpr char kOrder[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

// Of each kind of invalid encoding (RFC 9496, appendix A.2).
const char* const kInvalidElements[] = {
    // The identity: valid in the group, refused by RFC 9497.
    "0000000000000000000000000000000000000000000000000000000000000000",
    // Not less than the field's order; the second is zero once more.
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // Negative.
    "0100000000000000000000000000000000000000000000000000000000000000",
    // Not a square; x * y negative; y zero.
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // The generator with its highest bit set.
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6",
};

template <typename Element>
Element ElementOf(const std::string& hex) {
  Element element;
  const std::string bytes = FromHex(hex);
  std::copy(bytes.begin(), bytes.end(), element.bytes.begin());
  return element;
}

TEST_F(OprfTest, ScalarsOfAProofThatAreNotCanonicalAreRefused) {
  for (const std::size_t half : {0u, 32u}) {
    for (const std::string& hex : {std::string(kOrder), std::string(64, 'f')}) {
      OprfProof altered = proof_;
      const std::string scalar = FromHex(hex);
      std::copy(scalar.begin(), scalar.end(), altered.bytes.begin() + half);
      EXPECT_EQ(Verify(elements(), evaluated_, altered), kInvalid);
    }
  }
  EXPECT_EQ(Verify(elements(), evaluated_, OprfProof{}), absl::StatusCode::kDataLoss);
}

TEST_F(OprfTest, InvalidAndIdentityElementsAreRefusedWithTheirIndex) {
  for (const char* hex : kInvalidElements) {
    for (const std::size_t index : {0u, 3u}) {
      auto blinded = elements();
      blinded[index] = ElementOf<BlindedElement>(hex);
      std::vector<EvaluatedElement> room = evaluated_;
      const absl::Status status = server_.EvaluateElements(blinded, absl::MakeSpan(room));
      EXPECT_EQ(status.code(), kInvalid) << hex;
      EXPECT_EQ(RefusedIndex(status), index) << hex;
      EXPECT_EQ(room, std::vector<EvaluatedElement>(kBatchSize)) << "something was returned";
      EXPECT_EQ(RefusedIndex(server_.ShareOfProof(0, blinded, evaluated_).status()), index);
      EXPECT_EQ(RefusedIndex(client_.VerifyProof(blinded, evaluated_, proof_)), index);

      auto evaluated = evaluated_;
      evaluated[index] = ElementOf<EvaluatedElement>(hex);
      EXPECT_EQ(Verify(elements(), evaluated, proof_), kInvalid) << hex;
      EXPECT_EQ(RefusedIndex(client_.VerifyProof(elements(), evaluated, proof_)), index);
      const absl::Status unverified =
          OprfClient().Finalize(Views(inputs_), batch(), evaluated).status();
      EXPECT_EQ(unverified.code(), kInvalid) << hex;
      EXPECT_EQ(RefusedIndex(unverified), index) << hex;
    }
    EXPECT_EQ(ParseOprfPublicKey(FromHex(hex)).status().code(), kInvalid) << hex;
    EXPECT_EQ(VoprfClient::Create(ElementOf<OprfPublicKey>(hex)).status().code(), kInvalid);
  }
}

TEST_F(OprfTest, ScalarsThatAreZeroOrNotCanonicalAreRefused) {
  const std::string zero(32, '\0');
  const std::string one = FromHex(absl::StrCat("01", std::string(62, '0')));
  for (const std::string& scalar : {zero, FromHex(kOrder), std::string(32, '\xff')}) {
    EXPECT_EQ(OprfServer::FromScalar(OprfMode::kVoprf, BytesOf(scalar)).status().code(), kInvalid);
    EXPECT_EQ(RefusedIndex(SecretScalars::FromBytes(BytesOf(one + scalar)).status()), 1u);
  }
  EXPECT_TRUE(OprfServer::FromScalar(OprfMode::kVoprf, BytesOf(one)).ok());
  std::string largest = FromHex(kOrder);
  --largest[0];
  EXPECT_TRUE(OprfServer::FromScalar(OprfMode::kVoprf, BytesOf(largest)).ok());
  for (const std::size_t size : {0u, 31u, 33u, 64u}) {
    EXPECT_EQ(
        OprfServer::FromScalar(OprfMode::kVoprf, BytesOf(std::string(size, 1))).status().code(),
        kInvalid);
  }
  EXPECT_EQ(SecretScalars::FromBytes(BytesOf(std::string(33, 1))).status().code(), kInvalid);
}

TEST_F(OprfTest, InputsHaveALimit) {
  const std::string longest(kOprfInputSizeMax, 'x');
  const std::string too_long(kOprfInputSizeMax + 1, 'x');
  EXPECT_TRUE(server_.Evaluate(longest).ok());
  EXPECT_EQ(server_.Evaluate(too_long).status().code(), kInvalid);
  const absl::Status status = client_.Blind({longest, too_long}).status();
  EXPECT_EQ(status.code(), kInvalid);
  EXPECT_EQ(RefusedIndex(status), 1u);
  EXPECT_TRUE(OprfServer::FromSeed(OprfMode::kVoprf, SecretKey::Generate(), longest).ok());
  EXPECT_EQ(OprfServer::FromSeed(OprfMode::kVoprf, SecretKey::Generate(), too_long).status().code(),
            kInvalid);
}

TEST_F(OprfTest, BatchesHaveALimitAndAreNotEmpty) {
  const std::vector<absl::string_view> many(kOprfBatchSizeMax + 1, "x");
  EXPECT_EQ(client_.Blind(many).status().code(), kInvalid);
  EXPECT_EQ(client_.Blind({}).status().code(), kInvalid);
  EXPECT_EQ(client_.VerifyProof({}, {}, proof_).code(), kInvalid);
  EXPECT_EQ(server_.Prove({}, {}).status().code(), kInvalid);
  const std::vector<ProofShare> shares = {ProofShare{0, kOprfBatchSizeMax},
                                          ProofShare{kOprfBatchSizeMax, 1}};
  EXPECT_EQ(server_.Prove(shares).status().code(), kInvalid);
  EXPECT_EQ(server_.ShareOfProof(kOprfBatchSizeMax - 1, elements(), evaluated_).status().code(),
            kInvalid);
}

TEST_F(OprfTest, TheHalvesOfABatchHaveOneSize) {
  const auto part = absl::MakeConstSpan(evaluated_).subspan(1);
  std::vector<EvaluatedElement> room(kBatchSize - 1);
  EXPECT_EQ(server_.EvaluateElements(elements(), absl::MakeSpan(room)).code(), kInvalid);
  EXPECT_EQ(server_.ShareOfProof(0, elements(), part).status().code(), kInvalid);
  EXPECT_EQ(client_.VerifyProof(elements(), part, proof_).code(), kInvalid);
  EXPECT_EQ(client_.Finalize(Views(inputs_), batch(), part, proof_).status().code(), kInvalid);
  EXPECT_EQ(client_.Finalize({"one"}, batch(), evaluated_, proof_).status().code(), kInvalid);
  EXPECT_EQ(client_.BlindWith(SecretScalars::Random(2), {"one"}).status().code(), kInvalid);
}

TEST_F(OprfTest, WhatIsPackedHasAWholeNumberOfElements) {
  for (const std::size_t size : {0u, 1u, 31u, 33u, 63u}) {
    EXPECT_EQ(ParseBlindedElements(std::string(size, 'x')).status().code(), kInvalid) << size;
    EXPECT_EQ(ParseEvaluatedElements(std::string(size, 'x')).status().code(), kInvalid) << size;
    EXPECT_EQ(ParseOprfProof(std::string(size, 'x')).status().code(), kInvalid) << size;
    EXPECT_EQ(ParseOprfPublicKey(std::string(size, 'x')).status().code(), kInvalid) << size;
    EXPECT_FALSE(OprfOutput::FromBytes(BytesOf(std::string(size, 'x'))).ok()) << size;
  }
  EXPECT_EQ(ParseBlindedElements(std::string(64, 'x'))->size(), 2u);
  const std::string too_many((kOprfBatchSizeMax + 1) * BlindedElement::kSize, 'x');
  EXPECT_EQ(ParseBlindedElements(too_many).status().code(), kInvalid);
}

TEST_F(OprfTest, Mode0HasNoProofs) {
  const OprfServer server = NewServer(OprfMode::kOprf);
  EXPECT_EQ(server.Prove(elements(), evaluated_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.Prove({ProofShare{0, 1}}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(OprfTest, OtherErrorsHaveNoIndex) {
  EXPECT_EQ(RefusedIndex(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(RefusedIndex(absl::InvalidArgumentError("element 3")), std::nullopt);
}

}  // namespace
}  // namespace smartcontacts::crypto
