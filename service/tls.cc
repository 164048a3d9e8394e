#include "service/tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"

namespace smartcontacts::service {
namespace {

constexpr unsigned int kRefreshIntervalS = 5;

template <auto Function>
struct FreeWith {
  template <typename T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

absl::Status Invalid(const std::string& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

// For an encrypted key, instead of asking at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::Status CheckCertificate(const std::string& cert_file, const std::string& key_file) {
  const Bio cert_bio(BIO_new_file(cert_file.c_str(), "r"));
  if (cert_bio == nullptr) return Invalid(cert_file, "cannot be read");
  const Certificate certificate(PEM_read_bio_X509(cert_bio.get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) return Invalid(cert_file, "no PEM certificate");
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return Invalid(cert_file, "the certificate has expired");
  }
  const Bio key_bio(BIO_new_file(key_file.c_str(), "r"));
  if (key_bio == nullptr) return Invalid(key_file, "cannot be read");
  const PrivateKey key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) return Invalid(key_file, "no PEM private key, or one with a passphrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Invalid(key_file, absl::StrCat("does not belong to the certificate in ", cert_file));
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(const std::string& cert_file,
                                                        const std::string& key_file) {
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(key_file, cert_file,
                                                                           kRefreshIntervalS));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace smartcontacts::service
