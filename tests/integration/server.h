// A real server of a test's own: its directory, its free ports, its process.

#ifndef SMART_CONTACTS_TESTS_INTEGRATION_SERVER_H_
#define SMART_CONTACTS_TESTS_INTEGRATION_SERVER_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "smartcontacts/admin/v1/directory_service.grpc.pb.h"
#include "smartcontacts/admin/v1/epoch_service.grpc.pb.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"
#include "smartcontacts/v1/match_service.grpc.pb.h"
#include "smartcontacts/v1/policy_service.grpc.pb.h"
#include "smartcontacts/v1/receipt.pb.h"
#include "tests/postgres_server.h"
#include "tests/process.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::integration {

// Paths of the real programs.
inline constexpr char kServerProgram[] = SMART_CONTACTSD;
inline constexpr char kAdminProgram[] = SMART_CONTACTS_ADMIN;
inline constexpr char kPhoneProgram[] = SMART_CONTACTS;

// Whether the tests run against PostgreSQL (SMART_CONTACTS_TEST_BACKEND=postgres) or SQLite. The
// whole suite runs twice; what is about SQLite's files is skipped in one of them.
bool OnPostgres();
// One for all tests of the process; each has databases of its own.
const PostgresServer& Postgres();

// What an error tells a machine.
struct ErrorDetails {
  std::string reason;
  std::map<std::string, std::string> metadata;
  std::string field;
  bool retry = false;
};
ErrorDetails DetailsOf(const grpc::Status& status);

// The status has this code and this reason, which the test's output shows otherwise.
testing::AssertionResult Fails(const grpc::Status& status, grpc::StatusCode code,
                               const std::string& reason);

std::unique_ptr<grpc::ClientContext> CallWith(const std::string& token);

class Server {
 public:
  // Of the backend that the environment names; the database is made with the first start.
  Server();
  // On these PostgreSQL databases, with the data directory (keys and tokens) of `first` if given,
  // which must outlive it: a replica.
  Server(std::string database, std::string key_database, const Server* first = nullptr);

  // Another server on the same databases, not started; null on SQLite, which one server has.
  std::unique_ptr<Server> MakeReplica() const;
  // A backup of the data, without the keys, and starting from it: the server must be stopped then.
  std::string BackUpData();
  void RestoreData(const std::string& backup);

  // Changes the data behind the server's back, as time would.
  void Execute(const std::string& sql) const;

  // Starts `serve --dev` with further arguments and waits until it serves.
  void StartServer(const std::vector<std::string>& arguments = {});
  // What it starts `serve` with: development mode, free ports, the backend's databases.
  std::vector<std::string> DevArguments();
  // `serve` with these arguments only; not waited for.
  std::unique_ptr<Process> Serve(const std::vector<std::string>& arguments,
                                 std::optional<uid_t> user = {});
  // Reads the addresses from the log; a failure of the test if the server does not come up.
  void AwaitServing();
  Finished StopServer();

  Finished RunProgram(const char* program, const std::vector<std::string>& arguments,
                      const std::vector<std::string>& environment = {});
  // With the server and the administrator's token.
  Finished Admin(std::vector<std::string> arguments);
  // With the server, in the clear, as the owner of the token.
  Finished Phone(std::vector<std::string> arguments, const std::string& token);

  // A token as the PBX would sign it. `claims` are added or replace others (null removes).
  std::string Token(const std::string& tenant, const std::string& user,
                    const std::string& claims = "{}", const std::string& key_file = "");

  // ---- Through the operator's API ----
  void CreateTenant(const std::string& name);
  void UpdateTenant(const admin::v1::Tenant& tenant, const std::vector<std::string>& paths);
  // A subscriber "sip:USER@TENANT.example" with identifiers; answers the revision.
  std::int64_t Upsert(const std::string& tenant, const std::string& user,
                      const std::vector<std::string>& identifiers, bool enabled = true,
                      bool discoverable = true,
                      admin::v1::MatchingAccess access = admin::v1::MATCHING_ACCESS_UNSPECIFIED);
  std::int64_t Remove(const std::string& tenant, const std::string& user);
  std::int64_t Revision(const std::string& tenant);
  // Whether the service signed it.
  bool Valid(const v1::Receipt& receipt);

  // ---- As an app ----
  v1::GetPolicyResponse Policy(const std::string& token);
  // Digests of identifiers under the policy's salt, packed.
  static std::string Digests(const v1::GetPolicyResponse& policy,
                             const std::vector<std::string>& identifiers);
  grpc::Status Match(const std::string& token, const v1::MatchContactsRequest& request,
                     v1::MatchContactsResponse* response = nullptr);
  v1::MatchContactsRequest Request(const std::string& token,
                                   const std::vector<std::string>& identifiers);
  // "INDEX AOR" for each match; an error is a failure of the test.
  std::vector<std::string> MatchesOf(const std::string& token,
                                     const std::vector<std::string>& identifiers);

  const TemporaryDirectory directory_;
  const std::string data_;
  std::unique_ptr<Process> server_;
  std::string app_address_;
  std::string admin_address_;
  std::string metrics_address_;  // empty without --metrics-listen
  std::shared_ptr<grpc::Channel> app_;
  std::shared_ptr<grpc::Channel> admin_;
  std::string admin_token_;
  // For the next start.
  std::string program_ = kServerProgram;
  std::string listen_ = "127.0.0.1:0";

 private:
  int run_count_ = 0;
  std::string database_;  // empty: SQLite's file in the data directory, or not made yet
  std::string key_database_;
};

class ServerTest : public testing::Test, public Server {};

// What grpc.health.v1 says of a service; "" is the server as a whole.
std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& service = "");

// What HTTP answers at "HOST:PORT", HOST being an address: status line, headers and body.
std::string Http(const std::string& address, const std::string& method, const std::string& path);
// The body, behind an empty line.
std::string HttpGet(const std::string& address, const std::string& path);

// "INDEX AOR" for each.
std::vector<std::string> Lines(const google::protobuf::RepeatedPtrField<v1::Match>& matches);

}  // namespace smartcontacts::integration

#endif  // SMART_CONTACTS_TESTS_INTEGRATION_SERVER_H_
