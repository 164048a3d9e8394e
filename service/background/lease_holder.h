// A name for whoever takes a lease.

#ifndef SMART_CONTACTS_SERVICE_BACKGROUND_LEASE_HOLDER_H_
#define SMART_CONTACTS_SERVICE_BACKGROUND_LEASE_HOLDER_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/secret.h"

namespace smartcontacts::service {

// Random, so that no two in the world are the same and it says nothing about the machine.
inline std::string NewLeaseHolder() {
  std::array<std::uint8_t, 16> bytes{};
  crypto::RandomBytes(absl::MakeSpan(bytes));
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_BACKGROUND_LEASE_HOLDER_H_
