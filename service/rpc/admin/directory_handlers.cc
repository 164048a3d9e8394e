#include "service/rpc/admin/directory_handlers.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/admin/import_reactor.h"
#include "service/rpc/admin/paging.h"
#include "service/rpc/admin/subscriber_batch.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

absl::Status CheckBatchSize(absl::string_view field, int size) {
  if (size <= kSubscribersPerMessageMax) return absl::OkStatus();
  return MakeError(Reason::kBatchTooLarge,
                   absl::StrCat(field, ": at most ", kSubscribersPerMessageMax),
                   {.field = std::string(field),
                    .metadata = {{"limit", absl::StrCat(kSubscribersPerMessageMax)}}});
}

absl::StatusOr<Aor> ParseAor(absl::string_view field, const std::string& text) {
  absl::StatusOr<Aor> aor = Aor::Parse(text);
  if (!aor.ok()) return InvalidField(field, aor.status().message());
  return aor;
}

// A page token is the tag in hexadecimal.
absl::StatusOr<crypto::Tag> ParsePageToken(const std::string& token) {
  crypto::Tag tag{};
  const std::string bytes = absl::HexStringToBytes(token);
  if (token.size() != 2 * crypto::Tag::kSize || absl::BytesToHexString(bytes) != token) {
    return InvalidField("page_token", "take it from the page before");
  }
  std::copy(bytes.begin(), bytes.end(), tag.bytes.begin());
  return tag;
}

std::string PageToken(const crypto::Tag& tag) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(tag.bytes.data()), crypto::Tag::kSize});
}

}  // namespace

grpc::ServerUnaryReactor* DirectoryServiceHandlers::UpsertSubscribers(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::UpsertSubscribersRequest>(
      context_.door, "UpsertSubscribers", context, request, response,
      [this](const Administrator& administrator, const auto& message) {
        return Upsert(administrator, message);
      });
}

grpc::ServerUnaryReactor* DirectoryServiceHandlers::RemoveSubscribers(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::RemoveSubscribersRequest>(
      context_.door, "RemoveSubscribers", context, request, response,
      [this](const Administrator& administrator, const auto& message) {
        return Remove(administrator, message);
      });
}

grpc::ServerUnaryReactor* DirectoryServiceHandlers::GetSubscriber(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::GetSubscriberRequest>(
      context_.door, "GetSubscriber", context, request, response,
      [this](const Administrator&, const auto& message) { return Get(message); });
}

grpc::ServerUnaryReactor* DirectoryServiceHandlers::ListSubscribers(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::ListSubscribersRequest>(
      context_.door, "ListSubscribers", context, request, response,
      [this](const Administrator&, const auto& message) { return List(message); });
}

grpc::ServerReadReactor<grpc::ByteBuffer>* DirectoryServiceHandlers::ImportDirectory(
    grpc::CallbackServerContext* context, grpc::ByteBuffer* response) {
  return StartImport(context_, context, response);
}

absl::StatusOr<admin::v1::UpsertSubscribersResponse> DirectoryServiceHandlers::Upsert(
    const Administrator& administrator, const admin::v1::UpsertSubscribersRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  RETURN_IF_ERROR(CheckBatchSize("subscribers", request.subscribers_size()));
  ASSIGN_OR_RETURN(const Tenant tenant, context_.store.GetTenant(id));
  storage::DirectoryChange change;
  ASSIGN_OR_RETURN(change.upserts, ReadSubscribers(request.subscribers(), tenant, 0));
  absl::flat_hash_set<Aor> seen;
  for (std::size_t i = 0; i < change.upserts.size(); ++i) {
    if (!seen.insert(change.upserts[i].aor).second) {
      return InvalidField(absl::StrCat("subscribers[", i, "].aor"), "this address is there twice");
    }
  }
  const absl::StatusOr<storage::DirectoryCounts> applied = context_.store.Apply(
      id, change, context_.subscribers_max, ActOf(administrator, context_.clock()));
  if (absl::IsResourceExhausted(applied.status()))
    return DirectoryTooLarge(context_.subscribers_max);
  RETURN_IF_ERROR(applied.status());
  const storage::DirectoryCounts& counts = *applied;
  context_.tenants.Refresh(id).IgnoreError();  // the follower catches up
  administrator.log.Info("subscribers upserted", {{"tenant", id.value()},
                                                  {"added", counts.added},
                                                  {"changed", counts.changed},
                                                  {"revision", counts.revision}});
  admin::v1::UpsertSubscribersResponse answer;
  answer.set_revision(counts.revision);
  answer.set_added_count(counts.added);
  answer.set_changed_count(counts.changed);
  return answer;
}

absl::StatusOr<admin::v1::RemoveSubscribersResponse> DirectoryServiceHandlers::Remove(
    const Administrator& administrator, const admin::v1::RemoveSubscribersRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  RETURN_IF_ERROR(CheckBatchSize("aors", request.aors_size()));
  storage::DirectoryChange change;
  absl::flat_hash_set<Aor> seen;
  for (int i = 0; i < request.aors_size(); ++i) {
    ASSIGN_OR_RETURN(Aor aor, ParseAor(absl::StrCat("aors[", i, "]"), request.aors(i)));
    if (seen.insert(aor).second) change.removals.push_back(std::move(aor));
  }
  ASSIGN_OR_RETURN(const storage::DirectoryCounts counts,
                   context_.store.Apply(id, change, context_.subscribers_max,
                                        ActOf(administrator, context_.clock())));
  context_.tenants.Refresh(id).IgnoreError();  // the follower catches up
  if (counts.removed > 0) context_.sweeper.Wake(id);
  administrator.log.Info(
      "subscribers removed",
      {{"tenant", id.value()}, {"removed", counts.removed}, {"revision", counts.revision}});
  admin::v1::RemoveSubscribersResponse answer;
  answer.set_revision(counts.revision);
  answer.set_removed_count(counts.removed);
  return answer;
}

absl::StatusOr<admin::v1::GetSubscriberResponse> DirectoryServiceHandlers::Get(
    const admin::v1::GetSubscriberRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  ASSIGN_OR_RETURN(const Aor aor, ParseAor("aor", request.aor()));
  ASSIGN_OR_RETURN(const Subscriber subscriber, context_.store.GetSubscriber(id, aor));
  admin::v1::GetSubscriberResponse answer;
  *answer.mutable_subscriber() = ToProto(subscriber);
  return answer;
}

absl::StatusOr<admin::v1::ListSubscribersResponse> DirectoryServiceHandlers::List(
    const admin::v1::ListSubscribersRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  std::optional<crypto::Tag> after;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(after, ParsePageToken(request.page_token()));
  }
  ASSIGN_OR_RETURN(const storage::DirectoryStore::SubscriberPage page,
                   context_.store.ListSubscribers(id, after, page_size));
  admin::v1::ListSubscribersResponse answer;
  for (const Subscriber& subscriber : page.subscribers)
    *answer.add_subscribers() = ToProto(subscriber);
  if (page.next.has_value()) answer.set_next_page_token(PageToken(*page.next));
  return answer;
}

}  // namespace smartcontacts::service
