// A service that does what a test tells it to, behind a real connection.

#ifndef SMART_CONTACTS_TESTS_CLIENT_RETENTION_FAKE_SERVICE_H_
#define SMART_CONTACTS_TESTS_CLIENT_RETENTION_FAKE_SERVICE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/connection/connection.h"
#include "smartcontacts/v1/address_book_service.grpc.pb.h"
#include "smartcontacts/v1/match_service.grpc.pb.h"
#include "tests/client/refusal.h"

namespace smartcontacts::client {

// Calls are answered by the next of the prepared answers, one call at a time. A call that no answer
// was prepared for is a failure of the test.
class FakeService : public v1::AddressBookService::Service, public v1::MatchService::Service {
 public:
  using Sync = std::vector<v1::SyncAddressBookRequest>;
  using WatchWriter = grpc::ServerWriter<v1::WatchMatchesResponse>;

  FakeService() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(static_cast<v1::AddressBookService::Service*>(this));
    builder.RegisterService(static_cast<v1::MatchService::Service*>(this));
    server_ = builder.BuildAndStart();
    connection_ = std::make_unique<Connection>(
        *Connection::Open({.server = "127.0.0.1:" + std::to_string(port), .plaintext = true}));
  }
  ~FakeService() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status SyncAddressBook(grpc::ServerContext*,
                               grpc::ServerReader<v1::SyncAddressBookRequest>* reader,
                               v1::SyncAddressBookResponse* response) override {
    Sync sync;
    v1::SyncAddressBookRequest request;
    while (reader->Read(&request)) sync.push_back(request);
    syncs_.push_back(sync);
    response->set_sync_token("token " + std::to_string(syncs_.size()));
    response->set_retained_count(7);
    if (during_sync_) during_sync_();
    return Next(sync_answers_);
  }

  grpc::Status WatchMatches(grpc::ServerContext* context, const v1::WatchMatchesRequest* request,
                            WatchWriter* writer) override {
    watches_.push_back(*request);
    watch_ = context;
    const auto answer = Next(watch_answers_);
    return answer == nullptr ? grpc::Status(grpc::StatusCode::NOT_FOUND, "not prepared")
                             : answer(writer);
  }

  // Digests are answered with what stands in `subscribers_`.
  grpc::Status MatchContactsStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::MatchContactsStreamResponse, v1::MatchContactsStreamRequest>*
          stream) override {
    v1::MatchContactsStreamRequest request;
    std::uint32_t index = 0;
    while (stream->Read(&request)) {
      v1::MatchContactsStreamResponse response;
      for (std::size_t at = 0; at < request.digests().size(); at += 16, ++index) {
        asked_.push_back(request.digests().substr(at, 16));
        for (const auto& [digest, aor] : subscribers_) {
          if (digest != asked_.back()) continue;
          response.add_matches()->set_index(index);
          response.mutable_matches()->rbegin()->set_aor(aor);
        }
      }
      response.set_revision(revision_);
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  // What came.
  std::vector<Sync> syncs_;
  std::vector<v1::WatchMatchesRequest> watches_;
  const grpc::ServerContext* watch_ = nullptr;  // of the call that is being answered
  std::vector<std::string> asked_;
  // What is answered.
  std::deque<grpc::Status> sync_answers_;
  std::function<void()> during_sync_;  // before the answer to any
  std::deque<std::function<grpc::Status(WatchWriter*)>> watch_answers_;
  std::vector<std::pair<std::string, std::string>> subscribers_;  // digest, address of record
  std::int64_t revision_ = 1;
  std::unique_ptr<Connection> connection_;

 private:
  template <typename T>
  static T Next(std::deque<T>& answers) {
    EXPECT_FALSE(answers.empty()) << "a call too many";
    if (answers.empty()) return T();
    T answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  std::unique_ptr<grpc::Server> server_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_RETENTION_FAKE_SERVICE_H_
