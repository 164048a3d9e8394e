// The test vectors of RFC 9380, appendix K.3, and of RFC 9497, appendix A.1.

#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "crypto/oprf_client.h"
#include "crypto/oprf_group.h"
#include "crypto/oprf_server.h"
#include "tests/crypto/oprf_test_support.h"

namespace smartcontacts::crypto {
namespace {

TEST(ExpandMessageXmd, GivesTheBytesOfRfc9380) {
  constexpr char kDomain[] = "QUUX-V01-CS02-with-expander-SHA512-256";
  const struct {
    absl::string_view message;
    std::string uniform_bytes;
  } vectors[] = {
      {"", "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"},
      {"abc", "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"},
      {"abcdef0123456789", "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58"},
      {"",
       "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921"
       "b052b62eaed99b46f72f2ef4cc96bfaf254ebbbec091e1a3b9e4fb5e5b619d2e"
       "0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e"
       "b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961"},
  };
  for (const auto& vector : vectors) {
    std::vector<std::uint8_t> output(vector.uniform_bytes.size() / 2);
    ExpandMessageXmd({vector.message}, kDomain, absl::MakeSpan(output));
    EXPECT_EQ(ToHex(output), vector.uniform_bytes);
  }
}

TEST(ExpandMessageXmd, TakesAMessageInParts) {
  std::vector<std::uint8_t> whole(100);
  std::vector<std::uint8_t> parts(100);
  ExpandMessageXmd({"one message"}, "domain", absl::MakeSpan(whole));
  ExpandMessageXmd({"one", "", " message"}, "domain", absl::MakeSpan(parts));
  EXPECT_EQ(parts, whole);
}

// One of RFC 9497's vectors: a batch, its members separated by commas.
struct Vector {
  std::vector<std::string> inputs;
  std::string blinds;
  std::string blinded;
  std::string evaluated;
  std::vector<std::string> outputs;  // in hexadecimal
};

std::vector<std::string> Members(const nlohmann::json& json) {
  return absl::StrSplit(json.get<std::string>(), ',');
}

std::string Packed(const nlohmann::json& json) { return FromHex(absl::StrJoin(Members(json), "")); }

Vector ReadVector(const nlohmann::json& json) {
  Vector vector;
  for (const std::string& input : Members(json["Input"])) vector.inputs.push_back(FromHex(input));
  vector.blinds = Packed(json["Blind"]);
  vector.blinded = Packed(json["BlindedElement"]);
  vector.evaluated = Packed(json["EvaluationElement"]);
  vector.outputs = Members(json["Output"]);
  EXPECT_EQ(vector.inputs.size(), json["Batch"]);
  return vector;
}

OprfServer ServerOf(OprfMode mode, const nlohmann::json& suite) {
  const SecretKey seed = *SecretKey::FromBytes(BytesOf(FromHex(suite["seed"])));
  return *OprfServer::FromSeed(mode, seed, FromHex(suite["keyInfo"]));
}

// The server's half: evaluated elements, and outputs of its own.
void CheckServer(const OprfServer& server, const Vector& vector) {
  const auto blinded = *ParseBlindedElements(vector.blinded);
  std::vector<EvaluatedElement> evaluated(blinded.size());
  ASSERT_TRUE(server.EvaluateElements(blinded, absl::MakeSpan(evaluated)).ok());
  EXPECT_EQ(evaluated, *ParseEvaluatedElements(vector.evaluated));
  for (std::size_t i = 0; i < vector.inputs.size(); ++i) {
    EXPECT_EQ(ToHex(server.Evaluate(vector.inputs[i])->bytes()), vector.outputs[i]);
  }
}

void CheckOutputs(const absl::StatusOr<std::vector<OprfOutput>>& outputs, const Vector& vector) {
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  ASSERT_EQ(outputs->size(), vector.outputs.size());
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    EXPECT_EQ(ToHex((*outputs)[i].bytes()), vector.outputs[i]);
  }
}

class Rfc9497 : public testing::Test {
 protected:
  void SetUp() override { InitializeOrDie(); }

  // The suite of one mode. The file has no mode 2 (POPRF), and neither has this project.
  static nlohmann::json Suite(OprfMode mode) {
    for (const nlohmann::json& suite : ReadVectors("rfc9497_ristretto255_sha512.json")) {
      if (suite["mode"] == static_cast<int>(mode)) return suite;
    }
    ADD_FAILURE() << "no vectors";
    return {};
  }
};

TEST_F(Rfc9497, Mode0IsAsInTheVectors) {
  const nlohmann::json suite = Suite(OprfMode::kOprf);
  const OprfServer server = ServerOf(OprfMode::kOprf, suite);
  const auto same = OprfServer::FromScalar(OprfMode::kOprf, BytesOf(FromHex(suite["skSm"])));
  EXPECT_EQ(server.public_key(), same->public_key());
  const OprfClient client;
  ASSERT_EQ(suite["vectors"].size(), 2u);
  for (const nlohmann::json& json : suite["vectors"]) {
    const Vector vector = ReadVector(json);
    const auto inputs = Views(vector.inputs);
    const auto batch = client.BlindWith(*SecretScalars::FromBytes(BytesOf(vector.blinds)), inputs);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batch->elements, *ParseBlindedElements(vector.blinded));
    CheckServer(server, vector);
    CheckOutputs(client.Finalize(inputs, *batch, *ParseEvaluatedElements(vector.evaluated)),
                 vector);
  }
}

TEST_F(Rfc9497, Mode1IsAsInTheVectorsWithBatchesAndProofs) {
  const nlohmann::json suite = Suite(OprfMode::kVoprf);
  const OprfServer server = ServerOf(OprfMode::kVoprf, suite);
  const auto same = OprfServer::FromScalar(OprfMode::kVoprf, BytesOf(FromHex(suite["skSm"])));
  EXPECT_EQ(server.public_key(), same->public_key());
  EXPECT_EQ(ToHex(server.public_key().bytes), suite["pkSm"]);
  const VoprfClient client = *VoprfClient::Create(*ParseOprfPublicKey(FromHex(suite["pkSm"])));
  ASSERT_EQ(suite["vectors"].size(), 3u);
  for (const nlohmann::json& json : suite["vectors"]) {
    const Vector vector = ReadVector(json);
    const auto inputs = Views(vector.inputs);
    const auto batch = client.BlindWith(*SecretScalars::FromBytes(BytesOf(vector.blinds)), inputs);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batch->elements, *ParseBlindedElements(vector.blinded));
    CheckServer(server, vector);
    const auto evaluated = *ParseEvaluatedElements(vector.evaluated);
    const auto share = server.ShareOfProof(0, batch->elements, evaluated);
    ASSERT_TRUE(share.ok()) << share.status();
    const auto nonce = *SecretScalars::FromBytes(BytesOf(FromHex(json["Proof"]["r"])));
    const auto proof = server.ProveWith(nonce, {*share});
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(ToHex(proof->bytes), json["Proof"]["proof"]);
    CheckOutputs(client.Finalize(inputs, *batch, evaluated, *proof), vector);
  }
}

}  // namespace
}  // namespace smartcontacts::crypto
