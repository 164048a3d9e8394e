// cjose's objects with owners, and strict JSON. Internal to crypto/.

#ifndef SMART_CONTACTS_CRYPTO_JOSE_H_
#define SMART_CONTACTS_CRYPTO_JOSE_H_

#include <cjose/cjose.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smartcontacts::crypto {

struct ReleaseJwk {
  void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
};
struct ReleaseJws {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
struct ReleaseHeader {
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, ReleaseJwk>;
using Jws = std::unique_ptr<cjose_jws_t, ReleaseJws>;
using Header = std::unique_ptr<cjose_header_t, ReleaseHeader>;

// Null if `json` is no key.
Jwk ImportJwk(const nlohmann::json& json);

// Reads a JSON object. INVALID_ARGUMENT if it is none, is nested deeper than 8, or has a member
// twice: which of the two counts is a question that parsers answer differently (RFC 8725,
// section 2.4).
absl::StatusOr<nlohmann::json> ParseObject(absl::string_view text);

// The member `name` of an object if it is a string, else an empty string.
std::string StringMember(const nlohmann::json& object, const char* name);

// Reads base64url without padding (RFC 7515, section 2). Nothing if `text` is not what encoding the
// result gives: otherwise several texts would stand for one token.
std::optional<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_JOSE_H_
