// The log of administrative acts and erasures: append-only, one hash chain a tenant, no contact
// data.
//
// An act and its entry are one transaction: what was done is in the log, and what is in the log was
// done. The chain is keyed (audit_chain.h), so that whoever can write to the database cannot write
// a chain of his own. It outlives its tenant, because a purge is what it has to prove.
//
// Implementations are safe for concurrent use; general errors are those of store.h.

#ifndef SMART_CONTACTS_STORAGE_AUDIT_STORE_H_
#define SMART_CONTACTS_STORAGE_AUDIT_STORE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/names.h"

namespace smartcontacts::storage {

// Who does something, and when. Every change of what is stored has one.
struct Act {
  // "operator:NAME", "account" (never which), or "service" for what it does of itself.
  std::string actor;
  absl::Time time;
};

// How much of one kind an act concerned.
struct Count {
  std::string kind;  // "subscribers", "retained_contacts", ...
  std::int64_t count = 0;

  friend bool operator==(const Count&, const Count&) = default;
};

using AuditHash = std::array<std::uint8_t, 32>;

struct AuditEntry {
  std::int64_t sequence = 0;  // its place in the tenant's chain, from 1 without a gap
  absl::Time time;            // to the microsecond
  std::string actor;
  std::string action;  // "tenant.create", "directory.import", "purge", "erase", ...
  std::vector<Count> counts;
  AuditHash hash{};  // of this entry and the one before

  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

struct AuditVerdict {
  std::int64_t entry_count = 0;             // how many were looked at
  std::int64_t first_invalid_sequence = 0;  // 0: every entry is as it was written, none is missing
};

class AuditStore {
 public:
  virtual ~AuditStore() = default;

  // Adds an entry for an act that changed nothing in this store. NOT_FOUND if there never was such
  // a tenant.
  virtual absl::Status AppendAuditEntry(const TenantId& id, const Act& act,
                                        const std::string& action,
                                        absl::Span<const Count> counts) = 0;
  // At most `limit` entries behind `after_sequence` (0: from the beginning), the oldest first. Of
  // tenants that were purged too. NOT_FOUND if there never was such a tenant.
  virtual absl::StatusOr<std::vector<AuditEntry>> ListAuditEntries(const TenantId& id,
                                                                   std::int64_t after_sequence,
                                                                   int limit) = 0;
  // Recomputes the whole chain. A row that was changed, removed, put in or moved is found, the last
  // ones included; that the whole database was put back to an earlier state is not. NOT_FOUND.
  virtual absl::StatusOr<AuditVerdict> VerifyAuditChain(const TenantId& id) = 0;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_AUDIT_STORE_H_
