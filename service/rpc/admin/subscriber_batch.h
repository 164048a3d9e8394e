// Subscribers as requests carry them.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_SUBSCRIBER_BATCH_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_SUBSCRIBER_BATCH_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/error.h"
#include "service/rpc/convert.h"

namespace smartcontacts::service {

// Reads and checks them against the tenant. kFieldInvalid names `subscribers[N]`, counted from
// `first`.
inline absl::StatusOr<std::vector<Subscriber>> ReadSubscribers(
    const google::protobuf::RepeatedPtrField<admin::v1::Subscriber>& messages, const Tenant& tenant,
    std::int64_t first) {
  std::vector<Subscriber> subscribers;
  subscribers.reserve(static_cast<std::size_t>(messages.size()));
  for (int i = 0; i < messages.size(); ++i) {
    const std::string field = absl::StrCat("subscribers[", first + i, "]");
    ASSIGN_OR_RETURN(Subscriber subscriber, FromProto(messages.Get(i), field));
    if (const absl::Status status = Validate(subscriber, tenant); !status.ok()) {
      return FieldError(field, status);
    }
    subscribers.push_back(std::move(subscriber));
  }
  return subscribers;
}

inline absl::Status DirectoryTooLarge(std::int64_t subscribers_max) {
  return MakeError(Reason::kDirectoryTooLarge,
                   absl::StrCat("a directory has at most ", subscribers_max,
                                " subscribers on this server; nothing was changed"),
                   {.metadata = {{"limit", absl::StrCat(subscribers_max)}}});
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_SUBSCRIBER_BATCH_H_
