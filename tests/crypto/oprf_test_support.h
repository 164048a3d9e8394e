// What the tests of the OPRF share.

#ifndef SMART_CONTACTS_TESTS_CRYPTO_OPRF_TEST_SUPPORT_H_
#define SMART_CONTACTS_TESTS_CRYPTO_OPRF_TEST_SUPPORT_H_

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

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

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_TESTS_CRYPTO_OPRF_TEST_SUPPORT_H_
