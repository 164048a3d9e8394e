// DirectoryService.ImportDirectory: a stream of subscribers that becomes the directory, or nothing.

#ifndef SMART_CONTACTS_SERVICE_RPC_ADMIN_IMPORT_REACTOR_H_
#define SMART_CONTACTS_SERVICE_RPC_ADMIN_IMPORT_REACTOR_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "service/rpc/admin/directory_handlers.h"

namespace smartcontacts::service {

// Takes one message at a time, each on a worker, so that a fast sender waits for the database. The
// reactor deletes itself when gRPC is done with it. `directory` must outlive the call.
grpc::ServerReadReactor<grpc::ByteBuffer>* StartImport(const DirectoryContext& directory,
                                                       grpc::CallbackServerContext* context,
                                                       grpc::ByteBuffer* response);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_ADMIN_IMPORT_REACTOR_H_
