// What `serve --dev` makes for itself, so that a newcomer needs no key and no certificate.

#ifndef SMART_CONTACTS_SERVICE_DEV_SETUP_H_
#define SMART_CONTACTS_SERVICE_DEV_SETUP_H_

#include "absl/status/status.h"
#include "service/config.h"
#include "service/telemetry/log.h"

namespace smartcontacts::service {

// Makes a master key, an administrator's token, and a key that signs tokens
// (DATA_DIRECTORY/dev-signing-key.jwk) with its JWK set, each unless it is there; and says loudly
// what is skipped. The data directory must be there. UNAVAILABLE, naming the file, if one cannot be
// written.
absl::Status PrepareDevMode(const ServeConfig& config, const Log& log);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_DEV_SETUP_H_
