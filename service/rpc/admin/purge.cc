#include "service/rpc/admin/purge.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "domain/status_macros.h"
#include "service/background/lease_holder.h"
#include "service/error.h"
#include "service/rpc/admin/counts.h"
#include "service/rpc/convert.h"
#include "service/rpc/receipts.h"

namespace smartcontacts::service {
namespace {

constexpr std::int64_t kRowsPerBatch = 2'000;
constexpr std::int32_t kProgressDone = 10'000;
// A server that dies keeps others from purging its tenant for so long.
constexpr absl::Duration kLeaseDuration = absl::Seconds(30);
constexpr absl::Duration kLeaseRenewal = absl::Seconds(5);
constexpr absl::Duration kConflictRetryDelay = absl::Seconds(5);

// That no one else purges the tenant, on this server or another one.
class PurgeLease {
 public:
  PurgeLease(const PurgeContext& context, const TenantId& id)
      : context_(context), name_(absl::StrCat("purge/", id.value())), holder_(NewLeaseHolder()) {}
  ~PurgeLease() {
    if (taken_ == absl::InfinitePast()) return;
    // If that fails, it ends by itself.
    context_.store.TakeLease(name_, holder_, absl::ZeroDuration(), context_.clock()).IgnoreError();
  }
  PurgeLease(const PurgeLease&) = delete;
  PurgeLease& operator=(const PurgeLease&) = delete;

  // Takes or, when it is time, renews it. kConflict if somebody else has it.
  absl::Status Keep() {
    const absl::Time now = context_.clock();
    if (now >= taken_ && now - taken_ < kLeaseRenewal) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool taken,
                     context_.store.TakeLease(name_, holder_, kLeaseDuration, now));
    taken_ = taken ? now : absl::InfinitePast();
    if (taken) return absl::OkStatus();
    return MakeError(Reason::kConflict, "another purge of this tenant runs: try again when it ends",
                     {.retry_delay = kConflictRetryDelay});
  }

 private:
  const PurgeContext& context_;
  const std::string name_;
  const std::string holder_;
  absl::Time taken_ = absl::InfinitePast();
};

// What was removed until now, of how much.
class Tally {
 public:
  explicit Tally(std::int64_t total) : total_(total) {}

  void Add(const std::string& kind, std::int64_t number) {
    done_ += number;
    for (storage::Count& count : counts_) {
      if (count.kind == kind) {
        count.count += number;
        return;
      }
    }
    counts_.push_back({kind, number});
  }
  const std::vector<storage::Count>& counts() const { return counts_; }
  // Never all of it: that says the last message.
  admin::v1::PurgeResponse Message() const {
    admin::v1::PurgeResponse message;
    *message.mutable_counts() = CountsToProto(counts_);
    const double part =
        static_cast<double>(done_) / static_cast<double>(std::max(total_, done_ + 1));
    message.set_progress(static_cast<std::int32_t>(part * kProgressDone));
    return message;
  }

 private:
  const std::int64_t total_;
  std::int64_t done_ = 0;
  std::vector<storage::Count> counts_;
};

std::vector<storage::Count> CountsOf(const storage::BookCounts& books) {
  return {{"consents", books.books}, {"retained_contacts", books.contacts}};
}

class PurgeRun {
 public:
  PurgeRun(const PurgeContext& context, const Administrator& administrator, const PurgeScope& scope,
           ProgressStream& progress)
      : context_(context),
        administrator_(administrator),
        scope_(scope),
        progress_(progress),
        lease_(context, scope.id) {}

  absl::StatusOr<admin::v1::PurgeResponse> Run() {
    // Before a lease is written for it: whether there is such a tenant.
    std::vector<storage::Count> found;
    if (scope_.everything || scope_.dry_run) {
      ASSIGN_OR_RETURN(found, CountScope());
      if (scope_.dry_run) return LastMessage(found);
    } else {
      RETURN_IF_ERROR(context_.store.GetTenant(scope_.id).status());
    }
    RETURN_IF_ERROR(lease_.Keep());
    ++context_.counters.running;
    const absl::Cleanup ended = [this] { --context_.counters.running; };
    ASSIGN_OR_RETURN(const std::vector<storage::Count> removed,
                     scope_.everything ? RemoveTenant(found) : RemoveBooks());
    admin::v1::PurgeResponse answer = LastMessage(removed);
    *answer.mutable_receipt() = Receipt(removed);
    Log::Fields fields = {{"tenant", scope_.id.value()}, {"everything", scope_.everything}};
    for (const storage::Count& count : removed) fields[count.kind] = count.count;
    administrator_.log.Info("purged", fields);
    return answer;
  }

 private:
  absl::StatusOr<std::vector<storage::Count>> CountScope() {
    if (scope_.everything) return context_.store.CountTenant(scope_.id);
    ASSIGN_OR_RETURN(const storage::BookCounts counts,
                     context_.store.CountBooks(scope_.id, scope_.filter));
    return CountsOf(counts);
  }

  storage::Act Act() const { return ActOf(administrator_, context_.clock()); }

  // Between two batches.
  absl::Status Continue(const Tally& tally) {
    progress_.Offer(tally.Message());
    RETURN_IF_ERROR(progress_.CheckWanted());
    return lease_.Keep();
  }

  absl::StatusOr<std::vector<storage::Count>> RemoveBooks() {
    ASSIGN_OR_RETURN(const storage::BookCounts discarded,
                     context_.store.DiscardBooks(scope_.id, scope_.filter, Act(), "purge"));
    context_.tenants.Refresh(scope_.id).IgnoreError();  // the follower catches up
    // Whatever ends this early, the rest is deleted soon.
    const absl::Cleanup wake = [this] { context_.sweeper.Wake(scope_.id); };
    Tally tally(discarded.contacts);
    while (true) {
      RETURN_IF_ERROR(Continue(tally));
      ASSIGN_OR_RETURN(const std::int64_t erased, context_.pace.Run([this] {
        return context_.store.EraseDiscarded(scope_.id, kRowsPerBatch);
      }));
      if (erased == 0) return CountsOf(discarded);
      context_.counters.removed_rows += erased;
      tally.Add("retained_contacts", erased);
    }
  }

  absl::StatusOr<std::vector<storage::Count>> RemoveTenant(
      const std::vector<storage::Count>& found) {
    std::int64_t total = 0;
    for (const storage::Count& count : found) total += count.count;
    Tally tally(total);
    ASSIGN_OR_RETURN(const std::int64_t keys, context_.store.BeginPurge(scope_.id, Act()));
    tally.Add("keys", keys);
    context_.tenants.Refresh(scope_.id).IgnoreError();  // the follower catches up
    while (true) {
      RETURN_IF_ERROR(Continue(tally));
      ASSIGN_OR_RETURN(const std::vector<storage::Count> batch, context_.pace.Run([this] {
        return context_.store.PurgeRows(scope_.id, kRowsPerBatch);
      }));
      if (batch.empty()) break;
      for (const storage::Count& count : batch) {
        tally.Add(count.kind, count.count);
        context_.counters.removed_rows += count.count;
      }
    }
    // All is gone and cannot be purged again, so the receipt is given whatever becomes of the
    // entry; that the purge began is in the log already.
    const absl::Status logged =
        context_.store.AppendAuditEntry(scope_.id, Act(), "purge", tally.counts());
    if (!logged.ok()) {
      administrator_.log.Error(
          "a purge was finished, but its end is not in the audit log: keep the receipt",
          {{"tenant", scope_.id.value()}, {"error", std::string(logged.message())}});
    }
    return tally.counts();
  }

  static admin::v1::PurgeResponse LastMessage(const std::vector<storage::Count>& counts) {
    admin::v1::PurgeResponse message;
    *message.mutable_counts() = CountsToProto(counts);
    message.set_progress(kProgressDone);
    return message;
  }

  v1::Receipt Receipt(const std::vector<storage::Count>& removed) const {
    v1::ReceiptStatement statement;
    statement.set_tenant_id(scope_.id.value());
    if (scope_.filter.account.has_value()) statement.set_aor(scope_.filter.account->value());
    if (scope_.filter.device.has_value()) statement.set_device_id(scope_.filter.device->value());
    *statement.mutable_counts() = CountsToProto(removed);
    *statement.mutable_finish_time() = service::ToProto(context_.clock());
    statement.set_requested_by(administrator_.name);
    return SignReceipt(context_.receipt_signer, std::move(statement));
  }

  const PurgeContext& context_;
  const Administrator& administrator_;
  const PurgeScope& scope_;
  ProgressStream& progress_;
  PurgeLease lease_;
};

}  // namespace

absl::StatusOr<admin::v1::PurgeResponse> RunPurge(const PurgeContext& context,
                                                  const Administrator& administrator,
                                                  const PurgeScope& scope,
                                                  ProgressStream& progress) {
  return PurgeRun(context, administrator, scope, progress).Run();
}

}  // namespace smartcontacts::service
