#include "service/rpc/address_book_handlers.h"

namespace smartcontacts::service {

grpc::ServerReadReactor<grpc::ByteBuffer>* AddressBookServiceHandlers::SyncAddressBook(
    grpc::CallbackServerContext* context, grpc::ByteBuffer* response) {
  return StartSync(context_, context, response);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* AddressBookServiceHandlers::WatchMatches(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return StartWatch(context_, context, request);
}

}  // namespace smartcontacts::service
