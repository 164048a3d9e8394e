// Starting, being asked how it is, and stopping.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using testing::AllOf;
using testing::HasSubstr;

class LifecycleTest : public ServerTest {};

TEST_F(LifecycleTest, HealthIsAnsweredOnBothPortsWithoutACredential) {
  StartServer();
  for (const auto& channel : {app_, admin_}) {
    EXPECT_EQ(HealthOf(channel), "SERVING");
    EXPECT_EQ(HealthOf(channel, "smartcontacts.Freshness"), "SERVING");
  }
}

// How many files called core..., as this machine names them, a crash leaves in `folder`.
int CoreFiles(const std::string& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    count += absl::StartsWith(entry.path().filename().string(), "core") ? 1 : 0;
  }
  return count;
}

TEST_F(LifecycleTest, ACrashLeavesNoCopyOfTheMemory) {
  const std::string folder = directory_ / "crash";
  std::filesystem::create_directory(folder);
  const std::string unlimited = absl::StrCat("cd ", folder, " && ulimit -c unlimited && ");
  // What has no such precaution leaves one; if not even that does, this machine shows nothing.
  RunProgram("/bin/sh", {"-c", unlimited + "kill -SEGV $$"});
  if (CoreFiles(folder) != 1) GTEST_SKIP() << "core files go elsewhere on this machine";

  std::string command = unlimited + "exec \"$0\" serve \"$@\"";
  std::vector<std::string> all = {"/bin/sh", "-c", command, kServerProgram};
  for (const std::string& argument : DevArguments()) all.push_back(argument);
  server_ = std::make_unique<Process>(all, directory_ / "crashing");
  AwaitServing();
  server_->Signal(SIGSEGV);
  EXPECT_NE(server_->Wait().exit_code, 0) << "it did crash";
  EXPECT_EQ(CoreFiles(folder), 1);
}

TEST_F(LifecycleTest, ReflectionListsTheServices) {
  StartServer();
  grpc::GenericStub stub(app_);
  grpc::CompletionQueue queue;
  const auto context = CallWith("");
  const auto call = stub.PrepareCall(
      context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice request(std::string("\x3a\x01*", 3));  // list_services (7): "*"
  call->WriteLast(grpc::ByteBuffer(&request, 1), grpc::WriteOptions(), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  queue.Next(&tag, &ok);
  ASSERT_TRUE(ok);
  grpc::Slice slice;
  ASSERT_TRUE(response.DumpToSingleSlice(&slice).ok());
  const std::string bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  EXPECT_THAT(bytes, AllOf(HasSubstr("smartcontacts.v1.PolicyService"),
                           HasSubstr("smartcontacts.v1.MatchService")));
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  queue.Shutdown();
}

TEST_F(LifecycleTest, SigtermFinishesWorkInFlightAndRefusesNewWork) {
  StartServer();
  CreateTenant("acme");
  const std::string token = Token("acme", "caller");
  const auto context = CallWith(token);
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  request.set_digests(std::string(16, 'x'));
  v1::MatchContactsStreamResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));

  server_->Signal(SIGTERM);
  const auto refused = [&] {
    const auto fresh =
        grpc::CreateCustomChannel(app_address_, grpc::InsecureChannelCredentials(), [] {
          grpc::ChannelArguments arguments;
          arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
          return arguments;
        }());
    v1::GetPolicyResponse policy;
    return v1::PolicyService::NewStub(fresh)
               ->GetPolicy(CallWith(token).get(), {}, &policy)
               .error_code() == StatusCode::UNAVAILABLE;
  };
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!refused() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_TRUE(refused());
  EXPECT_TRUE(server_->Running());

  EXPECT_TRUE(stream->Write(request) && stream->Read(&response)) << "the stream goes on";
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  const Finished result = server_->Wait();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("\"draining\""), HasSubstr("\"stopped\"")));
}

TEST_F(LifecycleTest, WorkThatDoesNotFinishInTimeIsCancelled) {
  StartServer({"--drain-timeout-s", "0"});
  CreateTenant("acme");
  const auto context = CallWith(Token("acme", "caller"));
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  v1::MatchContactsStreamResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_EQ(StopServer().exit_code, 0);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(LifecycleTest, WhatWasWrittenIsThereAfterARestart) {
  StartServer();
  CreateTenant("acme");
  Upsert("acme", "alice", {"tel:+493023125001"});
  EXPECT_EQ(StopServer().exit_code, 0);
  StartServer();
  EXPECT_THAT(MatchesOf(Token("acme", "caller"), {"tel:+493023125001"}),
              testing::ElementsAre("0 sip:alice@acme.example"));
}

TEST_F(LifecycleTest, EveryLineOfTheLogIsJson) {
  StartServer({"--log-level", "debug"});
  CreateTenant("acme");
  MatchesOf(Token("acme", "caller"), {});
  std::istringstream log(StopServer().err);
  int lines = 0;
  for (std::string line; std::getline(log, line); ++lines) {
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  }
  EXPECT_GT(lines, 3);
}

// A certificate for localhost, signed by itself.
class TlsTest : public LifecycleTest {
 protected:
  TlsTest() {
    StartServer();  // makes the keys and tokens
    StopServer();
    MakeCertificate("tls");
  }

  void MakeCertificate(const std::string& name) {
    const Finished made = RunProgram(
        "/usr/bin/openssl",
        {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", directory_ / (name + ".key"), "-out", directory_ / (name + ".crt")});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  std::vector<std::string> Arguments() const {
    return {"--listen",           "localhost:0",
            "--admin-listen",     "127.0.0.1:0",
            "--master-key-file",  data_ + "/dev-master.key",
            "--admin-token-file", data_ + "/dev-admin.token",
            "--jwks-file",        data_ + "/dev-jwks.json",
            "--tls-cert-file",    directory_ / "tls.crt",
            "--tls-key-file",     directory_ / "tls.key"};
  }
};

TEST_F(TlsTest, AppsAreServedWithTlsAndNotInTheClear) {
  std::vector<std::string> arguments = Arguments();
  arguments.insert(arguments.end(), {"--data-directory", data_});
  server_ = Serve(arguments);
  AwaitServing();
  admin_ = grpc::CreateChannel(admin_address_, grpc::InsecureChannelCredentials());
  CreateTenant("acme");
  const std::string token = Token("acme", "caller");
  app_ = grpc::CreateChannel(
      app_address_, grpc::SslCredentials({.pem_root_certs = ReadFile(directory_ / "tls.crt")}));
  EXPECT_EQ(Policy(token).epoch().number(), 1);

  const auto plaintext = grpc::CreateChannel(app_address_, grpc::InsecureChannelCredentials());
  v1::GetPolicyResponse policy;
  EXPECT_EQ(v1::PolicyService::NewStub(plaintext)
                ->GetPolicy(CallWith(token).get(), {}, &policy)
                .error_code(),
            StatusCode::UNAVAILABLE);

  WriteFile(directory_ / "token", token);
  WriteFile(directory_ / "book.csv", "Name,Phone\nAlice,+49 30 23125001\n");
  const Finished match = RunProgram(
      kPhoneProgram, {"match", directory_ / "book.csv", "--server", app_address_, "--ca-file",
                      directory_ / "tls.crt", "--token-file", directory_ / "token"});
  EXPECT_EQ(match.exit_code, 0) << match.err;
  EXPECT_THAT(match.out, HasSubstr("0 matches for 1 numbers"));
}

TEST_F(TlsTest, ACertificateAndAKeyThatDoNotBelongTogetherAreRefused) {
  MakeCertificate("other");
  std::vector<std::string> arguments = Arguments();
  arguments.back() = directory_ / "other.key";
  arguments.insert(arguments.end(), {"--data-directory", data_});
  const Finished result = Serve(arguments)->Wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("does not belong to the certificate"));
}

TEST_F(TlsTest, WithoutDevEveryPartIsRequiredAndAllThatIsMissingIsNamed) {
  const Finished result = Serve({"--data-directory", data_})->Wait();
  EXPECT_EQ(result.exit_code, 2);
  for (const char* option : {"--master-key-file", "--tls-cert-file", "--tls-key-file",
                             "--jwks-file", "--admin-token-file"}) {
    EXPECT_THAT(result.err, HasSubstr(option));
  }
}

TEST_F(TlsTest, ADataDirectoryThatIsNotThereIsMadeForItsOwnerAlone) {
  const std::filesystem::path data = directory_ / "new/data";
  std::vector<std::string> arguments = Arguments();
  arguments.insert(arguments.end(), {"--data-directory", data});
  server_ = Serve(arguments);
  AwaitServing();
  EXPECT_TRUE(std::filesystem::exists(data / "smart-contacts.db"));
  EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(TlsTest, DevStaysOnThisMachine) {
  const Finished result =
      Serve({"--dev", "--data-directory", data_, "--listen", "0.0.0.0:0"})->Wait();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--dev has no TLS"));
}

}  // namespace
}  // namespace smartcontacts::integration
