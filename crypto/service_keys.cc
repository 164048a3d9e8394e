#include "crypto/service_keys.h"

#include <sodium.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace smartcontacts::crypto {
namespace {

constexpr char kDomain[] = "smart-contacts receipt v1";

static_assert(ReceiptSigner::kSignatureSize == crypto_sign_BYTES);
static_assert(ReceiptSigner::kPublicKeySize == crypto_sign_PUBLICKEYBYTES);
static_assert(SecretKey::kSize == crypto_sign_SEEDBYTES);

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The zero byte that ends kDomain in memory is part of it.
std::string Signed(absl::string_view statement) {
  return absl::StrCat(absl::string_view(kDomain, sizeof kDomain), statement);
}

}  // namespace

ReceiptSigner::ReceiptSigner(SecretKey seed) : seed_(std::move(seed)) {
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  crypto_sign_seed_keypair(public_key_.data(), secret_key.data(), seed_.bytes().data());
  sodium_memzero(secret_key.data(), secret_key.size());
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), public_key_.data(), public_key_.size());
  std::copy_n(hash.begin(), kKeyIdSize, key_id_.begin());
}

ReceiptSigner::Signature ReceiptSigner::Sign(absl::string_view statement) const {
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  PublicKey public_key{};
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(), seed_.bytes().data());
  const std::string text = Signed(statement);
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, Bytes(text), text.size(), secret_key.data());
  sodium_memzero(secret_key.data(), secret_key.size());
  return signature;
}

bool ReceiptSigner::Verify(absl::string_view statement, absl::string_view signature,
                           const PublicKey& public_key) {
  if (signature.size() != kSignatureSize) return false;
  const std::string text = Signed(statement);
  return crypto_sign_verify_detached(Bytes(signature), Bytes(text), text.size(),
                                     public_key.data()) == 0;
}

}  // namespace smartcontacts::crypto
