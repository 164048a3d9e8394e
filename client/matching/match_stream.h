// One call of MatchContactsStream: batches go out and each is answered, one at a time.

#ifndef SMART_CONTACTS_CLIENT_MATCHING_MATCH_STREAM_H_
#define SMART_CONTACTS_CLIENT_MATCHING_MATCH_STREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "smartcontacts/v1/match_service.grpc.pb.h"

namespace smartcontacts::client {

// Not safe for concurrent use. Errors are ToStatus()'s; after one only destruction makes sense.
class MatchStream {
 public:
  MatchStream(const Connection& connection, std::int64_t epoch);

  // Matches packed digests in full. The indexes of the answer count over the whole stream.
  absl::StatusOr<v1::MatchContactsStreamResponse> Ask(const std::string& digests);
  absl::Status Close();

 private:
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<v1::MatchService::Stub> stub_;
  std::unique_ptr<
      grpc::ClientReaderWriter<v1::MatchContactsStreamRequest, v1::MatchContactsStreamResponse>>
      stream_;
  const std::int64_t epoch_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_MATCHING_MATCH_STREAM_H_
