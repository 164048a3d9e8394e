// A key of a JwkSet. Internal to crypto/.

#ifndef SMART_CONTACTS_CRYPTO_JWK_SET_KEY_H_
#define SMART_CONTACTS_CRYPTO_JWK_SET_KEY_H_

#include <cjose/cjose.h>

#include <memory>
#include <string>

#include "crypto/token.h"

namespace smartcontacts::crypto {

struct JwkSet::Key {
  std::shared_ptr<const cjose_jwk_t> jwk;
  SigningAlgorithm algorithm;
  std::string key_id;  // empty: none
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_JWK_SET_KEY_H_
