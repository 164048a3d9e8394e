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

}  // namespace
}  // namespace smartcontacts::integration
