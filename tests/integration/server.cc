#include "tests/integration/server.h"

#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "google/rpc/status.pb.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"

namespace smartcontacts::integration {

using nlohmann::json;

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status message;
  if (!message.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : message.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
      details.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (any.UnpackTo(&bad_request)) {
      details.field = bad_request.field_violations(0).field();
    } else if (any.Is<google::rpc::RetryInfo>()) {
      details.retry = true;
    }
  }
  return details;
}

testing::AssertionResult Fails(const grpc::Status& status, grpc::StatusCode code,
                               const std::string& reason) {
  const std::string actual = DetailsOf(status).reason;
  if (status.error_code() == code && actual == reason) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "status " << status.error_code() << ", reason \"" << actual
                                     << "\", message \"" << status.error_message() << "\"";
}

std::unique_ptr<grpc::ClientContext> CallWith(const std::string& token) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return context;
}

std::vector<std::string> Lines(const google::protobuf::RepeatedPtrField<v1::Match>& matches) {
  std::vector<std::string> lines;
  for (const v1::Match& match : matches)
    lines.push_back(absl::StrCat(match.index(), " ", match.aor()));
  return lines;
}

// grpc.health.v1.Health/Check by hand: Debian has no generated code for it.
std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto context = CallWith("");
  // HealthCheckRequest: service (1).
  const grpc::Slice request(
      service.empty() ? "" : absl::StrCat("\x0a", std::string(1, char(service.size())), service));
  const auto call = stub.PrepareUnaryCall(context.get(), "/grpc.health.v1.Health/Check",
                                          grpc::ByteBuffer(&request, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  grpc::Slice slice;
  if (!status.ok() || !response.DumpToSingleSlice(&slice).ok()) return status.error_message();
  // HealthCheckResponse: status (1).
  const std::string bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes == "\x08\x01" ? "SERVING" : bytes == "\x08\x02" ? "NOT_SERVING" : "UNKNOWN";
}

std::string Http(const std::string& address, const std::string& method, const std::string& path) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &server.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  std::string text;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0) {
    const std::string request = absl::StrCat(method, " ", path, " HTTP/1.0\r\n\r\n");
    EXPECT_EQ(send(socket, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }
  close(socket);
  return text;
}

std::string HttpGet(const std::string& address, const std::string& path) {
  const std::string text = Http(address, "GET", path);
  const std::size_t body = text.find("\r\n\r\n");
  return body == std::string::npos ? text : "\n" + text.substr(body + 4);
}

Server::Server() : data_(directory_ / "data") { crypto::InitializeOrDie(); }

Server::Server(std::string database, std::string key_database, const Server* first)
    : data_(first != nullptr ? first->data_ : directory_ / "data"),
      database_(std::move(database)),
      key_database_(std::move(key_database)) {
  crypto::InitializeOrDie();
}

bool OnPostgres() {
  const char* backend = std::getenv("SMART_CONTACTS_TEST_BACKEND");
  return backend != nullptr && std::string_view(backend) == "postgres";
}

const PostgresServer& Postgres() {
  static const PostgresServer server({"fsync=off"});
  return server;
}

std::unique_ptr<Server> Server::MakeReplica() const {
  if (database_.empty()) return nullptr;
  return std::make_unique<Server>(database_, key_database_, this);
}

std::string Server::BackUpData() {
  const std::string file = directory_ / absl::StrCat("backup-", ++run_count_);
  if (database_.empty()) {
    Execute(absl::StrCat("VACUUM INTO '", file, "'"));
  } else {
    Postgres().Backup(database_.substr(database_.rfind('/') + 1), file);
  }
  return file;
}

void Server::Execute(const std::string& sql) const {
  if (!database_.empty()) {
    Postgres().Execute("SET search_path TO smart_contacts; " + sql,
                       database_.substr(database_.rfind('/') + 1));
    return;
  }
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open((data_ + "/smart-contacts.db").c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_busy_timeout(database, 30'000), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

void Server::RestoreData(const std::string& backup) {
  if (database_.empty()) {
    for (const char* suffix : {"-wal", "-shm"}) {
      std::filesystem::remove(data_ + "/smart-contacts.db" + suffix);
    }
    std::filesystem::copy_file(backup, data_ + "/smart-contacts.db",
                               std::filesystem::copy_options::overwrite_existing);
    return;
  }
  const std::string name =
      absl::StrCat(database_.substr(database_.rfind('/') + 1), "_restored_", ++run_count_);
  Postgres().Restore(backup, name);
  database_ = Postgres().Uri(name);
}

std::vector<std::string> Server::DevArguments() {
  std::vector<std::string> arguments = {"--dev", "--data-directory", data_,        "--listen",
                                        listen_, "--admin-listen",   "127.0.0.1:0"};
  if (database_.empty() && OnPostgres()) {
    static int count = 0;
    const std::string name = absl::StrCat("integration_", ++count);
    Postgres().CreateMigrated(name);
    database_ = Postgres().Uri(name);
    key_database_ = Postgres().Uri(name + "_keys");
  }
  if (database_.empty()) return arguments;
  for (const std::string& argument :
       {std::string("--database"), database_, std::string("--key-database"), key_database_}) {
    arguments.push_back(argument);
  }
  return arguments;
}

std::unique_ptr<Process> Server::Serve(const std::vector<std::string>& arguments,
                                       std::optional<uid_t> user) {
  std::vector<std::string> command = {program_, "serve"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<Process>(command, directory_ / absl::StrCat("server-", ++run_count_),
                                   std::vector<std::string>(), user);
}

void Server::StartServer(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = DevArguments();
  all.insert(all.end(), arguments.begin(), arguments.end());
  server_ = Serve(all);
  AwaitServing();
  app_ = grpc::CreateChannel(app_address_, grpc::InsecureChannelCredentials());
  admin_ = grpc::CreateChannel(admin_address_, grpc::InsecureChannelCredentials());
  admin_token_ = ReadFile(data_ + "/dev-admin.token");
  absl::StripAsciiWhitespace(&admin_token_);
}

void Server::AwaitServing() {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (absl::Now() < deadline) {
    std::istringstream log(server_->Err());
    for (std::string line; std::getline(log, line);) {
      const json entry = json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (entry.is_discarded() || entry.value("message", "") != "serving") continue;
      app_address_ = entry["listen"];
      admin_address_ = entry["admin_listen"];
      metrics_address_ = entry["metrics_listen"];
      return;
    }
    ASSERT_TRUE(server_->Running()) << server_->Err();
    absl::SleepFor(absl::Milliseconds(10));
  }
  FAIL() << "the server does not come up: " << server_->Err();
}

Finished Server::StopServer() {
  // An open connection that nobody polls would not hear that the server goes away.
  app_.reset();
  admin_.reset();
  server_->Signal(SIGTERM);
  return server_->Wait();
}

Finished Server::RunProgram(const char* program, const std::vector<std::string>& arguments,
                            const std::vector<std::string>& environment) {
  std::vector<std::string> command = {program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Process(command, directory_ / absl::StrCat("run-", ++run_count_), environment).Wait();
}

Finished Server::Admin(std::vector<std::string> arguments) {
  for (const std::string& argument :
       {std::string("--server"), admin_address_, std::string("--admin-token-file"),
        data_ + "/dev-admin.token"}) {
    arguments.push_back(argument);
  }
  return RunProgram(kAdminProgram, arguments);
}

Finished Server::Phone(std::vector<std::string> arguments, const std::string& token) {
  const std::string token_file = directory_ / absl::StrCat("token-", ++run_count_);
  WriteFile(token_file, token);
  for (const std::string& argument :
       {std::string("--server"), app_address_, std::string("--plaintext"),
        std::string("--token-file"), token_file}) {
    arguments.push_back(argument);
  }
  return RunProgram(kPhoneProgram, arguments);
}

std::string Server::Token(const std::string& tenant, const std::string& user,
                          const std::string& claims, const std::string& key_file) {
  json all = {{"aud", "smart-contacts"},
              {"tenant", tenant},
              {"sub", absl::StrCat("sip:", user, "@", tenant, ".example")},
              {"exp", absl::ToUnixSeconds(absl::Now()) + 3600}};
  all.merge_patch(json::parse(claims));
  const std::string key = ReadFile(key_file.empty() ? data_ + "/dev-signing-key.jwk" : key_file);
  const auto token = crypto::SignToken(key, all.dump());
  EXPECT_TRUE(token.ok()) << token.status();
  return token.value_or("");
}

void Server::CreateTenant(const std::string& name) {
  admin::v1::CreateTenantRequest request;
  admin::v1::Tenant& tenant = *request.mutable_tenant();
  tenant.set_tenant_id(name);
  tenant.add_sip_domains(name + ".example");
  v1::DialPlan& plan = *tenant.mutable_policy()->mutable_dial_plan();
  plan.set_default_region("DE");
  plan.set_outside_line_prefix("0");
  plan.set_extension_pattern("[1-7][0-9]{2}");
  plan.set_phone_context(name + ".example");
  admin::v1::CreateTenantResponse response;
  const grpc::Status status = admin::v1::TenantService::NewStub(admin_)->CreateTenant(
      CallWith(admin_token_).get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

void Server::UpdateTenant(const admin::v1::Tenant& tenant, const std::vector<std::string>& paths) {
  admin::v1::UpdateTenantRequest request;
  *request.mutable_tenant() = tenant;
  for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
  admin::v1::UpdateTenantResponse response;
  const grpc::Status status = admin::v1::TenantService::NewStub(admin_)->UpdateTenant(
      CallWith(admin_token_).get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

std::int64_t Server::Upsert(const std::string& tenant, const std::string& user,
                            const std::vector<std::string>& identifiers, bool enabled,
                            bool discoverable, admin::v1::MatchingAccess access) {
  admin::v1::UpsertSubscribersRequest request;
  request.set_tenant_id(tenant);
  admin::v1::Subscriber& subscriber = *request.add_subscribers();
  subscriber.set_aor(absl::StrCat("sip:", user, "@", tenant, ".example"));
  for (const std::string& identifier : identifiers) subscriber.add_identifiers(identifier);
  subscriber.set_enabled(enabled);
  subscriber.set_discoverable(discoverable);
  subscriber.set_matching_access(access);
  admin::v1::UpsertSubscribersResponse response;
  const grpc::Status status = admin::v1::DirectoryService::NewStub(admin_)->UpsertSubscribers(
      CallWith(admin_token_).get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.revision();
}

std::int64_t Server::Remove(const std::string& tenant, const std::string& user) {
  admin::v1::RemoveSubscribersRequest request;
  request.set_tenant_id(tenant);
  request.add_aors(absl::StrCat("sip:", user, "@", tenant, ".example"));
  admin::v1::RemoveSubscribersResponse response;
  const grpc::Status status = admin::v1::DirectoryService::NewStub(admin_)->RemoveSubscribers(
      CallWith(admin_token_).get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.revision();
}

std::int64_t Server::Revision(const std::string& tenant) {
  admin::v1::GetTenantRequest request;
  request.set_tenant_id(tenant);
  admin::v1::GetTenantResponse response;
  const grpc::Status status = admin::v1::TenantService::NewStub(admin_)->GetTenant(
      CallWith(admin_token_).get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.tenant().revision();
}

bool Server::Valid(const v1::Receipt& receipt) {
  admin::v1::VerifyReceiptRequest request;
  *request.mutable_receipt() = receipt;
  admin::v1::VerifyReceiptResponse response;
  const grpc::Status status = admin::v1::PurgeService::NewStub(admin_)->VerifyReceipt(
      CallWith(admin_token_).get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.valid();
}

v1::GetPolicyResponse Server::Policy(const std::string& token) {
  v1::GetPolicyResponse policy;
  const grpc::Status status =
      v1::PolicyService::NewStub(app_)->GetPolicy(CallWith(token).get(), {}, &policy);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return policy;
}

std::string Server::Digests(const v1::GetPolicyResponse& policy,
                            const std::vector<std::string>& identifiers) {
  crypto::EpochSalt salt{};
  EXPECT_EQ(policy.epoch().salt().size(), salt.bytes.size());
  std::copy(policy.epoch().salt().begin(), policy.epoch().salt().end(), salt.bytes.begin());
  const crypto::Digester digester(salt);
  std::string packed;
  for (const std::string& identifier : identifiers) {
    const crypto::Digest digest = digester(*Identifier::Parse(identifier));
    packed.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  }
  return packed;
}

v1::MatchContactsRequest Server::Request(const std::string& token,
                                         const std::vector<std::string>& identifiers) {
  const v1::GetPolicyResponse policy = Policy(token);
  v1::MatchContactsRequest request;
  request.set_epoch(policy.epoch().number());
  request.set_digests(Digests(policy, identifiers));
  return request;
}

grpc::Status Server::Match(const std::string& token, const v1::MatchContactsRequest& request,
                           v1::MatchContactsResponse* response) {
  v1::MatchContactsResponse ignored;
  return v1::MatchService::NewStub(app_)->MatchContacts(CallWith(token).get(), request,
                                                        response != nullptr ? response : &ignored);
}

std::vector<std::string> Server::MatchesOf(const std::string& token,
                                           const std::vector<std::string>& identifiers) {
  v1::MatchContactsResponse response;
  const grpc::Status status = Match(token, Request(token, identifiers), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return Lines(response.matches());
}

}  // namespace smartcontacts::integration
