#include "client/programs/admin/directory_importer.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "client/matching/policy.h"
#include "domain/names.h"
#include "domain/status_macros.h"
#include "smartcontacts/admin/v1/directory_service.grpc.pb.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr int kBatchSize = 500;
constexpr std::int64_t kProgressStep = 1000;

admin::v1::MatchingAccess ToProto(MatchingAccess access) {
  switch (access) {
    case MatchingAccess::kAllowed:
      return admin::v1::MATCHING_ACCESS_ALLOWED;
    case MatchingAccess::kDenied:
      return admin::v1::MATCHING_ACCESS_DENIED;
    case MatchingAccess::kTenantDefault:
      break;
  }
  return admin::v1::MATCHING_ACCESS_UNSPECIFIED;
}

absl::Status AddNumber(const std::string& typed, bool is_extension, std::size_t position,
                       const Normalizer& normalizer, std::set<std::string>& identifiers) {
  const std::string name =
      is_extension ? std::string("the extension") : absl::StrCat("number ", position + 1);
  const Normalized normalized = normalizer.ForDirectory(typed);
  if (is_extension && normalized.skipped == Skipped::kNotPossible) {
    return absl::InvalidArgumentError("the extension does not fit the tenant's extension pattern");
  }
  if (normalized.skipped.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " cannot be matched: ", std::string(client::Name(*normalized.skipped))));
  }
  if (is_extension != (normalized.candidates.front().reading == Reading::kExtension)) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, is_extension ? " does not fit the tenant's extension pattern"
                           : " is an extension: it belongs into the column for extensions"));
  }
  for (const Candidate& candidate : normalized.candidates) {
    identifiers.insert(candidate.identifier.value());
  }
  return absl::OkStatus();
}

// The stream of one import.
class ImportStream {
 public:
  explicit ImportStream(const Connection& connection)
      : context_(connection.NewCall()),
        stub_(admin::v1::DirectoryService::NewStub(connection.channel())),
        writer_(stub_->ImportDirectory(context_.get(), &response_)) {}

  ~ImportStream() {
    if (finished_) return;
    // The server hears no commit and changes nothing.
    context_->TryCancel();
    writer_->Finish();
  }
  ImportStream(const ImportStream&) = delete;
  ImportStream& operator=(const ImportStream&) = delete;

  absl::Status Start(const ImportOptions& options) {
    admin::v1::ImportDirectoryRequest request;
    request.mutable_start()->set_tenant_id(options.tenant);
    request.mutable_start()->set_dry_run(options.dry_run);
    request.mutable_start()->set_large_removal_allowed(options.allow_large_removal);
    return Write(request);
  }

  absl::Status Add(admin::v1::Subscriber subscriber) {
    *batch_.mutable_batch()->add_subscribers() = std::move(subscriber);
    ++count_;
    return batch_.batch().subscribers_size() == kBatchSize ? Flush() : absl::OkStatus();
  }

  absl::StatusOr<admin::v1::ImportDirectoryResponse> Commit() {
    RETURN_IF_ERROR(Flush());
    admin::v1::ImportDirectoryRequest request;
    request.mutable_commit()->set_subscriber_count(count_);
    RETURN_IF_ERROR(Write(request));
    writer_->WritesDone();
    RETURN_IF_ERROR(Finish());
    return response_;
  }

 private:
  absl::Status Flush() {
    if (!batch_.has_batch()) return absl::OkStatus();
    RETURN_IF_ERROR(Write(batch_));
    batch_.Clear();
    return absl::OkStatus();
  }

  absl::Status Write(const admin::v1::ImportDirectoryRequest& request) {
    if (writer_->Write(request)) return absl::OkStatus();
    const absl::Status status = Finish();
    return status.ok() ? absl::UnavailableError("the server ended the import early") : status;
  }

  absl::Status Finish() {
    finished_ = true;
    return ToStatus(writer_->Finish());
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<admin::v1::DirectoryService::Stub> stub_;
  admin::v1::ImportDirectoryResponse response_;
  std::unique_ptr<grpc::ClientWriter<admin::v1::ImportDirectoryRequest>> writer_;
  admin::v1::ImportDirectoryRequest batch_;
  std::int64_t count_ = 0;
  bool finished_ = false;
};

}  // namespace

absl::StatusOr<TenantNumbers> FetchTenantNumbers(const Connection& connection,
                                                 const std::string& tenant) {
  admin::v1::GetTenantRequest request;
  request.set_tenant_id(tenant);
  admin::v1::GetTenantResponse response;
  RETURN_IF_ERROR(ToStatus(admin::v1::TenantService::NewStub(connection.channel())
                               ->GetTenant(connection.NewCall().get(), request, &response)));
  ASSIGN_OR_RETURN(Normalizer normalizer,
                   Normalizer::Create(DialPlanOf(response.tenant().policy().dial_plan())));
  return TenantNumbers{std::move(*response.mutable_tenant()), std::move(normalizer)};
}

absl::StatusOr<admin::v1::Subscriber> ToSubscriber(const DirectoryLine& line,
                                                   const admin::v1::Tenant& tenant,
                                                   const Normalizer& normalizer) {
  const absl::StatusOr<Aor> aor = Aor::Parse(line.aor);
  if (!aor.ok()) return aor.status();
  const auto& domains = tenant.sip_domains();
  if (std::find(domains.begin(), domains.end(), aor->domain()) == domains.end()) {
    return absl::InvalidArgumentError(
        "the address is of a SIP domain that is none of the tenant's");
  }
  std::set<std::string> identifiers;
  for (std::size_t i = 0; i < line.numbers.size(); ++i) {
    RETURN_IF_ERROR(AddNumber(line.numbers[i], /*is_extension=*/false, i, normalizer, identifiers));
  }
  if (!line.extension.empty()) {
    RETURN_IF_ERROR(AddNumber(line.extension, /*is_extension=*/true, 0, normalizer, identifiers));
  }
  if (identifiers.size() > Subscriber::kIdentifiersMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", Subscriber::kIdentifiersMax, " numbers"));
  }
  admin::v1::Subscriber subscriber;
  subscriber.set_aor(aor->value());
  for (const std::string& identifier : identifiers) subscriber.add_identifiers(identifier);
  subscriber.set_enabled(line.enabled);
  subscriber.set_discoverable(line.discoverable);
  subscriber.set_matching_access(ToProto(line.matching_access));
  return subscriber;
}

absl::StatusOr<ImportResult> ImportDirectory(
    const Connection& connection, const ImportOptions& options, std::istream& file,
    const std::function<void(const RejectedLine&)>& on_rejected,
    const std::function<void(std::int64_t)>& on_progress) {
  ASSIGN_OR_RETURN(const TenantNumbers numbers, FetchTenantNumbers(connection, options.tenant));
  ImportStream stream(connection);
  RETURN_IF_ERROR(stream.Start(options));
  ImportResult result;
  absl::flat_hash_map<std::string, std::int64_t> lines;  // where each address stands
  const auto reject = [&](const RejectedLine& rejected) {
    ++result.rejected;
    on_rejected(rejected);
    return absl::OkStatus();
  };
  const auto take = [&](const DirectoryLine& line) -> absl::Status {
    if (++result.lines % kProgressStep == 0) on_progress(result.lines);
    absl::StatusOr<admin::v1::Subscriber> subscriber =
        ToSubscriber(line, numbers.tenant, numbers.normalizer);
    if (!subscriber.ok()) {
      return reject({line.line, std::string(subscriber.status().message())});
    }
    const auto [known, first] = lines.try_emplace(subscriber->aor(), line.line);
    if (!first) {
      return reject(
          {line.line, absl::StrCat("the address stands in line ", known->second, " too")});
    }
    return stream.Add(*std::move(subscriber));
  };
  RETURN_IF_ERROR(ReadDirectoryFile(file, {.on_line = take, .on_rejected = reject}));
  if (result.rejected > 0 && !options.skip_rejected) return result;
  ASSIGN_OR_RETURN(result.counts, stream.Commit());
  return result;
}

}  // namespace smartcontacts::client
