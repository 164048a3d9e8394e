// How the entries of a tenant's audit log hang together, the same in every backend.
//
//   hash(n) = BLAKE2b-256, keyed, over hash(n - 1) and every field of entry n; hash(0) is zero
//
// The number and the hash of the latest entry are kept apart from the entries (the chain's head),
// so that the end of the log cannot be cut off unnoticed.

#ifndef SMART_CONTACTS_STORAGE_AUDIT_CHAIN_H_
#define SMART_CONTACTS_STORAGE_AUDIT_CHAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/sealing.h"
#include "domain/names.h"
#include "storage/audit_store.h"

namespace smartcontacts::storage {

// The end of a tenant's chain; all zero before the first entry.
struct AuditHead {
  std::int64_t sequence = 0;
  AuditHash hash{};
};

// The entry that follows `head`. Counts of zero are left out.
AuditEntry NextEntry(const crypto::KeyedHash& chain, const TenantId& tenant, const AuditHead& head,
                     const Act& act, const std::string& action, absl::Span<const Count> counts);

// Checks a chain entry by entry.
class AuditVerifier {
 public:
  // What is given must outlive it.
  AuditVerifier(const crypto::KeyedHash& chain, const TenantId& tenant)
      : chain_(chain), tenant_(tenant) {}

  // The next stored entry, in the order of sequence.
  void Check(const AuditEntry& entry);
  // When all have been checked.
  AuditVerdict Finish(const AuditHead& head) const;

 private:
  const crypto::KeyedHash& chain_;
  const TenantId& tenant_;
  AuditHead expected_;
  AuditVerdict verdict_;
};

// Counts as they are stored: a JSON object, in its order.
std::string CountsToJson(absl::Span<const Count> counts);
// DATA_LOSS.
absl::StatusOr<std::vector<Count>> CountsFromJson(absl::string_view text);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_AUDIT_CHAIN_H_
