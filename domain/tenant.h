// A PBX tenant, its policy, and its subscribers, as everything but the wire and the database sees
// them.

#ifndef SMART_CONTACTS_DOMAIN_TENANT_H_
#define SMART_CONTACTS_DOMAIN_TENANT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/dial_plan.h"
#include "domain/identifier.h"
#include "domain/names.h"

namespace smartcontacts {

enum class TenantState { kActive, kSuspended };

enum class PrivateMode { kOff, kOffered, kRequired };

// How many digests an account may have matched, and how many blinded elements evaluated: leaky
// buckets, in digests and in elements.
struct MatchQuota {
  std::int64_t full_capacity = 100'000;
  std::int64_t full_refill_per_day = 10'000;
  // Requests with since_revision learn only what changed, so they may be frequent.
  std::int64_t incremental_capacity = 200'000;
  std::int64_t incremental_refill_per_day = 200'000;
  // Of the private mode: it serves people, whose clients keep what was evaluated, and starves
  // whoever tries out numbers.
  std::int64_t evaluation_capacity = 5'000;
  std::int64_t evaluation_refill_per_day = 100;

  friend bool operator==(const MatchQuota&, const MatchQuota&) = default;
};

struct RetentionPolicy {
  bool offered = false;
  absl::Duration period = absl::Hours(24 * 30);

  friend bool operator==(const RetentionPolicy&, const RetentionPolicy&) = default;
};

struct TenantPolicy {
  DialPlan dial_plan;
  bool matching_enabled = true;
  MatchQuota match_quota;
  absl::Duration check_interval = absl::Hours(24);
  RetentionPolicy retention;
  PrivateMode private_mode = PrivateMode::kOff;
  std::string privacy_policy_version;
  std::string privacy_policy_uri;

  friend bool operator==(const TenantPolicy&, const TenantPolicy&) = default;
};

struct Tenant {
  static constexpr std::size_t kSipDomainsMax = 64;

  TenantId id;
  TenantState state = TenantState::kActive;
  std::vector<std::string> sip_domains;  // 1 to kSipDomainsMax, lower case, sorted, each once
  TenantPolicy policy;
  std::int64_t version = 0;        // grows with every change of anything of the tenant
  std::int64_t revision = 0;       // of the directory
  std::int64_t books_version = 0;  // grows when retained address books are erased
  std::int64_t epoch = 0;          // the current one
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const Tenant&, const Tenant&) = default;
};

// OK, or INVALID_ARGUMENT whose message names the field that breaks a rule of
// proto/smartcontacts/admin/v1/tenant_service.proto. Output-only fields are not looked at.
absl::Status Validate(const Tenant& tenant);

// A subscriber's own setting for being allowed to match contacts.
enum class MatchingAccess { kTenantDefault, kAllowed, kDenied };

// What a subscriber decided about being found.
struct SubscriberChoice {
  std::optional<bool> discoverable;  // nothing: as the directory says
  bool announced = true;  // whether those who hold the number already are told of a new match

  friend bool operator==(const SubscriberChoice&, const SubscriberChoice&) = default;
};

struct Subscriber {
  static constexpr std::size_t kIdentifiersMax = 64;

  Aor aor;
  std::vector<Identifier> identifiers;  // at most kIdentifiersMax, sorted, each once
  bool enabled = true;
  bool discoverable = true;  // as long as the subscriber has not chosen
  MatchingAccess matching_access = MatchingAccess::kTenantDefault;
  // Not the PBX's, but the subscriber's: an import does not change it.
  SubscriberChoice choice;

  // Whether others can find the subscriber.
  bool visible() const { return enabled && choice.discoverable.value_or(discoverable); }

  friend bool operator==(const Subscriber&, const Subscriber&) = default;
};

// OK, or INVALID_ARGUMENT if the subscriber cannot be of this tenant: a foreign SIP domain, an
// extension of another phone-context, too many identifiers. The message repeats no contact data.
absl::Status Validate(const Subscriber& subscriber, const Tenant& tenant);

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_DOMAIN_TENANT_H_
