// The server's certificate.

#ifndef SMART_CONTACTS_SERVICE_TLS_H_
#define SMART_CONTACTS_SERVICE_TLS_H_

#include <grpcpp/security/server_credentials.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/mutex.h"

namespace smartcontacts::service {

// OK if the files hold a PEM certificate that has not expired and the private key that belongs to
// it. UNAVAILABLE or INVALID_ARGUMENT otherwise, naming the file and the fault.
absl::Status CheckCertificate(const std::string& cert_file, const std::string& key_file);

// The certificate and the key of new connections. Safe for concurrent use.
class ServedCertificate {
 public:
  // What is served, and a number that is another one for each that was.
  struct Pair {
    std::string certificate;  // PEM, with its chain
    std::string key;          // PEM
    std::int64_t version = 0;
  };

  // Errors: those of CheckCertificate().
  static absl::StatusOr<std::shared_ptr<ServedCertificate>> Load(std::string cert_file,
                                                                 std::string key_file);

  // Serves what the files hold now. Errors: those of CheckCertificate(); what was served before is
  // served further then.
  absl::Status Reload();

  std::shared_ptr<const Pair> current() const;

 private:
  ServedCertificate(std::string cert_file, std::string key_file)
      : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}

  const std::string cert_file_;
  const std::string key_file_;
  mutable Mutex mutex_;
  std::shared_ptr<const Pair> current_ ABSL_GUARDED_BY(mutex_);
};

// For one server, which must not outlive them.
std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    std::shared_ptr<const ServedCertificate> certificate);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_TLS_H_
