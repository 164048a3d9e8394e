// smartcontacts.v1.AddressBookService.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADDRESS_BOOK_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_ADDRESS_BOOK_HANDLERS_H_

#include <utility>

#include "absl/time/time.h"
#include "service/clock.h"
#include "service/quota/account_slots.h"
#include "service/quota/match_quota_keeper.h"
#include "service/rpc/app_door.h"
#include "service/watch/watch_hub.h"
#include "smartcontacts/v1/address_book_service.grpc.pb.h"
#include "storage/address_book_store.h"

namespace smartcontacts::service {

// What its methods work with; shared with the reactors of streams.
struct AddressBookContext {
  const AppDoor& door;
  const BlockingAppDoor& blocking_door;
  storage::AddressBookStore& books;
  TenantCache& tenants;
  WatchHub& hub;
  AccountSlots& slots;
  MatchQuotaKeeper& quota;
  Clock clock;
  absl::Duration retention_ceiling;
};

using RawAddressBookService = v1::AddressBookService::WithRawCallbackMethod_SyncAddressBook<
    v1::AddressBookService::WithRawCallbackMethod_WatchMatches<v1::AddressBookService::Service>>;

// Safe for concurrent use. What it is given must outlive it.
class AddressBookServiceHandlers final : public RawAddressBookService {
 public:
  explicit AddressBookServiceHandlers(AddressBookContext context) : context_(std::move(context)) {}

  grpc::ServerReadReactor<grpc::ByteBuffer>* SyncAddressBook(grpc::CallbackServerContext* context,
                                                             grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchMatches(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;

 private:
  const AddressBookContext context_;
};

// The reactors of its methods; each deletes itself. `context` must outlive them.
grpc::ServerReadReactor<grpc::ByteBuffer>* StartSync(const AddressBookContext& context,
                                                     grpc::CallbackServerContext* call,
                                                     grpc::ByteBuffer* response);
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatch(const AddressBookContext& context,
                                                       grpc::CallbackServerContext* call,
                                                       const grpc::ByteBuffer* request);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADDRESS_BOOK_HANDLERS_H_
