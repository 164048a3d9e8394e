// Evaluates blinded elements: all that the service sees of a contact in the private mode.

#ifndef SMART_CONTACTS_SERVICE_PRIVATE_MATCH_BLIND_EVALUATOR_H_
#define SMART_CONTACTS_SERVICE_PRIVATE_MATCH_BLIND_EVALUATOR_H_

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/oprf.h"
#include "service/auth/account.h"
#include "service/matching/tenant_cache.h"
#include "service/quota/match_quota_keeper.h"
#include "storage/key_ring.h"

namespace smartcontacts::service {

struct EvaluatedBatch {
  std::vector<crypto::EvaluatedElement> elements;
  crypto::OprfProof proof{};
  crypto::OprfPublicKey public_key{};
};

// Safe for concurrent use. What it is given must outlive it.
class BlindEvaluator {
 public:
  BlindEvaluator(storage::KeyRing& keys, MatchQuotaKeeper& quota) : keys_(keys), quota_(quota) {}

  // Elements that were evaluated, of whichever account.
  std::int64_t evaluated_elements() const { return evaluated_elements_; }

  // Charges the account for each element of `packed` (32 bytes each, back to back) and evaluates
  // them, with one proof for all, under the key of `epoch`. Work for a thread that may be busy: a
  // thousand elements take about a sixth of a second. kElementInvalid naming the element;
  // kBatchTooLarge; kQuotaExceeded; errors of KeyRing::Get(). Elements that are refused were
  // charged: to find out which are valid is no reason to try for free.
  absl::StatusOr<EvaluatedBatch> Evaluate(const Account& account, const LoadedTenant& tenant,
                                          std::int64_t epoch, std::string_view packed,
                                          absl::Time now);

 private:
  storage::KeyRing& keys_;
  MatchQuotaKeeper& quota_;
  std::atomic<std::int64_t> evaluated_elements_ = 0;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PRIVATE_MATCH_BLIND_EVALUATOR_H_
