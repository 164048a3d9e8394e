#include "service/tls.h"

#include <grpc/grpc_security.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "cli/secret_file.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"

namespace smartcontacts::service {
namespace {

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

Bio Read(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void WipeText(std::string& text) {
  crypto::Wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

absl::StatusOr<ServedCertificate::Pair> ReadPair(const std::string& cert_file,
                                                 const std::string& key_file) {
  ServedCertificate::Pair pair;
  ASSIGN_OR_RETURN(pair.certificate, cli::ReadSecretFile(cert_file));
  const Certificate certificate(
      PEM_read_bio_X509(Read(pair.certificate).get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) return Invalid(cert_file, "no PEM certificate");
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return Invalid(cert_file, "the certificate has expired");
  }
  ASSIGN_OR_RETURN(pair.key, cli::ReadSecretFile(key_file));
  const PrivateKey key(
      PEM_read_bio_PrivateKey(Read(pair.key).get(), nullptr, NoPassphrase, nullptr));
  const bool belongs = key != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  if (belongs) return pair;
  WipeText(pair.key);
  if (key == nullptr) return Invalid(key_file, "no PEM private key, or one with a passphrase");
  return Invalid(key_file, absl::StrCat("does not belong to the certificate in ", cert_file));
}

// gRPC's C++ interface has no credentials that ask for the certificate at each new connection; its
// C interface has.
class ReloadedCredentials final : public grpc::ServerCredentials {
 public:
  explicit ReloadedCredentials(std::shared_ptr<const ServedCertificate> certificate)
      : certificate_(std::move(certificate)) {}

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    grpc_server_credentials* const credentials = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE, &ReloadedCredentials::Fetch, this));
    const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  // Before each handshake, one after the other.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<ReloadedCredentials*>(self)->Fetch(config);
  }
  grpc_ssl_certificate_config_reload_status Fetch(grpc_ssl_server_certificate_config** config) {
    const std::shared_ptr<const ServedCertificate::Pair> pair = certificate_->current();
    MutexLock lock(mutex_);
    if (pair->version == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    given_ = pair->version;
    const grpc_ssl_pem_key_cert_pair texts{pair->key.c_str(), pair->certificate.c_str()};
    // gRPC wants certificates to check clients by, also if it asks for none.
    *config = grpc_ssl_server_certificate_config_create(pair->certificate.c_str(), &texts, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const std::shared_ptr<const ServedCertificate> certificate_;
  Mutex mutex_;
  std::int64_t given_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

absl::Status CheckCertificate(const std::string& cert_file, const std::string& key_file) {
  ASSIGN_OR_RETURN(ServedCertificate::Pair pair, ReadPair(cert_file, key_file));
  WipeText(pair.key);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<ServedCertificate>> ServedCertificate::Load(std::string cert_file,
                                                                           std::string key_file) {
  std::shared_ptr<ServedCertificate> certificate(
      new ServedCertificate(std::move(cert_file), std::move(key_file)));
  RETURN_IF_ERROR(certificate->Reload());
  return certificate;
}

absl::Status ServedCertificate::Reload() {
  ASSIGN_OR_RETURN(Pair pair, ReadPair(cert_file_, key_file_));
  MutexLock lock(mutex_);
  if (current_ != nullptr && current_->certificate == pair.certificate &&
      current_->key == pair.key) {
    return absl::OkStatus();
  }
  pair.version = current_ == nullptr ? 1 : current_->version + 1;
  current_ = std::make_shared<const Pair>(std::move(pair));
  return absl::OkStatus();
}

std::shared_ptr<const ServedCertificate::Pair> ServedCertificate::current() const {
  MutexLock lock(mutex_);
  return current_;
}

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    std::shared_ptr<const ServedCertificate> certificate) {
  return std::make_shared<ReloadedCredentials>(std::move(certificate));
}

}  // namespace smartcontacts::service
