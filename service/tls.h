// The server's certificate.

#ifndef SMART_CONTACTS_SERVICE_TLS_H_
#define SMART_CONTACTS_SERVICE_TLS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace smartcontacts::service {

// OK if the files hold a PEM certificate that has not expired and the private key that belongs to
// it. INVALID_ARGUMENT otherwise, naming the file and the fault.
absl::Status CheckCertificate(const std::string& cert_file, const std::string& key_file);

// TLS with these files, which are read again when they change.
std::shared_ptr<grpc::ServerCredentials> TlsCredentials(const std::string& cert_file,
                                                        const std::string& key_file);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TLS_H_
