// Counts as messages carry them.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_COUNTS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_COUNTS_H_

#include <google/protobuf/repeated_ptr_field.h>

#include "absl/types/span.h"
#include "smartcontacts/v1/receipt.pb.h"
#include "storage/audit_store.h"

namespace smartcontacts::service {

inline google::protobuf::RepeatedPtrField<v1::ReceiptCount> CountsToProto(
    absl::Span<const storage::Count> counts) {
  google::protobuf::RepeatedPtrField<v1::ReceiptCount> messages;
  for (const storage::Count& count : counts) {
    v1::ReceiptCount& message = *messages.Add();
    message.set_kind(count.kind);
    message.set_count(count.count);
  }
  return messages;
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_COUNTS_H_
