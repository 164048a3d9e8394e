#include "crypto/secret_scalars.h"

#include <sodium.h>

#include <algorithm>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "crypto/declassify.h"
#include "crypto/oprf_group.h"

namespace smartcontacts::crypto {

static_assert(SecretScalars::kScalarSize == crypto_core_ristretto255_SCALARBYTES);

void SecretScalars::Free::operator()(std::uint8_t* memory) const { sodium_free(memory); }

SecretScalars::SecretScalars(std::size_t count)
    : memory_(static_cast<std::uint8_t*>(sodium_allocarray(count, kScalarSize))), count_(count) {
  if (memory_ == nullptr) throw std::bad_alloc();
}

SecretScalars::SecretScalars(SecretScalars&& other) noexcept
    : memory_(std::move(other.memory_)), count_(std::exchange(other.count_, 0)) {}

SecretScalars& SecretScalars::operator=(SecretScalars&& other) noexcept {
  memory_ = std::move(other.memory_);
  count_ = std::exchange(other.count_, 0);
  return *this;
}

SecretScalars SecretScalars::Random(std::size_t count) {
  SecretScalars scalars(count);
  for (std::size_t i = 0; i < count; ++i) crypto_core_ristretto255_scalar_random(scalars[i]);
  return scalars;
}

absl::StatusOr<SecretScalars> SecretScalars::FromBytes(absl::Span<const std::uint8_t> bytes) {
  if (bytes.size() % kScalarSize != 0) {
    return absl::InvalidArgumentError("scalars have 32 bytes each");
  }
  SecretScalars scalars(bytes.size() / kScalarSize);
  std::copy(bytes.begin(), bytes.end(), scalars.memory_.get());
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    // A caller may know that its scalar was refused; one that is not is one of 2^252.
    if (!Declassified(IsCanonicalScalar(scalars[i])) ||
        Declassified(sodium_is_zero(scalars[i], kScalarSize) != 0)) {
      return Refused(i, "scalar", "is zero or not less than the group's order");
    }
  }
  return scalars;
}

}  // namespace smartcontacts::crypto
