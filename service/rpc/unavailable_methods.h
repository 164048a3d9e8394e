// Answers every method that no service of this server has: those of the contract that a later
// version brings, and those that never were.

#ifndef SMART_CONTACTS_SERVICE_RPC_UNAVAILABLE_METHODS_H_
#define SMART_CONTACTS_SERVICE_RPC_UNAVAILABLE_METHODS_H_

#include <grpcpp/generic/async_generic_service.h>

#include "service/error.h"
#include "service/rpc/status.h"

namespace smartcontacts::service {

class UnavailableMethods final : public grpc::CallbackGenericService {
 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor() {
      Finish(ToGrpcStatus(MakeError(Reason::kMethodNotAvailable,
                                    "this version of the service does not have this method")));
    }
    void OnDone() override { delete this; }
  };

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Reactor;
  }
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_UNAVAILABLE_METHODS_H_
