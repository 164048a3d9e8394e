// A device of an account, as an app uses the service: it syncs, it watches, it asks for its rights.

#ifndef SMART_CONTACTS_TESTS_INTEGRATION_DEVICE_H_
#define SMART_CONTACTS_TESTS_INTEGRATION_DEVICE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smartcontacts/v1/address_book_service.grpc.pb.h"
#include "smartcontacts/v1/privacy_service.grpc.pb.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {

// The privacy policy that OfferRetention() names.
inline constexpr char kPolicyVersion[] = "2026-11";

// Makes the tenant offer retention.
void OfferRetention(Server& server, const std::string& tenant, int days = 30,
                    const std::string& version = kPolicyVersion);

// A running WatchMatches call. Not safe for concurrent use.
class WatchCall {
 public:
  WatchCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& token,
            const v1::WatchMatchesRequest& request);
  ~WatchCall();

  // The next message; nothing if the call ends first.
  std::optional<v1::WatchMatchesResponse> Next();
  // "+ AOR" or "- AOR" for each event up to the next heartbeat, sorted within; or how the call
  // ended.
  std::vector<std::string> UntilHeartbeat();
  // The next `count` events, heartbeats passed over.
  std::vector<std::string> Events(int count);
  // How the call ended; waits for that.
  grpc::Status Finish();
  const std::string& cursor() const { return cursor_; }

 private:
  const std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchMatchesResponse>> reader_;
  std::string cursor_;
};

class Device {
 public:
  Device(Server& server, std::string tenant, std::string user, std::string name = "phone");

  // The first message of a sync of the present epoch, with a consent and a new sync_id.
  v1::SyncAddressBookRequest Start();
  // A message with digests of identifiers.
  v1::SyncAddressBookRequest Delta(const std::vector<std::string>& added,
                                   const std::vector<std::string>& removed = {});
  static v1::SyncAddressBookRequest Finish(std::int64_t count);
  // Sends the messages and reads the answer.
  grpc::Status Send(const std::vector<v1::SyncAddressBookRequest>& messages,
                    v1::SyncAddressBookResponse* response = nullptr);

  // Replaces what is retained, or changes it by the last answer's token; a failure of the test if
  // that fails.
  v1::SyncAddressBookResponse Replace(const std::vector<std::string>& identifiers);
  v1::SyncAddressBookResponse Change(const std::vector<std::string>& added,
                                     const std::vector<std::string>& removed = {});

  // On `server` if given: another replica.
  std::unique_ptr<WatchCall> Watch(const std::string& cursor = "", Server* server = nullptr,
                                   const std::vector<v1::AnnouncedMatch>& known = {});
  // A match that the device shows, for Watch().
  v1::AnnouncedMatch Known(const std::string& identifier, const std::string& user);

  v1::GetMyDataResponse MyData();
  grpc::Status Erase(const std::string& device, v1::EraseMyDataResponse* response = nullptr);
  grpc::Status SetDiscoverability(std::optional<bool> discoverable, std::optional<bool> announced);

  const std::string& token() const { return token_; }
  std::string sync_token_;

 private:
  std::string Digests(const std::vector<std::string>& identifiers);

  Server& server_;
  const std::string tenant_;
  const std::string name_;
  const std::string token_;
};

}  // namespace smartcontacts::integration

#endif  // SMART_CONTACTS_TESTS_INTEGRATION_DEVICE_H_
