// Reads parts of a sealed directory from the service, each checked.

#ifndef SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_READER_H_
#define SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_READER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "client/connection/connection.h"
#include "client/private_matching/directory_check.h"
#include "smartcontacts/v1/private_match_service.grpc.pb.h"

namespace smartcontacts::client {

// Not safe for concurrent use. Errors are ToStatus()'s and Misbehaviour().
class DirectoryReader {
 public:
  DirectoryReader(const Connection& connection, const DirectoryTrust& trust)
      : connection_(connection),
        stub_(v1::PrivateMatchService::NewStub(connection.channel())),
        trust_(trust) {}

  // Reads one part. What `sink` gets is to be believed only if this succeeds.
  absl::StatusOr<crypto::SealedDirectoryHeader> Read(const AskedPart& asked,
                                                     const ContentSink& sink);
  // Only the header, which tells the epoch's key, and whether there is a directory yet. The rest is
  // not sent, but for what is under way already.
  absl::StatusOr<crypto::SealedDirectoryHeader> ReadHeader(const AskedPart& asked);

  // From now on nothing of another key is accepted.
  void Pin(const crypto::OprfPublicKey& key) { trust_.oprf_key = key; }

  // All that came so far.
  std::int64_t downloaded_bytes() const { return downloaded_bytes_; }

 private:
  const Connection& connection_;
  std::unique_ptr<v1::PrivateMatchService::Stub> stub_;
  DirectoryTrust trust_;
  std::int64_t downloaded_bytes_ = 0;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PRIVATE_MATCHING_DIRECTORY_READER_H_
