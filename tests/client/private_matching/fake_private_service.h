// A service of the private mode in this process, behind a real connection: it does what the
// contract says, unless a test has it err or lie.

#ifndef SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_FAKE_PRIVATE_SERVICE_H_
#define SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_FAKE_PRIVATE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/connection/connection.h"
#include "crypto/oprf_server.h"
#include "crypto/signing.h"
#include "smartcontacts/v1/policy_service.grpc.pb.h"
#include "smartcontacts/v1/private_match_service.grpc.pb.h"

namespace smartcontacts::client {

// What a test may change of one answer of GetSealedDirectory. It is signed between.
struct DirectoryAnswer {
  v1::SealedDirectoryHeader header;
  std::vector<v1::SealedDirectoryChunk> chunks;
};

class FakePrivateService : public v1::PrivateMatchService::Service,
                           public v1::PolicyService::Service {
 public:
  static constexpr std::size_t kLabelSize = 64;

  FakePrivateService();
  ~FakePrivateService() override;

  // --- The directory. Each change is a revision.
  void Put(const std::string& identifier, const std::string& aor);
  void PutUnder(const crypto::OprfOutput& output, const std::string& label);
  void Remove(const std::string& identifier, const std::string& aor);
  // A new epoch, with a key of its own; the directory stays as it is.
  void Rotate();
  // Entries that nobody can open.
  void Pad(std::size_t count);

  crypto::OprfOutput OutputOf(const std::string& identifier) const;
  v1::GetPolicyResponse Policy() const;

  // --- What the service is like.
  bool download_whole_ = true;
  int bucket_bits_ = 0;
  int batch_max_ = 100;
  std::int64_t evaluation_capacity_ = 5000;
  v1::PrivateMode mode_ = v1::PRIVATE_MODE_OFFERED;
  std::size_t chunk_entries_ = 3;
  std::int64_t epoch_ = 1;
  std::int64_t revision_ = 0;
  // Changes since an older one are not known.
  std::int64_t changes_floor_ = 0;

  // --- How it errs. Calls are answered with these first; OK: as always.
  std::deque<grpc::Status> evaluation_errors_;  // one for each batch
  std::deque<grpc::Status> directory_errors_;
  std::function<void()> before_evaluation_;

  // --- How it lies.
  std::function<void(v1::EvaluateBlindedStreamResponse&)> change_evaluation_;
  std::function<void(DirectoryAnswer&)> change_before_hash_;
  std::function<void(DirectoryAnswer&)> change_before_signature_;
  std::function<void(DirectoryAnswer&)> change_after_signature_;
  std::function<void(std::vector<v1::GetSealedDirectoryResponse>&)> change_pieces_;
  // Evaluates with another key than it says.
  std::unique_ptr<crypto::OprfServer> other_key_;

  // --- What came.
  std::vector<std::size_t> batches_;  // elements of each
  int unary_evaluations_ = 0;
  int streams_ = 0;
  std::vector<v1::GetSealedDirectoryRequest> directory_requests_;

  const crypto::Signer& signer() const { return *signer_; }
  crypto::OprfServer& oprf() const { return *oprf_; }
  const Connection& connection() const { return *connection_; }
  // Others sign from now on: the service of another tenant.
  void BecomeAnotherTenant();

  grpc::Status GetPolicy(grpc::ServerContext*, const v1::GetPolicyRequest*,
                         v1::GetPolicyResponse* response) override;
  grpc::Status EvaluateBlinded(grpc::ServerContext*, const v1::EvaluateBlindedRequest* request,
                               v1::EvaluateBlindedResponse* response) override;
  grpc::Status EvaluateBlindedStream(
      grpc::ServerContext*, grpc::ServerReaderWriter<v1::EvaluateBlindedStreamResponse,
                                                     v1::EvaluateBlindedStreamRequest>*) override;
  grpc::Status GetSealedDirectory(
      grpc::ServerContext*, const v1::GetSealedDirectoryRequest* request,
      grpc::ServerWriter<v1::GetSealedDirectoryResponse>* writer) override;

 private:
  struct Row {
    std::string identifier;  // empty: sealed under `output`, or padding
    crypto::OprfOutput output;
    std::string aor;
    std::uint64_t version = 0;
    std::int64_t revision = 0;
    bool padding = false;
  };
  struct Removal {
    std::string identifier;
    std::int64_t revision = 0;
  };

  grpc::Status Evaluate(std::int64_t epoch, const std::string& elements,
                        v1::EvaluateBlindedStreamResponse& response);
  void Answer(const v1::GetSealedDirectoryRequest& request, DirectoryAnswer& answer);
  std::string Sealed(const Row& row) const;
  void Sign(v1::SealedDirectoryHeader& header) const;

  mutable std::mutex mutex_;  // calls that the client gave up may still be under way
  std::vector<Row> rows_;
  std::vector<Removal> removals_;
  std::unique_ptr<crypto::OprfServer> oprf_;
  std::unique_ptr<crypto::Signer> signer_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Connection> connection_;
};

// All entries, one after the other, and the other way round.
std::string EntriesOf(const DirectoryAnswer& answer);
void SetEntries(DirectoryAnswer& answer, const std::string& entries);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_FAKE_PRIVATE_SERVICE_H_
