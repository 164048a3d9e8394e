// Devices that watch: syncs an address book for each, opens a watch for each on a connection of its
// own, and waits for one announcement on all of them.
//
//   watch_load SERVER SIGNING_KEY_FILE DEVICES
//
// Plaintext; tenant acme, accounts sip:1@acme.example and so on, who must be in the directory.
// Prints a line "watching" when every device is up to date; then reads a line from standard input
// and prints
// {"announced":N,"p50_ms":X,"p99_ms":X} when every device has heard of one joiner since that line.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "smartcontacts/v1/address_book_service.grpc.pb.h"
#include "smartcontacts/v1/policy_service.grpc.pb.h"

namespace smartcontacts {
namespace {

// Of each device; the last of them is everybody's.
constexpr int kContacts = 200;

std::atomic<int> up_to_date{0};
std::atomic<int> announced{0};

// One device's watch.
class Watch final : public grpc::ClientReadReactor<v1::WatchMatchesResponse> {
 public:
  Watch(const std::string& server, std::string token) : token_(std::move(token)) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    channel_ = grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
  }

  void Authorize(grpc::ClientContext& context) const {
    context.AddMetadata("authorization", "Bearer " + token_);
  }

  grpc::Status Sync(const v1::GetPolicyResponse& policy, const std::string& digests) {
    grpc::ClientContext context;
    Authorize(context);
    v1::SyncAddressBookResponse response;
    const auto writer =
        v1::AddressBookService::NewStub(channel_)->SyncAddressBook(&context, &response);
    v1::SyncAddressBookRequest message;
    v1::SyncStart& start = *message.mutable_start();
    start.set_device_id("bench");
    start.set_epoch(policy.epoch().number());
    start.set_sync_id(digests.substr(0, 16));
    start.mutable_consent()->set_privacy_policy_version(policy.privacy_policy_version());
    start.mutable_consent()->mutable_agree_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
    writer->Write(message);
    message.mutable_delta()->set_added_digests(digests);
    writer->Write(message);
    message.mutable_finish()->set_digest_count(kContacts);
    writer->Write(message);
    writer->WritesDone();
    return writer->Finish();
  }

  v1::GetPolicyResponse Policy() {
    grpc::ClientContext context;
    Authorize(context);
    v1::GetPolicyResponse policy;
    const grpc::Status status =
        v1::PolicyService::NewStub(channel_)->GetPolicy(&context, {}, &policy);
    if (!status.ok()) std::cerr << "watch_load: " << status.error_message() << "\n";
    return policy;
  }

  void Begin() {
    stub_ = v1::AddressBookService::NewStub(channel_);
    Authorize(context_);
    request_.set_device_id("bench");
    stub_->async()->WatchMatches(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_heartbeat() && !up_to_date_) {
      up_to_date_ = true;
      ++up_to_date;
    }
    if (response_.has_announced()) {
      heard_ = std::chrono::steady_clock::now();
      ++announced;
    }
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    if (!status.ok()) std::cerr << "watch_load: a watch ended: " << status.error_message() << "\n";
  }

  std::chrono::steady_clock::time_point heard() const { return heard_; }

 private:
  const std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AddressBookService::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchMatchesRequest request_;
  v1::WatchMatchesResponse response_;
  bool up_to_date_ = false;
  std::chrono::steady_clock::time_point heard_;
};

std::string BookOf(const crypto::Digester& digester, int device) {
  std::string packed;
  for (int contact = 0; contact < kContacts; ++contact) {
    const std::int64_t number = contact + 1 == kContacts
                                    ? 493'023'125'999
                                    : 49'150'000'000'000 + device * 1'000LL + contact;
    const crypto::Digest digest = digester(*Identifier::Global(absl::StrCat(number)));
    packed.append(digest.bytes.begin(), digest.bytes.end());
  }
  return packed;
}

int Run(const std::string& server, const std::string& key, int devices) {
  std::vector<std::unique_ptr<Watch>> watches;
  watches.reserve(static_cast<std::size_t>(devices));
  crypto::EpochSalt salt{};
  v1::GetPolicyResponse policy;
  for (int i = 0; i < devices; ++i) {
    const auto token = crypto::SignToken(
        key,
        absl::StrCat(R"({"aud":"smart-contacts","tenant":"acme","sub":"sip:)", i,
                     R"(@acme.example","exp":)", absl::ToUnixSeconds(absl::Now()) + 3600, "}"));
    watches.push_back(std::make_unique<Watch>(server, token.value_or("")));
    if (i == 0) {
      policy = watches.back()->Policy();
      std::copy(policy.epoch().salt().begin(), policy.epoch().salt().end(), salt.bytes.begin());
    }
    const grpc::Status status = watches.back()->Sync(policy, BookOf(crypto::Digester(salt), i));
    if (!status.ok()) {
      std::cerr << "watch_load: " << status.error_message() << "\n";
      return 1;
    }
    watches.back()->Begin();
  }
  const auto wait = [devices](const std::atomic<int>& count) {
    while (count < devices) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  wait(up_to_date);
  std::cout << "watching" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  const auto begin = std::chrono::steady_clock::now();
  wait(announced);
  std::vector<double> milliseconds;
  milliseconds.reserve(watches.size());
  for (const auto& watch : watches) {
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(watch->heard() - begin).count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) {
    return milliseconds[static_cast<std::size_t>(share *
                                                 static_cast<double>(milliseconds.size() - 1))];
  };
  std::cout << "{\"announced\":" << devices << ",\"p50_ms\":" << at(0.5)
            << ",\"p99_ms\":" << at(0.99) << "}" << std::endl;
  std::_Exit(0);  // the watches go on until somebody ends them
}

}  // namespace
}  // namespace smartcontacts

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: watch_load SERVER SIGNING_KEY_FILE DEVICES\n";
    return 2;
  }
  smartcontacts::crypto::InitializeOrDie();
  std::ifstream file(argv[2]);
  const std::string key{std::istreambuf_iterator<char>(file), {}};
  return smartcontacts::Run(argv[1], key, std::stoi(argv[3]));
}
