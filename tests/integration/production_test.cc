// A server as operators run it: with TLS, keys and tokens in files, and probes.

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/master_key.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr uid_t kNobody = 65534;

// A certificate for localhost, signed by itself.
class ProductionTest : public ServerTest {
 protected:
  ProductionTest() {
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

TEST_F(ProductionTest, AppsAreServedWithTlsAndNotInTheClear) {
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

TEST_F(ProductionTest, ACertificateAndAKeyThatDoNotBelongTogetherAreRefused) {
  MakeCertificate("other");
  std::vector<std::string> arguments = Arguments();
  arguments.back() = directory_ / "other.key";
  arguments.insert(arguments.end(), {"--data-directory", data_});
  const Finished result = Serve(arguments)->Wait();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("does not belong to the certificate"));
}

TEST_F(ProductionTest, WithoutDevEveryPartIsRequiredAndAllThatIsMissingIsNamed) {
  const Finished result = Serve({"--data-directory", data_})->Wait();
  EXPECT_EQ(result.exit_code, 2);
  for (const char* option : {"--master-key-file", "--tls-cert-file", "--tls-key-file",
                             "--jwks-file", "--admin-token-file"}) {
    EXPECT_THAT(result.err, HasSubstr(option));
  }
}

TEST_F(ProductionTest, ADataDirectoryThatIsNotThereIsMadeForItsOwnerAlone) {
  const std::filesystem::path data = directory_ / "new/data";
  std::vector<std::string> arguments = Arguments();
  arguments.insert(arguments.end(), {"--data-directory", data});
  server_ = Serve(arguments);
  AwaitServing();
  EXPECT_TRUE(std::filesystem::exists(data / "smart-contacts.db"));
  EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(ProductionTest, DevStaysOnThisMachine) {
  const Finished result =
      Serve({"--dev", "--data-directory", data_, "--listen", "0.0.0.0:0"})->Wait();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--dev has no TLS"));
}

TEST_F(ProductionTest, AllMistakesAreToldAtOnceAndNothingIsMade) {
  const std::string config = directory_ / "config.toml";
  WriteFile(
      config,
      "[serve]\nlisen = \"0.0.0.0:1\"\nsweep-interval-s = \"soon\"\n[sevre]\nlisten = \"x\"\n");
  WriteFile(directory_ / "master.key", "1:too-short");
  WriteFile(directory_ / "jwks.json", "{\"keys\":[]}");
  WriteFile(directory_ / "admin.token", "short");
  MakeCertificate("other");
  const std::string data = directory_ / "never-made";
  const Finished result = RunProgram(kServerProgram,
                                     {"--config",
                                      config,
                                      "serve",
                                      "--data-directory",
                                      data,
                                      "--databse=postgresql://secret@db",
                                      "--directory-memory-mib",
                                      "0",
                                      "--admin-listen",
                                      "nowhere",
                                      "--health-listen",
                                      "0.0.0.0:8443",
                                      "--metrics-listen",
                                      "0.0.0.0:8443",
                                      "--master-key-file",
                                      directory_ / "master.key",
                                      "--jwks-file",
                                      directory_ / "jwks.json",
                                      "--admin-token-file",
                                      directory_ / "admin.token",
                                      "--tls-cert-file",
                                      directory_ / "tls.crt",
                                      "--tls-key-file",
                                      directory_ / "other.key",
                                      "--listen",
                                      "0.0.0.0:8443"},
                                     {"SMART_CONTACTS_LOG_LEVEL=loud", "SMART_CONTACTS_DEV=perhaps",
                                      "SMART_CONTACTS_DRAIN_TIMEOUT_S=-1"});
  EXPECT_EQ(result.exit_code, 2);
  for (const char* mistake :
       {"is no option: serve.lisen", "is no option: sevre.listen", "--sweep-interval-s: \"soon\"",
        "no option --databse", "--directory-memory-mib: \"0\"", "--admin-listen: expected",
        "--health-listen: the same as --", "--metrics-listen: the same as --listen",
        "--log-level: \"loud\"", "--dev: \"perhaps\"", "--drain-timeout-s: \"-1\"",
        "--master-key-file: ", "--jwks-file: ", "--admin-token-file: ", "--tls-cert-file: "}) {
    EXPECT_THAT(result.err, HasSubstr(mistake));
  }
  EXPECT_THAT(result.err, Not(HasSubstr("secret")));
  EXPECT_THAT(result.err, Not(HasSubstr("too-short")));
  EXPECT_FALSE(std::filesystem::exists(data));
}

TEST_F(ProductionTest, FilesThatMayNotBeLookedAtAreMistakesToo) {
  const std::filesystem::path locked = directory_.path() / "locked";
  std::filesystem::create_directory(locked);
  std::filesystem::permissions(locked, std::filesystem::perms::owner_all);
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
  std::vector<std::string> arguments = Arguments();
  for (std::string& argument : arguments) {
    if (argument == data_ + "/dev-master.key") argument = locked / "master.key";
    if (argument == data_ + "/dev-jwks.json") argument = directory_ / "nowhere.json";
  }
  const Finished result = Serve(arguments, kNobody)->Wait();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--master-key-file: " + (locked / "master.key").string() +
                                    ": Permission denied"));
  EXPECT_THAT(result.err, HasSubstr("--jwks-file: there is no file"));
}

TEST_F(ProductionTest, ProbesThatSpeakNoTlsHaveAPortOfTheirOwn) {
  const std::string health = absl::StrCat("127.0.0.1:", FreePort());
  std::vector<std::string> arguments = Arguments();
  arguments.insert(arguments.end(), {"--data-directory", data_, "--health-listen", health,
                                     "--drain-timeout-s", "20"});
  server_ = Serve(arguments);
  AwaitServing();
  const auto probe = grpc::CreateChannel(health, grpc::InsecureChannelCredentials());
  for (const char* service : {"", "readiness", "liveness", "smartcontacts.Freshness"}) {
    EXPECT_EQ(HealthOf(probe, service), "SERVING") << service;
  }
  EXPECT_EQ(RunProgram(kServerProgram, {"healthcheck", "--health-server", health}).exit_code, 0);
  v1::GetPolicyResponse policy;
  EXPECT_EQ(
      v1::PolicyService::NewStub(probe)->GetPolicy(CallWith("").get(), {}, &policy).error_code(),
      StatusCode::UNIMPLEMENTED)
      << "there is nothing else on it";

  // While work in flight is finished, no calls are to come and nobody is to kill it.
  admin_ = grpc::CreateChannel(admin_address_, grpc::InsecureChannelCredentials());
  CreateTenant("acme");
  app_ = grpc::CreateChannel(
      app_address_, grpc::SslCredentials({.pem_root_certs = ReadFile(directory_ / "tls.crt")}));
  const auto context = CallWith(Token("acme", "caller"));
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  v1::MatchContactsStreamResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  server_->Signal(SIGTERM);
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (HealthOf(probe, "readiness") != "NOT_SERVING" && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(HealthOf(probe, "readiness"), "NOT_SERVING");
  EXPECT_EQ(HealthOf(probe), "NOT_SERVING");
  EXPECT_EQ(HealthOf(probe, "liveness"), "SERVING");
  const Finished no = RunProgram(kServerProgram, {"healthcheck", "--health-server", health});
  EXPECT_EQ(no.exit_code, 1);
  EXPECT_THAT(no.err, HasSubstr("no readiness"));
  EXPECT_EQ(RunProgram(kServerProgram,
                       {"healthcheck", "--health-server", health, "--service", "liveness"})
                .exit_code,
            0);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(server_->Wait().exit_code, 0);
  const Finished gone =
      RunProgram(kServerProgram, {"healthcheck", "--health-server", health, "--timeout-s", "1"});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.err, HasSubstr("does not answer"));
}

// ---- Files that are read again ----

// A volume as Kubernetes mounts a secret: files are links through ..data to a folder of a version,
// and another version is put in place by renaming that one link.
class MountedSecret {
 public:
  explicit MountedSecret(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
  }

  std::string operator/(const std::string& name) const { return path_ / name; }

  // Puts the version that is in `files` in place, all at once.
  void Update(const std::map<std::string, std::string>& files) {
    const std::string version = absl::StrCat("..version_", ++version_);
    std::filesystem::create_directory(path_ / version);
    for (const auto& [name, content] : files) {
      WriteFile(path_ / version / name, content);
      const auto link = path_ / name;
      if (!std::filesystem::is_symlink(link)) {
        std::filesystem::create_symlink(std::filesystem::path("..data") / name, link);
      }
    }
    std::filesystem::create_symlink(version, path_ / "..data_tmp");
    std::filesystem::rename(path_ / "..data_tmp", path_ / "..data");
    if (version_ > 1) {
      std::filesystem::remove_all(path_ / absl::StrCat("..version_", version_ - 1));
    }
  }

 private:
  const std::filesystem::path path_;
  int version_ = 0;
};

class MountedFilesTest : public ProductionTest {
 protected:
  void SetUp() override {
    files_ = {{"tls.crt", ReadFile(directory_ / "tls.crt")},
              {"tls.key", ReadFile(directory_ / "tls.key")},
              {"jwks.json", ReadFile(data_ + "/dev-jwks.json")},
              {"admin.token", "anna:" + std::string(32, 'a')},
              {"master.key", ReadFile(data_ + "/dev-master.key")}};
    secret_.Update(files_);
    Start();
    admin_token_ = std::string(32, 'a');
    CreateTenant("acme");
    Upsert("acme", "alice", {kNumber});
  }

  void Start() {
    server_ =
        Serve({"--listen", "localhost:0", "--admin-listen", "127.0.0.1:0", "--data-directory",
               directory_ / "data-for-real", "--master-key-file", secret_ / "master.key",
               "--admin-token-file", secret_ / "admin.token", "--jwks-file", secret_ / "jwks.json",
               "--tls-cert-file", secret_ / "tls.crt", "--tls-key-file", secret_ / "tls.key"});
    AwaitServing();
    admin_ = grpc::CreateChannel(admin_address_, grpc::InsecureChannelCredentials());
    app_ = ChannelThatTrusts(files_["tls.crt"]);
  }
  // With a connection of its own.
  std::shared_ptr<grpc::Channel> ChannelThatTrusts(const std::string& certificate) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(
        app_address_, grpc::SslCredentials({.pem_root_certs = certificate}), arguments);
  }
  bool Logs(const std::string& part) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      if (server_->Err().find(part) != std::string::npos) return true;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }
  Finished RewrapAs(const std::string& token) {
    WriteFile(directory_ / "token-of-admin", token);
    return RunProgram(kAdminProgram, {"keys", "rewrap", "--server", admin_address_,
                                      "--admin-token-file", directory_ / "token-of-admin"});
  }
  static constexpr char kNumber[] = "tel:+493023125001";
  MountedSecret secret_{directory_.path() / "secret"};
  std::map<std::string, std::string> files_;
};

TEST_F(MountedFilesTest, AllOfThemAreUsedAnewWithoutARestartOrALostConnection) {
  const std::string old_token = Token("acme", "caller");
  const auto old_channel = app_;
  const auto context = CallWith(old_token);
  const auto stub = v1::MatchService::NewStub(old_channel);
  const auto stream = stub->MatchContactsStream(context.get());
  v1::MatchContactsStreamRequest request;
  request.set_epoch(1);
  v1::MatchContactsStreamResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));

  MakeCertificate("next");
  ASSERT_EQ(RunProgram(kAdminProgram, {"token", "new-key", "--key-file", directory_ / "next.jwk",
                                       "--jwks-file", directory_ / "next.json"})
                .exit_code,
            0);
  WriteFile(directory_ / "old-master.key", files_["master.key"]);
  ASSERT_EQ(RunProgram(kAdminProgram, {"keys", "new-master", directory_ / "both-masters.key",
                                       "--previous", directory_ / "old-master.key"})
                .exit_code,
            0);
  const std::string both_masters = ReadFile(directory_ / "both-masters.key");
  files_ = {{"tls.crt", ReadFile(directory_ / "next.crt")},
            {"tls.key", ReadFile(directory_ / "next.key")},
            {"jwks.json", ReadFile(directory_ / "next.json")},
            {"admin.token", "berta:" + std::string(32, 'b')},
            {"master.key", both_masters}};
  secret_.Update(files_);

  EXPECT_TRUE(Logs("the master key was read again"));
  EXPECT_TRUE(Logs("the certificate was read again"));
  app_ = ChannelThatTrusts(files_["tls.crt"]);
  EXPECT_TRUE(app_->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(30))));
  const std::string token = Token("acme", "caller", "{}", directory_ / "next.jwk");
  EXPECT_THAT(MatchesOf(token, {kNumber}), ElementsAre("0 sip:alice@acme.example"));
  EXPECT_TRUE(Fails(Match(old_token, {}), StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
  EXPECT_TRUE(stream->Write(request) && stream->Read(&response))
      << "the connection of before lives";
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(RewrapAs(std::string(32, 'a')).exit_code, 1);
  const Finished rewrapped = RewrapAs(std::string(32, 'b'));
  EXPECT_EQ(rewrapped.exit_code, 0) << rewrapped.err;
  EXPECT_THAT(server_->Err(), HasSubstr("\"tenant_keys\":1,\"own_keys\":2"));

  // The version before is not needed any more, neither now nor after a restart.
  files_["master.key"] = both_masters.substr(both_masters.find("2:"));
  secret_.Update(files_);
  admin_token_ = std::string(32, 'b');
  EXPECT_EQ(StopServer().exit_code, 0);
  Start();
  EXPECT_THAT(MatchesOf(token, {kNumber}), ElementsAre("0 sip:alice@acme.example"));
}

// As people do who copy files: for a moment the certificate and the key do not fit.
TEST_F(MountedFilesTest, ACertificateIsServedWhenItsKeyIsThereAsWell) {
  const std::string token = Token("acme", "caller");
  const std::string old = files_["tls.crt"];
  MakeCertificate("next");
  files_["tls.crt"] = ReadFile(directory_ / "next.crt");
  secret_.Update(files_);
  EXPECT_TRUE(Logs("the certificate stays as it was"));
  app_ = ChannelThatTrusts(old);
  EXPECT_EQ(MatchesOf(token, {kNumber}).size(), 1U);
  files_["tls.key"] = ReadFile(directory_ / "next.key");
  secret_.Update(files_);
  EXPECT_TRUE(Logs("the certificate was read again"));
  app_ = ChannelThatTrusts(files_["tls.crt"]);
  EXPECT_EQ(MatchesOf(token, {kNumber}).size(), 1U);
}

TEST_F(MountedFilesTest, WhatCannotBeUsedIsNotUsedAndSaid) {
  const std::string token = Token("acme", "caller");
  const std::map<std::string, std::string> good = files_;
  files_["jwks.json"] = "nonsense";
  files_["admin.token"] = "short";
  files_["tls.crt"] = good.at("tls.key");
  files_["master.key"] = crypto::MasterKey::GenerateText(2);
  secret_.Update(files_);
  EXPECT_TRUE(Logs("the master key stays as it was"));
  EXPECT_TRUE(Logs("the certificate stays as it was"));
  app_ = ChannelThatTrusts(good.at("tls.crt"));  // a new connection has the old certificate
  EXPECT_THAT(MatchesOf(token, {kNumber}), ElementsAre("0 sip:alice@acme.example"));
  CreateTenant("globex");  // has a key that the present master key wraps
  EXPECT_TRUE(Logs("the JWK set stays as it was"));
  EXPECT_TRUE(Logs("the administrators' tokens stay as they were"));

  secret_.Update(good);
  files_ = good;
  EXPECT_TRUE(Logs("the master key was read again"));
  EXPECT_EQ(StopServer().exit_code, 0);
  Start();
  EXPECT_THAT(MatchesOf(Token("globex", "caller"), {kNumber}), ElementsAre());
}

}  // namespace
}  // namespace smartcontacts::integration
