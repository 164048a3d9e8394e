// Says where a secret becomes public. It does nothing in the programs; in the constant-time check
// (tests/crypto/constant_time/) secrets are marked as undefined memory, and what is declassified
// here is the only thing derived from them that may decide a branch or an address. Every use says
// why.

#ifndef SMART_CONTACTS_CRYPTO_DECLASSIFY_H_
#define SMART_CONTACTS_CRYPTO_DECLASSIFY_H_

#include <cstddef>

#ifdef SMART_CONTACTS_CONSTANT_TIME_CHECK
#include <valgrind/memcheck.h>
#endif

namespace smartcontacts::crypto {

inline void Declassify([[maybe_unused]] const void* bytes, [[maybe_unused]] std::size_t size) {
#ifdef SMART_CONTACTS_CONSTANT_TIME_CHECK
  VALGRIND_MAKE_MEM_DEFINED(bytes, size);
#endif
}

inline bool Declassified(bool fact) {
  Declassify(&fact, sizeof fact);
  return fact;
}

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_DECLASSIFY_H_
