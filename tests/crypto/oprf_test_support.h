// What the tests of the OPRF share.

#ifndef SMART_CONTACTS_TESTS_CRYPTO_OPRF_TEST_SUPPORT_H_
#define SMART_CONTACTS_TESTS_CRYPTO_OPRF_TEST_SUPPORT_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/oprf_client.h"
#include "crypto/oprf_server.h"

namespace smartcontacts::crypto {

inline std::string FromHex(const std::string& hex) { return absl::HexStringToBytes(hex); }

inline absl::Span<const std::uint8_t> BytesOf(absl::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <typename Bytes>
std::string ToHex(const Bytes& bytes) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

inline std::vector<absl::string_view> Views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

inline nlohmann::json ReadVectors(const std::string& name) {
  std::ifstream file(absl::StrCat(SMART_CONTACTS_SOURCE_DIR, "/tests/vectors/", name));
  return nlohmann::json::parse(file);
}

// A server of mode 1, a client that knows its public key, and a batch that was evaluated.
class OprfTest : public testing::Test {
 protected:
  static constexpr std::size_t kBatchSize = 5;

  OprfTest() : server_(NewServer(OprfMode::kVoprf)), client_(ClientOf(server_)) {
    for (std::size_t i = 0; i < kBatchSize; ++i) {
      inputs_.push_back(absl::StrCat("tel:+49302312500", i));
    }
    batch_.push_back(*client_.Blind(Views(inputs_)));
    evaluated_.resize(kBatchSize);
    EXPECT_TRUE(server_.EvaluateElements(elements(), absl::MakeSpan(evaluated_)).ok());
    proof_ = *server_.Prove(elements(), evaluated_);
  }

  static OprfServer NewServer(OprfMode mode) {
    InitializeOrDie();
    return *OprfServer::FromSeed(mode, SecretKey::Generate(), "test");
  }
  static VoprfClient ClientOf(const OprfServer& server) {
    return *VoprfClient::Create(server.public_key());
  }

  const BlindedBatch& batch() const { return batch_[0]; }
  const std::vector<BlindedElement>& elements() const { return batch_[0].elements; }
  absl::StatusCode Verify(const std::vector<BlindedElement>& blinded,
                          const std::vector<EvaluatedElement>& evaluated,
                          const OprfProof& proof) const {
    return client_.VerifyProof(blinded, evaluated, proof).code();
  }

  OprfServer server_;
  VoprfClient client_;
  std::vector<std::string> inputs_;
  std::vector<BlindedBatch> batch_;
  std::vector<EvaluatedElement> evaluated_;
  OprfProof proof_{};
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_TESTS_CRYPTO_OPRF_TEST_SUPPORT_H_
