#include "crypto/jose.h"

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

namespace smartcontacts::crypto {

Jwk ImportJwk(const nlohmann::json& json) {
  const std::string text = json.dump();
  return Jwk(cjose_jwk_import(text.data(), text.size(), nullptr));
}

absl::StatusOr<nlohmann::json> ParseObject(absl::string_view text) {
  using nlohmann::json;
  constexpr int kDepthMax = 8;
  bool acceptable = true;
  std::vector<std::set<std::string>> members;  // of the objects that are open
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    // `depth` counts the objects and arrays around what is parsed.
    if (depth > kDepthMax) acceptable = false;
    if (event == json::parse_event_t::object_start) members.emplace_back();
    if (event == json::parse_event_t::object_end) members.pop_back();
    if (event == json::parse_event_t::key &&
        !members.back().insert(parsed.get<std::string>()).second) {
      acceptable = false;
    }
    return acceptable;
  };
  json object = json::parse(text.begin(), text.end(), check, /*allow_exceptions=*/false);
  if (!acceptable || !object.is_object()) {
    return absl::InvalidArgumentError(
        "no JSON object, nested too deeply, or a member is there twice");
  }
  return object;
}

std::string StringMember(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::string> DecodeBase64Url(absl::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes) || absl::WebSafeBase64Escape(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace smartcontacts::crypto
