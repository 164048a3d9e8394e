#include "crypto/signing.h"

#include <sodium.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/text_bytes.h"

namespace smartcontacts::crypto {
namespace {

static_assert(Signer::kSignatureSize == crypto_sign_BYTES);
static_assert(Signer::kPublicKeySize == crypto_sign_PUBLICKEYBYTES);
static_assert(SecretKey::kSize == crypto_sign_SEEDBYTES);

absl::string_view TextOf(SignaturePurpose purpose) {
  switch (purpose) {
    case SignaturePurpose::kReceipt:
      return "smart-contacts receipt v1";
    case SignaturePurpose::kSealedDirectory:
      return "smart-contacts sealed directory v1";
  }
  return "";
}

std::string Signed(SignaturePurpose purpose, absl::string_view message) {
  constexpr char kZero[] = {'\0'};
  return absl::StrCat(TextOf(purpose), absl::string_view(kZero, sizeof kZero), message);
}

}  // namespace

Signer::Signer(SecretKey seed, SignaturePurpose purpose)
    : seed_(std::move(seed)), purpose_(purpose) {
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  crypto_sign_seed_keypair(public_key_.data(), secret_key.data(), seed_.bytes().data());
  sodium_memzero(secret_key.data(), secret_key.size());
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), public_key_.data(), public_key_.size());
  std::copy_n(hash.begin(), kKeyIdSize, key_id_.begin());
}

Signer::Signature Signer::Sign(absl::string_view message) const {
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  PublicKey public_key{};
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(), seed_.bytes().data());
  const std::string text = Signed(purpose_, message);
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, Bytes(text), text.size(), secret_key.data());
  sodium_memzero(secret_key.data(), secret_key.size());
  return signature;
}

bool Signer::Verify(SignaturePurpose purpose, absl::string_view message,
                    absl::string_view signature, const PublicKey& public_key) {
  if (signature.size() != kSignatureSize) return false;
  const std::string text = Signed(purpose, message);
  return crypto_sign_verify_detached(Bytes(signature), Bytes(text), text.size(),
                                     public_key.data()) == 0;
}

}  // namespace smartcontacts::crypto
