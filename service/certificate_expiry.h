// When the server's certificate ends.

#ifndef SMART_CONTACTS_SERVICE_CERTIFICATE_EXPIRY_H_
#define SMART_CONTACTS_SERVICE_CERTIFICATE_EXPIRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace smartcontacts::service {

// The time after which the first certificate of the PEM file is not valid any more.
// INVALID_ARGUMENT if it cannot be read.
absl::StatusOr<absl::Time> CertificateExpiry(const std::string& cert_file);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_CERTIFICATE_EXPIRY_H_
