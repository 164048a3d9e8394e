#include "tests/integration/device.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/secret.h"

namespace smartcontacts::integration {
namespace {

std::string RandomId() {
  std::string bytes(16, '\0');
  crypto::RandomBytes({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

std::string LineOf(const v1::WatchMatchesResponse& message) {
  return message.has_announced() ? absl::StrCat("+ ", message.announced().aor())
                                 : absl::StrCat("- ", message.revoked().aor());
}

}  // namespace

void OfferRetention(Server& server, const std::string& tenant, int days,
                    const std::string& version) {
  admin::v1::Tenant message;
  message.set_tenant_id(tenant);
  v1::RetentionPolicy& retention = *message.mutable_policy()->mutable_retention();
  retention.set_offered(days > 0);
  if (days > 0) retention.mutable_period()->set_seconds(std::int64_t{days} * 24 * 3600);
  message.mutable_policy()->set_privacy_policy_version(version);
  message.mutable_policy()->set_privacy_policy_uri("https://acme.example/privacy");
  server.UpdateTenant(
      message, {"policy.privacy_policy_version", "policy.privacy_policy_uri", "policy.retention"});
}

WatchCall::WatchCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& token,
                     const v1::WatchMatchesRequest& request)
    : context_(CallWith(token)),
      reader_(v1::AddressBookService::NewStub(channel)->WatchMatches(context_.get(), request)) {}

WatchCall::~WatchCall() {
  context_->TryCancel();
  v1::WatchMatchesResponse message;
  while (reader_ != nullptr && reader_->Read(&message)) {
  }
  if (reader_ != nullptr) reader_->Finish();
}

std::optional<v1::WatchMatchesResponse> WatchCall::Next() {
  v1::WatchMatchesResponse message;
  if (!reader_->Read(&message)) return std::nullopt;
  cursor_ = message.cursor();
  return message;
}

std::vector<std::string> WatchCall::UntilHeartbeat() {
  std::vector<std::string> lines;
  for (auto message = Next(); !message.has_value() || !message->has_heartbeat(); message = Next()) {
    if (!message.has_value()) return {absl::StrCat("ended: ", Finish().error_message())};
    lines.push_back(LineOf(*message));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> WatchCall::Events(int count) {
  std::vector<std::string> lines;
  while (static_cast<int>(lines.size()) < count) {
    const auto message = Next();
    if (!message.has_value()) {
      lines.push_back(absl::StrCat("ended: ", Finish().error_message()));
      break;
    }
    if (!message->has_heartbeat()) lines.push_back(LineOf(*message));
  }
  return lines;
}

grpc::Status WatchCall::Finish() {
  while (Next().has_value()) {
  }
  const grpc::Status status = reader_->Finish();
  reader_ = nullptr;
  return status;
}

Device::Device(Server& server, std::string tenant, std::string user, std::string name)
    : server_(server),
      tenant_(std::move(tenant)),
      name_(std::move(name)),
      token_(server.Token(tenant_, user)) {}

std::string Device::Digests(const std::vector<std::string>& identifiers) {
  return Server::Digests(server_.Policy(token_), identifiers);
}

v1::SyncAddressBookRequest Device::Start() {
  v1::SyncAddressBookRequest message;
  v1::SyncStart& start = *message.mutable_start();
  start.set_device_id(name_);
  start.mutable_consent()->set_privacy_policy_version(kPolicyVersion);
  start.mutable_consent()->mutable_agree_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  start.set_epoch(server_.Policy(token_).epoch().number());
  start.set_sync_id(RandomId());
  return message;
}

v1::SyncAddressBookRequest Device::Delta(const std::vector<std::string>& added,
                                         const std::vector<std::string>& removed) {
  v1::SyncAddressBookRequest message;
  message.mutable_delta()->set_added_digests(Digests(added));
  message.mutable_delta()->set_removed_digests(Digests(removed));
  return message;
}

v1::SyncAddressBookRequest Device::Finish(std::int64_t count) {
  v1::SyncAddressBookRequest message;
  message.mutable_finish()->set_digest_count(count);
  return message;
}

grpc::Status Device::Send(const std::vector<v1::SyncAddressBookRequest>& messages,
                          v1::SyncAddressBookResponse* response) {
  v1::SyncAddressBookResponse ignored;
  const auto context = CallWith(token_);
  const auto writer =
      v1::AddressBookService::NewStub(server_.app_)
          ->SyncAddressBook(context.get(), response == nullptr ? &ignored : response);
  for (const v1::SyncAddressBookRequest& message : messages) {
    if (!writer->Write(message)) break;
  }
  writer->WritesDone();
  return writer->Finish();
}

v1::SyncAddressBookResponse Device::Replace(const std::vector<std::string>& identifiers) {
  v1::SyncAddressBookResponse response;
  const grpc::Status status =
      Send({Start(), Delta(identifiers), Finish(static_cast<std::int64_t>(identifiers.size()))},
           &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  sync_token_ = response.sync_token();
  return response;
}

v1::SyncAddressBookResponse Device::Change(const std::vector<std::string>& added,
                                           const std::vector<std::string>& removed) {
  v1::SyncAddressBookRequest start = Start();
  start.mutable_start()->set_sync_token(sync_token_);
  v1::SyncAddressBookResponse response;
  const grpc::Status status =
      Send({start, Delta(added, removed),
            Finish(static_cast<std::int64_t>(added.size() + removed.size()))},
           &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  sync_token_ = response.sync_token();
  return response;
}

std::unique_ptr<WatchCall> Device::Watch(const std::string& cursor, Server* server,
                                         const std::vector<v1::AnnouncedMatch>& known) {
  v1::WatchMatchesRequest request;
  request.set_device_id(name_);
  request.set_cursor(cursor);
  for (const v1::AnnouncedMatch& match : known) *request.add_known_matches() = match;
  return std::make_unique<WatchCall>((server != nullptr ? *server : server_).app_, token_, request);
}

v1::AnnouncedMatch Device::Known(const std::string& identifier, const std::string& user) {
  v1::AnnouncedMatch match;
  match.set_digest(Digests({identifier}));
  match.set_epoch(server_.Policy(token_).epoch().number());
  match.set_aor(absl::StrCat("sip:", user, "@", tenant_, ".example"));
  return match;
}

v1::GetMyDataResponse Device::MyData() {
  v1::GetMyDataResponse response;
  const grpc::Status status =
      v1::PrivacyService::NewStub(server_.app_)->GetMyData(CallWith(token_).get(), {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

grpc::Status Device::Erase(const std::string& device, v1::EraseMyDataResponse* response) {
  v1::EraseMyDataRequest request;
  request.set_device_id(device);
  v1::EraseMyDataResponse ignored;
  return v1::PrivacyService::NewStub(server_.app_)
      ->EraseMyData(CallWith(token_).get(), request, response == nullptr ? &ignored : response);
}

grpc::Status Device::SetDiscoverability(std::optional<bool> discoverable,
                                        std::optional<bool> announced) {
  v1::SetDiscoverabilityRequest request;
  if (discoverable.has_value()) request.set_discoverable(*discoverable);
  if (announced.has_value()) request.set_announced(*announced);
  v1::SetDiscoverabilityResponse response;
  return v1::PrivacyService::NewStub(server_.app_)
      ->SetDiscoverability(CallWith(token_).get(), request, &response);
}

}  // namespace smartcontacts::integration
