#include "service/rpc/admin/audit_handlers.h"

#include <cstdint>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/admin/counts.h"
#include "service/rpc/admin/paging.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {
namespace {

admin::v1::AuditEntry ToProto(const storage::AuditEntry& entry) {
  admin::v1::AuditEntry message;
  message.set_sequence(entry.sequence);
  *message.mutable_time() = service::ToProto(entry.time);
  message.set_actor(entry.actor);
  message.set_action(entry.action);
  *message.mutable_counts() = CountsToProto(entry.counts);
  message.set_hash(entry.hash.data(), entry.hash.size());
  return message;
}

}  // namespace

grpc::ServerUnaryReactor* AuditServiceHandlers::ListAuditEntries(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::ListAuditEntriesRequest>(
      door_, "ListAuditEntries", context, request, response,
      [this](const Administrator&, const auto& message) { return List(message); });
}

grpc::ServerUnaryReactor* AuditServiceHandlers::VerifyAuditChain(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<admin::v1::VerifyAuditChainRequest>(
      door_, "VerifyAuditChain", context, request, response,
      [this](const Administrator& administrator, const auto& message) {
        return Verify(administrator, message);
      });
}

absl::StatusOr<admin::v1::ListAuditEntriesResponse> AuditServiceHandlers::List(
    const admin::v1::ListAuditEntriesRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  // A page token is the sequence of the page's last entry.
  std::int64_t after = 0;
  if (!request.page_token().empty() &&
      (!absl::SimpleAtoi(request.page_token(), &after) || after < 1)) {
    return InvalidField("page_token", "take it from the page before");
  }
  // One more than asked for tells whether there is another page.
  ASSIGN_OR_RETURN(const std::vector<storage::AuditEntry> entries,
                   store_.ListAuditEntries(id, after, page_size + 1));
  admin::v1::ListAuditEntriesResponse answer;
  for (const storage::AuditEntry& entry : entries) {
    if (answer.entries_size() == page_size) {
      answer.set_next_page_token(absl::StrCat(answer.entries(page_size - 1).sequence()));
      break;
    }
    *answer.add_entries() = ToProto(entry);
  }
  return answer;
}

absl::StatusOr<admin::v1::VerifyAuditChainResponse> AuditServiceHandlers::Verify(
    const Administrator& administrator, const admin::v1::VerifyAuditChainRequest& request) {
  ASSIGN_OR_RETURN(const TenantId id, ParseTenantId("tenant_id", request.tenant_id()));
  ASSIGN_OR_RETURN(const storage::AuditVerdict verdict, store_.VerifyAuditChain(id));
  if (verdict.first_invalid_sequence != 0) {
    administrator.log.Error("the audit log is not as it was written",
                            {{"tenant", id.value()}, {"sequence", verdict.first_invalid_sequence}});
  }
  admin::v1::VerifyAuditChainResponse answer;
  answer.set_valid(verdict.first_invalid_sequence == 0);
  answer.set_first_invalid_sequence(verdict.first_invalid_sequence);
  answer.set_entry_count(verdict.entry_count);
  return answer;
}

}  // namespace smartcontacts::service
