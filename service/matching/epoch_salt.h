// The salt of a new epoch.

#ifndef SMART_CONTACTS_SERVICE_MATCHING_EPOCH_SALT_H_
#define SMART_CONTACTS_SERVICE_MATCHING_EPOCH_SALT_H_

#include "absl/types/span.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

namespace smartcontacts::service {

inline crypto::EpochSalt NewEpochSalt() {
  crypto::EpochSalt salt{};
  crypto::RandomBytes(absl::MakeSpan(salt.bytes));
  return salt;
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MATCHING_EPOCH_SALT_H_
