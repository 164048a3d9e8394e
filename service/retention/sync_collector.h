// An address book on its way in: what arrives is checked, and nothing is stored before it is
// complete.

#ifndef SMART_CONTACTS_SERVICE_RETENTION_SYNC_COLLECTOR_H_
#define SMART_CONTACTS_SERVICE_RETENTION_SYNC_COLLECTOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/auth/account.h"
#include "service/matching/tenant_cache.h"
#include "storage/address_book_store.h"

namespace smartcontacts::service {

// The first message of a sync, as it came.
struct SyncBeginning {
  std::string_view device_id;
  std::optional<storage::Consent> consent;
  std::int64_t epoch = 0;
  std::string_view sync_token;  // empty: a replacement
  std::string_view sync_id;
};

// Not safe for concurrent use. Errors name the field, never what is in it.
class SyncCollector {
 public:
  // kFeatureDisabled, kPrivateModeRequired, kFieldInvalid, kEpochUnknown, kEpochExpired,
  // kSyncTokenInvalid, kConsentRequired (for a consent to another version).
  static absl::StatusOr<SyncCollector> Begin(const Account& account, const LoadedTenant& tenant,
                                             const SyncBeginning& beginning, absl::Time now);

  // Packed digests, 16 bytes each. kDigestLengthInvalid, kBatchTooLarge.
  absl::Status Add(std::string_view added, std::string_view removed);

  // The whole, if `digest_count` digests came. kSyncIncomplete.
  absl::StatusOr<storage::BookSync> Finish(std::int64_t digest_count) &&;

 private:
  explicit SyncCollector(storage::BookSync sync) : sync_(std::move(sync)) {}

  storage::BookSync sync_;
};

// What a refused sync is answered.
absl::Status ToError(storage::SyncRefusal refusal, const LoadedTenant& tenant);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RETENTION_SYNC_COLLECTOR_H_
