#include "client/programs/admin/purger.h"

#include <memory>

#include "client/programs/progress_bar.h"
#include "domain/status_macros.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr std::int64_t kProgressTotal = 10'000;

}  // namespace

absl::StatusOr<admin::v1::PurgeResponse> Purge(const Connection& connection,
                                               const admin::v1::PurgeRequest& request) {
  const std::unique_ptr<grpc::ClientContext> context = connection.NewCall();
  const auto stub = admin::v1::PurgeService::NewStub(connection.channel());
  const auto reader = stub->Purge(context.get(), request);
  ProgressBar progress;
  admin::v1::PurgeResponse message;
  admin::v1::PurgeResponse last;
  while (reader->Read(&message)) {
    progress.Show(message.progress(), kProgressTotal);
    last.Swap(&message);
  }
  RETURN_IF_ERROR(ToStatus(reader->Finish()));
  if (!request.dry_run() && !last.has_receipt()) {
    return absl::InternalError("the server ended the purge without a receipt");
  }
  return last;
}

}  // namespace smartcontacts::client
