// Tenants and subscribers for tests.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_FIXTURES_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_FIXTURES_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/digest.h"
#include "domain/tenant.h"
#include "storage/audit_store.h"

namespace smartcontacts::fixtures {

inline const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// An operator's act.
inline storage::Act By(absl::Time time) { return {.actor = "operator:test", .time = time}; }

inline TenantId Id(const std::string& name) { return *TenantId::Parse(name); }

inline Tenant NewTenant(const std::string& name) {
  Tenant tenant{.id = Id(name), .sip_domains = {absl::StrCat(name, ".example")}};
  tenant.policy.dial_plan = {.default_region = "DE",
                             .outside_line_prefix = "0",
                             .extension_pattern = "[1-7][0-9]{2}",
                             .phone_context = absl::StrCat(name, ".example")};
  return tenant;
}

inline crypto::EpochSalt Salt(std::uint8_t byte) {
  crypto::EpochSalt salt{};
  salt.bytes.fill(byte);
  return salt;
}

inline Aor AorOf(int number, const std::string& tenant = "acme") {
  return *Aor::Parse(absl::StrCat("sip:", number, "@", tenant, ".example"));
}

inline Identifier Global(std::int64_t number) { return *Identifier::Global(absl::StrCat(number)); }

// A subscriber with the given global numbers.
inline Subscriber Person(int number, std::vector<std::int64_t> numbers,
                         const std::string& tenant = "acme") {
  Subscriber subscriber{.aor = AorOf(number, tenant)};
  std::sort(numbers.begin(), numbers.end());
  for (const std::int64_t digits : numbers) subscriber.identifiers.push_back(Global(digits));
  std::sort(subscriber.identifiers.begin(), subscriber.identifiers.end());
  return subscriber;
}

}  // namespace smartcontacts::fixtures

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_FIXTURES_H_
