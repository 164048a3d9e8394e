#include "crypto/sha256.h"

#include <sodium.h>

#include <new>

namespace smartcontacts::crypto {
namespace {

static_assert(Sha256::kSize == crypto_hash_sha256_BYTES);

crypto_hash_sha256_state* StateIn(void* memory) {
  return static_cast<crypto_hash_sha256_state*>(memory);
}

}  // namespace

Sha256::Sha256() : state_{} {
  static_assert(sizeof(state_) == sizeof(crypto_hash_sha256_state));
  static_assert(alignof(crypto_hash_sha256_state) <= 8);
  crypto_hash_sha256_init(new (state_.data()) crypto_hash_sha256_state);
}

void Sha256::Update(absl::string_view bytes) {
  crypto_hash_sha256_update(StateIn(state_.data()),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

Sha256::Hash Sha256::Finish() {
  Hash hash;
  crypto_hash_sha256_final(StateIn(state_.data()), hash.data());
  return hash;
}

}  // namespace smartcontacts::crypto
