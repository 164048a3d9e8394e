#include "service/matching/epochs.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/error.h"

namespace smartcontacts::service {

bool IsLiveEpoch(const LoadedTenant& tenant, std::int64_t epoch, absl::Time now) {
  return std::any_of(tenant.epochs.begin(), tenant.epochs.end(),
                     [epoch, now](const storage::EpochRecord& record) {
                       return record.number == epoch &&
                              (!record.expire_time.has_value() || *record.expire_time > now);
                     });
}

absl::Status CheckEpoch(const LoadedTenant& tenant, absl::string_view field, std::int64_t epoch,
                        absl::Time now) {
  if (epoch <= 0) return InvalidField(field, "required: the number that GetPolicy gives");
  if (IsLiveEpoch(tenant, epoch, now)) return absl::OkStatus();
  const std::int64_t current = tenant.epochs.front().number;
  return MakeError(
      epoch > current ? Reason::kEpochUnknown : Reason::kEpochExpired,
      absl::StrCat(field, epoch > current ? ": there is no such epoch" : ": it has ended",
                   "; the current one is ", current, ": ask GetPolicy and make the digests anew"),
      {.field = std::string(field), .metadata = {{"current_epoch", absl::StrCat(current)}}});
}

}  // namespace smartcontacts::service
