// Digests as bytes.

#ifndef SMART_CONTACTS_CLIENT_RETENTION_PACKED_DIGESTS_H_
#define SMART_CONTACTS_CLIENT_RETENTION_PACKED_DIGESTS_H_

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/digest.h"

namespace smartcontacts::client {

inline absl::string_view View(const crypto::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

// Back to back.
inline std::string Pack(absl::Span<const crypto::Digest> digests) {
  return {reinterpret_cast<const char*>(digests.data()), digests.size() * crypto::Digest::kSize};
}

// The digest that the first bytes of `bytes` are; it has at least as many as a digest.
inline crypto::Digest DigestOf(absl::string_view bytes) {
  crypto::Digest digest{};
  std::copy_n(bytes.begin(), crypto::Digest::kSize, digest.bytes.begin());
  return digest;
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RETENTION_PACKED_DIGESTS_H_
