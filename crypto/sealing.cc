#include "crypto/sealing.h"

#include <sodium.h>

#include "absl/status/status.h"
#include "crypto/text_bytes.h"

namespace smartcontacts::crypto {
namespace {

constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(Sealer::kOverhead == kNonceSize + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(SecretKey::kSize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

}  // namespace

std::string Sealer::Seal(absl::string_view plaintext, absl::string_view context) const {
  std::string sealed(plaintext.size() + kOverhead, '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(out, kNonceSize);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out + kNonceSize, nullptr, Bytes(plaintext),
                                             plaintext.size(), Bytes(context), context.size(),
                                             nullptr, out, key_.bytes().data());
  return sealed;
}

absl::StatusOr<std::string> Sealer::Open(absl::string_view sealed,
                                         absl::string_view context) const {
  if (sealed.size() < kOverhead) return absl::DataLossError("a sealed value is cut off");
  std::string plaintext(sealed.size() - kOverhead, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<unsigned char*>(plaintext.data()), nullptr, nullptr,
          Bytes(sealed) + kNonceSize, sealed.size() - kNonceSize, Bytes(context), context.size(),
          Bytes(sealed), key_.bytes().data()) != 0) {
    return absl::DataLossError(
        "a sealed value does not open: another key, another place, or altered");
  }
  return plaintext;
}

Tag Tagger::operator()(absl::string_view value) const {
  Tag tag;
  static_assert(Tag::kSize >= crypto_generichash_BYTES_MIN);
  crypto_generichash(tag.bytes.data(), Tag::kSize, Bytes(value), value.size(), key_.bytes().data(),
                     SecretKey::kSize);
  return tag;
}

std::array<std::uint8_t, KeyedHash::kSize> KeyedHash::operator()(absl::string_view text) const {
  std::array<std::uint8_t, kSize> hash{};
  static_assert(kSize == crypto_generichash_BYTES);
  crypto_generichash(hash.data(), kSize, Bytes(text), text.size(), key_.bytes().data(),
                     SecretKey::kSize);
  return hash;
}

}  // namespace smartcontacts::crypto
