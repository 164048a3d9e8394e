#include "service/rpc/privacy_handlers.h"

#include <optional>
#include <vector>

#include "domain/status_macros.h"
#include "service/error.h"
#include "service/retention/retention_period.h"
#include "service/rpc/call.h"
#include "service/rpc/convert.h"
#include "service/rpc/receipts.h"

namespace smartcontacts::service {
namespace {

// Rows of contacts that are deleted in one transaction.
constexpr std::int64_t kEraseBatch = 5'000;

// What docs/privacy.md says as well; an operator whose basis is another one says so in the privacy
// policy that the tenant names.
constexpr char kDirectoryPurpose[] = "to let people who have your number find and call you";
constexpr char kDirectoryBasis[] = "GDPR 6(1)(b)";
constexpr char kRetentionPurpose[] = "to tell you when one of your contacts joins or leaves";
constexpr char kRetentionBasis[] = "GDPR 6(1)(a)";
constexpr char kQuotaPurpose[] = "to keep accounts from trying out numbers";
constexpr char kQuotaBasis[] = "GDPR 6(1)(f)";

v1::Discoverability DiscoverabilityOf(const Subscriber& subscriber) {
  v1::Discoverability message;
  message.set_discoverable(subscriber.choice.discoverable.value_or(subscriber.discoverable));
  message.set_announced(subscriber.choice.announced);
  return message;
}

v1::Purpose PurposeOf(const char* description, const char* legal_basis) {
  v1::Purpose purpose;
  purpose.set_description(description);
  purpose.set_legal_basis(legal_basis);
  return purpose;
}

v1::DirectoryData ToDirectoryData(const Subscriber& subscriber) {
  v1::DirectoryData data;
  for (const Identifier& identifier : subscriber.identifiers) {
    data.add_identifiers(identifier.value());
  }
  data.set_enabled(subscriber.enabled);
  *data.mutable_discoverability() = DiscoverabilityOf(subscriber);
  *data.mutable_purpose() = PurposeOf(kDirectoryPurpose, kDirectoryBasis);
  return data;
}

v1::AddressBookData AddressBookOf(const storage::BookRecord& book, absl::Duration period) {
  v1::AddressBookData data;
  data.set_device_id(book.device.value());
  data.mutable_consent()->set_privacy_policy_version(book.consent.privacy_policy_version);
  *data.mutable_consent()->mutable_agree_time() = ToProto(book.consent.agree_time);
  data.set_retained_count(book.retained_count);
  *data.mutable_sync_time() = ToProto(book.sync_time);
  *data.mutable_purpose() = PurposeOf(kRetentionPurpose, kRetentionBasis);
  *data.mutable_purpose()->mutable_expire_time() = ToProto(book.sync_time + period);
  return data;
}

}  // namespace

grpc::ServerUnaryReactor* PrivacyServiceHandlers::GetMyData(grpc::CallbackServerContext* context,
                                                            const grpc::ByteBuffer* request,
                                                            grpc::ByteBuffer* response) {
  return AnswerUnary<v1::GetMyDataRequest>(
      context_.door, "GetMyData", context, request, response,
      [this](const Caller& caller, const auto&) { return Get(caller); });
}

grpc::ServerUnaryReactor* PrivacyServiceHandlers::EraseMyData(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return AnswerUnary<v1::EraseMyDataRequest>(
      context_.door, "EraseMyData", context, request, response,
      [this](const Caller& caller, const auto& message) { return Erase(caller, message); });
}

grpc::ServerUnaryReactor* PrivacyServiceHandlers::SetDiscoverability(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return AnswerUnary<v1::SetDiscoverabilityRequest>(
      context_.door, "SetDiscoverability", context, request, response,
      [this](const Caller& caller, const auto& message) { return Set(caller, message); });
}

absl::StatusOr<v1::GetMyDataResponse> PrivacyServiceHandlers::Get(const Caller& caller) {
  const TenantId& tenant = caller.account.tenant;
  const absl::Time now = context_.clock();
  v1::GetMyDataResponse answer;
  answer.set_aor(caller.account.aor.value());

  const absl::StatusOr<Subscriber> subscriber =
      context_.store.GetSubscriber(tenant, caller.account.aor);
  if (subscriber.ok()) {
    *answer.mutable_directory() = ToDirectoryData(*subscriber);
  } else if (!absl::IsNotFound(subscriber.status())) {
    return subscriber.status();
  }

  // Of what has expired nothing is shown: it is not used any more, and about to be deleted.
  const absl::Time synced_after =
      SyncedAfter(caller.tenant->tenant, context_.retention_ceiling, now);
  const absl::Duration period =
      EffectivePeriod(caller.tenant->tenant.policy.retention, context_.retention_ceiling);
  ASSIGN_OR_RETURN(const std::vector<storage::BookRecord> books,
                   context_.store.ListBooks(tenant, caller.account.aor, synced_after));
  for (const storage::BookRecord& book : books) {
    *answer.add_address_books() = AddressBookOf(book, period);
  }

  const MatchQuota& quota = caller.tenant->tenant.policy.match_quota;
  for (const auto& [name, kind] :
       {std::pair("full", MatchKind::kFull), std::pair("incremental", MatchKind::kIncremental),
        std::pair("evaluation", MatchKind::kEvaluation)}) {
    v1::QuotaData& data = *answer.add_quotas();
    data.set_name(name);
    data.set_available(context_.quota.Available(caller.account, kind, quota, now));
    *data.mutable_purpose() = PurposeOf(kQuotaPurpose, kQuotaBasis);
    // A bucket that is full again is forgotten.
    *data.mutable_purpose()->mutable_expire_time() =
        ToProto(context_.quota.FullAt(caller.account, kind, now));
  }
  return answer;
}

absl::StatusOr<v1::EraseMyDataResponse> PrivacyServiceHandlers::Erase(
    const Caller& caller, const v1::EraseMyDataRequest& request) {
  const TenantId& tenant = caller.account.tenant;
  storage::BookFilter filter{.account = caller.account.aor};
  if (!request.device_id().empty()) {
    absl::StatusOr<DeviceId> device = DeviceId::Parse(request.device_id());
    if (!device.ok()) return InvalidField("device_id", device.status().message());
    filter.device = *std::move(device);
  }
  const absl::Time now = context_.clock();
  ASSIGN_OR_RETURN(
      const storage::BookCounts counts,
      context_.store.DiscardBooks(tenant, filter, {.actor = "account", .time = now}, "erase"));
  if (filter.device.has_value() && counts.books == 0) {
    return MakeError(Reason::kNotFound, "nothing is retained for this device",
                     {.field = "device_id"});
  }
  context_.tenants.Refresh(tenant).IgnoreError();  // the follower catches up
  std::int64_t erased = 0;
  do {
    ASSIGN_OR_RETURN(erased, context_.store.EraseDiscarded(tenant, kEraseBatch));
  } while (erased > 0);

  v1::ReceiptStatement statement;
  statement.set_tenant_id(tenant.value());
  statement.set_aor(caller.account.aor.value());
  statement.set_device_id(request.device_id());
  const auto add = [&statement](const char* kind, std::int64_t count) {
    v1::ReceiptCount& entry = *statement.add_counts();
    entry.set_kind(kind);
    entry.set_count(count);
  };
  add("consents", counts.books);
  add("retained_contacts", counts.contacts);
  *statement.mutable_finish_time() = ToProto(context_.clock());
  statement.set_requested_by(caller.account.aor.value());
  v1::EraseMyDataResponse answer;
  *answer.mutable_receipt() = SignReceipt(context_.receipt_signer, std::move(statement));
  return answer;
}

absl::StatusOr<v1::SetDiscoverabilityResponse> PrivacyServiceHandlers::Set(
    const Caller& caller, const v1::SetDiscoverabilityRequest& request) {
  const auto given = [](bool has, bool value) {
    return has ? std::optional<bool>(value) : std::nullopt;
  };
  const auto discoverable = given(request.has_discoverable(), request.discoverable());
  const auto announced = given(request.has_announced(), request.announced());
  if (!discoverable.has_value() && !announced.has_value()) {
    return InvalidField("discoverable", "say what to change: discoverable, announced, or both");
  }
  const absl::StatusOr<Subscriber> subscriber =
      context_.store.SetChoice(caller.account.tenant, caller.account.aor, discoverable, announced,
                               {.actor = "account", .time = context_.clock()});
  if (absl::IsNotFound(subscriber.status())) {
    return MakeError(Reason::kNotFound, "the caller is not in the directory, so nobody finds them");
  }
  RETURN_IF_ERROR(subscriber.status());
  context_.tenants.Refresh(caller.account.tenant).IgnoreError();  // the follower catches up
  v1::SetDiscoverabilityResponse answer;
  *answer.mutable_discoverability() = DiscoverabilityOf(*subscriber);
  return answer;
}

}  // namespace smartcontacts::service
