// smartcontacts.v1.MatchService.

#ifndef SMART_CONTACTS_SERVICE_RPC_MATCH_HANDLERS_H_
#define SMART_CONTACTS_SERVICE_RPC_MATCH_HANDLERS_H_

#include <utility>

#include "service/clock.h"
#include "service/quota/match_quota_keeper.h"
#include "service/rpc/app_door.h"
#include "service/telemetry/histogram.h"
#include "smartcontacts/v1/match_service.grpc.pb.h"

namespace smartcontacts::service {

// How large requests for matches are, and what is found. Of a stream, each batch.
struct MatchSizes {
  Histogram contacts{{1, 10, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000}};
  Histogram hits{{0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1'000}};
};

// What matching works with; shared with the reactors of streams.
struct MatchContext {
  const AppDoor& door;
  MatchQuotaKeeper& quota;
  Clock clock;
  MatchSizes& sizes;
};

using RawMatchService = v1::MatchService::WithRawCallbackMethod_MatchContacts<
    v1::MatchService::WithRawCallbackMethod_MatchContactsStream<v1::MatchService::Service>>;

// Safe for concurrent use. What it is given must outlive it.
class MatchServiceHandlers final : public RawMatchService {
 public:
  explicit MatchServiceHandlers(MatchContext context) : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* MatchContacts(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* MatchContactsStream(
      grpc::CallbackServerContext* context) override;

 private:
  const MatchContext context_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_MATCH_HANDLERS_H_
