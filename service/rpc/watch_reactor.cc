#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/limits.h"
#include "service/retention/retention_access.h"
#include "service/retention/retention_period.h"
#include "service/rpc/address_book_handlers.h"
#include "service/rpc/call.h"
#include "service/rpc/watch_stream.h"

namespace smartcontacts::service {
namespace {

absl::StatusOr<std::vector<KnownMatch>> ReadKnown(const v1::WatchMatchesRequest& message) {
  if (message.known_matches_size() > kKnownMatchesPerMessageMax) {
    return MakeError(Reason::kBatchTooLarge,
                     absl::StrCat("known_matches: at most ", kKnownMatchesPerMessageMax,
                                  ": match in full, then watch with since_revision"),
                     {.field = "known_matches",
                      .metadata = {{"limit", absl::StrCat(kKnownMatchesPerMessageMax)}}});
  }
  std::vector<KnownMatch> known;
  known.reserve(static_cast<std::size_t>(message.known_matches_size()));
  for (int i = 0; i < message.known_matches_size(); ++i) {
    const v1::AnnouncedMatch& match = message.known_matches(i);
    KnownMatch& entry = known.emplace_back();
    if (match.digest().size() != crypto::Digest::kSize) {
      return MakeError(Reason::kDigestLengthInvalid,
                       absl::StrCat("known_matches[", i, "].digest: 16 bytes"),
                       {.field = absl::StrCat("known_matches[", i, "].digest")});
    }
    std::copy(match.digest().begin(), match.digest().end(), entry.digest.bytes.begin());
    entry.epoch = match.epoch();
    entry.aor = match.aor();
  }
  return known;
}

absl::StatusOr<std::optional<WatchCursor>> ReadCursor(const v1::WatchMatchesRequest& message) {
  if (message.since_revision() < 0) return InvalidField("since_revision", "must not be negative");
  if (message.cursor().empty()) {
    if (message.since_revision() == 0) return std::nullopt;
    return std::optional(WatchCursor::EndOf(message.since_revision()));
  }
  const std::optional<WatchCursor> cursor = WatchCursor::FromBytes(message.cursor());
  if (!cursor.has_value()) {
    return InvalidField("cursor", "take it from the last message of a watch, as it is");
  }
  return cursor;
}

// Serves a watch from its admission to its end.
class WatchReactor final : public WatchStream::Reactor {
 public:
  WatchReactor(const AddressBookContext& context, grpc::CallbackServerContext& call,
               const grpc::ByteBuffer* request)
      : context_(context),
        request_(request),
        stream_(std::make_shared<WatchStream>(*this, LogOf(context.door.log(), call))) {
    context_.blocking_door.Admit(call, [this](const absl::StatusOr<Caller>& caller) {
      // The reactor may be gone as soon as the stream is admitted.
      const std::shared_ptr<WatchStream> stream = stream_;
      const absl::Status status = caller.ok() ? Open(*caller) : caller.status();
      if (!status.ok()) stream->End(status);
      stream->Admitted();
    });
  }

  void OnWriteDone(bool ok) override { stream_->Written(ok); }
  void OnCancel() override { stream_->Cancelled(); }
  void OnDone() override { delete this; }

 private:
  absl::Status Open(const Caller& caller) {
    ASSIGN_OR_RETURN(const auto message,
                     Decode<v1::WatchMatchesRequest>(*request_, context_.door.message_bytes_max()));
    const absl::StatusOr<DeviceId> device = DeviceId::Parse(message.device_id());
    if (!device.ok()) return InvalidField("device_id", device.status().message());
    ASSIGN_OR_RETURN(const std::optional<WatchCursor> cursor, ReadCursor(message));
    ASSIGN_OR_RETURN(std::vector<KnownMatch> known, ReadKnown(message));
    RETURN_IF_ERROR(CheckRetentionAccess(*caller.tenant, caller.account.aor));
    ASSIGN_OR_RETURN(const storage::BookRecord book, FindBook(caller, *device));
    // Another server may have told of what this one has not heard of yet.
    if (cursor.has_value() && cursor->revision > caller.tenant->directory->revision()) {
      RETURN_IF_ERROR(context_.tenants.Refresh(caller.account.tenant));
    }
    context_.hub.Open(std::make_shared<Watch>(
        WatchRequest{.account = caller.account,
                     .book = book.key,
                     .epoch = book.epoch,
                     .privacy_policy_version = book.consent.privacy_policy_version,
                     .cursor = cursor,
                     .known = std::move(known)},
        stream_));
    return absl::OkStatus();
  }

  absl::StatusOr<storage::BookRecord> FindBook(const Caller& caller, const DeviceId& device) const {
    ASSIGN_OR_RETURN(
        const std::vector<storage::BookRecord> books,
        context_.books.ListBooks(
            caller.account.tenant, caller.account.aor,
            SyncedAfter(caller.tenant->tenant, context_.retention_ceiling, context_.clock())));
    for (const storage::BookRecord& book : books) {
      if (book.device == device) return book;
    }
    return MakeError(Reason::kNotFound,
                     "nothing is retained for this device: sync the address book first",
                     {.field = "device_id"});
  }

  const AddressBookContext& context_;
  const grpc::ByteBuffer* const request_;
  const std::shared_ptr<WatchStream> stream_;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatch(const AddressBookContext& context,
                                                       grpc::CallbackServerContext* call,
                                                       const grpc::ByteBuffer* request) {
  return new WatchReactor(context, *call, request);
}

}  // namespace smartcontacts::service
