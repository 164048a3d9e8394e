// Every vector of tests/vectors/digest.json, from what was typed to the digest.

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "client/normalization/normalizer.h"
#include "crypto/digest.h"

namespace smartcontacts::client {
namespace {

using nlohmann::json;

DialPlan PlanOf(const json& plan) {
  return {plan["default_region"],  plan["outside_line_prefix"], plan["international_prefix"],
          plan["national_prefix"], plan["extension_pattern"],   plan["phone_context"]};
}

crypto::EpochSalt SaltOf(const json& vector) {
  const std::string bytes = absl::HexStringToBytes(vector["salt"].get<std::string>());
  crypto::EpochSalt salt{};
  EXPECT_EQ(bytes.size(), salt.bytes.size());
  std::copy(bytes.begin(), bytes.end(), salt.bytes.begin());
  return salt;
}

std::string Hex(const crypto::Digest& digest) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

TEST(DigestVectors, AllHold) {
  std::ifstream file(SMART_CONTACTS_SOURCE_DIR "/tests/vectors/digest.json");
  const json vectors = json::parse(file)["vectors"];
  ASSERT_GE(vectors.size(), 40U);
  for (const json& vector : vectors) {
    const std::string typed = vector["typed"];
    SCOPED_TRACE(typed + " in " + vector["country"].get<std::string>());
    const auto normalizer = Normalizer::Create(PlanOf(vector["dial_plan"]));
    ASSERT_TRUE(normalizer.ok()) << normalizer.status();
    const Normalized result = normalizer->ForContact(typed);
    if (vector.contains("skipped")) {
      EXPECT_THAT(result.candidates, testing::IsEmpty());
      ASSERT_TRUE(result.skipped.has_value());
      EXPECT_EQ(Name(*result.skipped), vector["skipped"].get<std::string>());
      continue;
    }
    const crypto::Digester digester(SaltOf(vector));
    json candidates = json::array();
    for (const Candidate& candidate : result.candidates) {
      candidates.push_back({{"identifier", candidate.identifier.value()},
                            {"digest", Hex(digester(candidate.identifier))}});
    }
    EXPECT_EQ(candidates, vector["candidates"]);
  }
}

}  // namespace
}  // namespace smartcontacts::client
