#include "service/rpc/admin/import_reactor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/admin/subscriber_batch.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

// The steps of one import, one after the other.
class Import {
 public:
  Import(const DirectoryContext& directory, Administrator administrator)
      : directory_(directory), administrator_(std::move(administrator)) {}

  // Nothing if more is to come; the answer after the commit. After an error the import is over.
  absl::StatusOr<std::optional<admin::v1::ImportDirectoryResponse>> Step(
      const admin::v1::ImportDirectoryRequest& request) {
    switch (request.step_case()) {
      case admin::v1::ImportDirectoryRequest::kStart:
        RETURN_IF_ERROR(Start(request.start()));
        return std::nullopt;
      case admin::v1::ImportDirectoryRequest::kBatch:
        RETURN_IF_ERROR(Stage(request.batch()));
        return std::nullopt;
      case admin::v1::ImportDirectoryRequest::kCommit: {
        ASSIGN_OR_RETURN(admin::v1::ImportDirectoryResponse answer, Commit(request.commit()));
        return std::optional(std::move(answer));
      }
      case admin::v1::ImportDirectoryRequest::STEP_NOT_SET:
        break;
    }
    return InvalidField("step", "a message is a start, a batch or a commit");
  }

 private:
  absl::Status Start(const admin::v1::ImportStart& start) {
    if (import_ != nullptr) return InvalidField("start", "only the first message is a start");
    ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("start.tenant_id", start.tenant_id()));
    ASSIGN_OR_RETURN(tenant_, directory_.store.GetTenant(id));
    ASSIGN_OR_RETURN(import_, directory_.store.BeginImport(
                                  id,
                                  {.subscribers_max = directory_.subscribers_max,
                                   .large_removal_allowed = start.large_removal_allowed()},
                                  ActOf(administrator_, directory_.clock())));
    dry_run_ = start.dry_run();
    return absl::OkStatus();
  }

  absl::Status Stage(const admin::v1::ImportBatch& batch) {
    if (import_ == nullptr) return InvalidField("batch", "the first message is a start");
    if (batch.subscribers_size() > kSubscribersPerMessageMax) {
      return MakeError(Reason::kBatchTooLarge,
                       absl::StrCat("batch.subscribers: at most ", kSubscribersPerMessageMax),
                       {.field = "batch.subscribers",
                        .metadata = {{"limit", absl::StrCat(kSubscribersPerMessageMax)}}});
    }
    ASSIGN_OR_RETURN(const std::vector<Subscriber> subscribers,
                     ReadSubscribers(batch.subscribers(), *tenant_, staged_));
    const absl::Status status = import_->Stage(subscribers);
    if (absl::IsInvalidArgument(status)) return InvalidField("batch.subscribers", status.message());
    if (absl::IsResourceExhausted(status)) return DirectoryTooLarge(directory_.subscribers_max);
    RETURN_IF_ERROR(status);
    staged_ += batch.subscribers_size();
    return absl::OkStatus();
  }

  absl::StatusOr<admin::v1::ImportDirectoryResponse> Commit(const admin::v1::ImportCommit& commit) {
    if (import_ == nullptr) return InvalidField("commit", "the first message is a start");
    if (commit.subscriber_count() != staged_) {
      return MakeError(
          Reason::kImportIncomplete,
          absl::StrCat("the commit counts ", commit.subscriber_count(), " subscribers, but ",
                       staged_, " arrived; nothing was changed"));
    }
    absl::StatusOr<storage::DirectoryCounts> counts =
        dry_run_ ? import_->Preview() : import_->Commit();
    if (!counts.ok()) return RefusedCommit(counts.status());
    if (!dry_run_) {
      directory_.tenants.Refresh(tenant_->id).IgnoreError();  // the follower catches up
      if (counts->removed > 0) directory_.sweeper.Wake(tenant_->id);
      administrator_.log.Info("directory imported", {{"tenant", tenant_->id.value()},
                                                     {"added", counts->added},
                                                     {"changed", counts->changed},
                                                     {"removed", counts->removed},
                                                     {"revision", counts->revision}});
    }
    admin::v1::ImportDirectoryResponse answer;
    answer.set_revision(counts->revision);
    answer.set_added_count(counts->added);
    answer.set_changed_count(counts->changed);
    answer.set_removed_count(counts->removed);
    answer.set_unchanged_count(counts->unchanged);
    return answer;
  }

  static absl::Status RefusedCommit(const absl::Status& status) {
    const auto payload = status.GetPayload(storage::kLargeRemovalPayloadUrl);
    if (!payload.has_value()) return status;
    const std::pair<std::string, std::string> parts = absl::StrSplit(std::string(*payload), '/');
    return MakeError(
        Reason::kLargeRemoval,
        absl::StrCat("this would remove ", parts.first, " of ", parts.second,
                     " subscribers, more than a fifth; nothing was changed. If that is "
                     "meant, allow it (--allow-large-removal)"),
        {.metadata = {{"removed", parts.first}, {"subscribers", parts.second}}});
  }

  const DirectoryContext& directory_;
  const Administrator administrator_;
  std::optional<Tenant> tenant_;
  std::unique_ptr<storage::DirectoryImport> import_;
  std::int64_t staged_ = 0;
  bool dry_run_ = false;
};

class ImportReactor final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  ImportReactor(const DirectoryContext& directory, grpc::CallbackServerContext* context,
                grpc::ByteBuffer* response)
      : directory_(directory), log_(LogOf(directory.door.log(), *context)), response_(response) {
    const absl::StatusOr<Administrator> administrator = directory_.door.Check(*context);
    if (!administrator.ok()) {
      End(administrator.status());
    } else {
      import_.emplace(directory, *administrator);
      StartRead(&message_);
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      return End(MakeError(Reason::kImportIncomplete,
                           "the stream ended without a commit; nothing was changed"));
    }
    if (const absl::Status status = directory_.door.Submit([this] { Handle(); }); !status.ok())
      End(status);
  }

  void OnDone() override { delete this; }

 private:
  void Handle() {
    const auto step =
        [this]() -> absl::StatusOr<std::optional<admin::v1::ImportDirectoryResponse>> {
      ASSIGN_OR_RETURN(const auto request, Decode<admin::v1::ImportDirectoryRequest>(
                                               message_, directory_.door.message_bytes_max()));
      return import_->Step(request);
    };
    const auto answer = step();
    if (!answer.ok()) return End(answer.status());
    if (!answer->has_value()) return StartRead(&message_);
    *response_ = Encode(**answer);
    End(absl::OkStatus());
  }

  // Gives back the database before the caller hears of the end.
  void End(const absl::Status& status) {
    import_.reset();
    Finish(Conclude(log_, "ImportDirectory", status));
  }

  const DirectoryContext& directory_;
  const Log log_;
  grpc::ByteBuffer* const response_;
  grpc::ByteBuffer message_;
  std::optional<Import> import_;
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* StartImport(const DirectoryContext& directory,
                                                       grpc::CallbackServerContext* context,
                                                       grpc::ByteBuffer* response) {
  return new ImportReactor(directory, context, response);
}

}  // namespace smartcontacts::service
