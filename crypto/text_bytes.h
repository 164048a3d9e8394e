// Text as libsodium takes it. Internal to crypto/.

#ifndef SMART_CONTACTS_CRYPTO_TEXT_BYTES_H_
#define SMART_CONTACTS_CRYPTO_TEXT_BYTES_H_

#include "absl/strings/string_view.h"

namespace smartcontacts::crypto {

inline const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_TEXT_BYTES_H_
