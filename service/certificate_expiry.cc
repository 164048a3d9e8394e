#include "service/certificate_expiry.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace smartcontacts::service {

absl::StatusOr<absl::Time> CertificateExpiry(const std::string& cert_file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(cert_file.c_str(), "r"),
                                                      &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      bio == nullptr ? nullptr : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
      &X509_free);
  tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(cert_file, ": no PEM certificate"));
  }
  return absl::FromTM(end, absl::UTCTimeZone());
}

}  // namespace smartcontacts::service
