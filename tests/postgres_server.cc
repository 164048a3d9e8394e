#include "tests/postgres_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/schema.h"

namespace smartcontacts {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

// PostgreSQL does not run as root.
const passwd* ServerUser() { return geteuid() == 0 ? getpwnam("postgres") : nullptr; }

std::optional<uid_t> ServerUserId() {
  const passwd* user = ServerUser();
  return user == nullptr ? std::nullopt : std::optional(user->pw_uid);
}

void GiveToServer(const std::filesystem::path& path) {
  if (const passwd* user = ServerUser()) {
    EXPECT_EQ(chown(path.c_str(), user->pw_uid, user->pw_gid), 0);
  }
}

}  // namespace

int FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(socket);
  return ntohs(address.sin_port);
}

PostgresServer::PostgresServer(std::vector<std::string> settings, std::string directory)
    : settings_(std::move(settings)),
      data_directory_(
          absl::StrCat(directory.empty() ? directory_.path().string() : directory, "/data")) {
  GiveToServer(directory_.path());
  std::filesystem::create_directory(data_directory_);
  GiveToServer(data_directory_);
  const Finished made =
      Process({INITDB_PROGRAM, "--pgdata", data_directory_, "--username", kSuperuser, "--auth",
               "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"},
              directory_ / "initdb", {}, ServerUserId())
          .Wait();
  EXPECT_EQ(made.exit_code, 0) << made.err;
  Start();
  for (const char* role : {kOwner, kService}) Execute(absl::StrCat("CREATE ROLE ", role, " LOGIN"));
  CreateTemplates();
}

PostgresServer::PostgresServer(const PostgresServer& primary)
    : settings_({"hot_standby=on"}), data_directory_(directory_ / "data") {
  GiveToServer(directory_.path());
  const Finished copied =
      Process({PG_BASEBACKUP_PROGRAM, "--pgdata", data_directory_, "--dbname",
               primary.Uri("postgres", kSuperuser), "--write-recovery-conf", "--checkpoint=fast"},
              directory_ / "basebackup", {}, ServerUserId())
          .Wait();
  EXPECT_EQ(copied.exit_code, 0) << copied.err;
  Start();
}

void PostgresServer::Start() {
  std::vector<std::string> command = {
      POSTGRES_PROGRAM,
      "-D",
      data_directory_,
      "-p",
      absl::StrCat(port_),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      absl::StrCat("unix_socket_directories=", directory_.path().string())};
  for (const std::string& setting : settings_) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  const absl::Time deadline = absl::Now() + kPatience;
  // After a crash the memory of the one before may still be in use for a moment.
  do {
    process_ = std::make_unique<Process>(command, directory_ / "postgres",
                                         std::vector<std::string>(), ServerUserId());
    AwaitReady();
  } while (!process_->Running() && absl::Now() < deadline);
  EXPECT_TRUE(process_->Running()) << process_->Err();
}

void PostgresServer::AwaitReady() {
  const absl::Time deadline = absl::Now() + kPatience;
  while (process_->Running() && absl::Now() < deadline) {
    try {
      pqxx::connection connection(Uri("postgres", kSuperuser));
      return;
    } catch (const pqxx::failure&) {
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
}

void PostgresServer::EnsureRunning() {
  absl::SleepFor(absl::Seconds(1));  // it may be about to end
  if (process_->Running()) {
    AwaitReady();
  } else {
    Start();
  }
}

void PostgresServer::Stop() {
  process_->Signal(SIGINT);
  process_->Wait();
}

void PostgresServer::Kill() {
  process_->Signal(SIGKILL);
  process_->Wait();
}

void PostgresServer::Promote() const { EXPECT_EQ(Query("SELECT pg_promote()"), "t"); }

void PostgresServer::Execute(const std::string& sql, const std::string& database) const {
  try {
    pqxx::connection connection(Uri(database, kSuperuser));
    pqxx::nontransaction(connection).exec(sql);
  } catch (const std::exception& exception) {
    ADD_FAILURE() << sql << ": " << exception.what();
  }
}

std::string PostgresServer::Query(const std::string& sql, const std::string& database) const {
  try {
    pqxx::connection connection(Uri(database, kSuperuser));
    return pqxx::nontransaction(connection).exec1(sql)[0].as<std::string>("");
  } catch (const std::exception& exception) {
    ADD_FAILURE() << sql << ": " << exception.what();
    return "";
  }
}

void PostgresServer::CreateDatabase(const std::string& name) const {
  Execute(absl::StrCat("CREATE DATABASE ", name, " OWNER ", kOwner));
}

void PostgresServer::CreateMigrated(const std::string& name) const {
  Execute(absl::StrCat("CREATE DATABASE ", name, " TEMPLATE migrated OWNER ", kOwner));
  Execute(absl::StrCat("CREATE DATABASE ", name, "_keys TEMPLATE migrated_keys OWNER ", kOwner));
}

void PostgresServer::Backup(const std::string& name, const std::string& file) const {
  const Finished dumped = Process({PG_DUMP_PROGRAM, "--format=custom", "--file", file, "--dbname",
                                   Uri(name, kSuperuser)},
                                  file + ".log")
                              .Wait();
  EXPECT_EQ(dumped.exit_code, 0) << dumped.err;
}

void PostgresServer::Restore(const std::string& file, const std::string& name) const {
  CreateDatabase(name);
  const Finished restored =
      Process({PG_RESTORE_PROGRAM, "--dbname", Uri(name, kSuperuser), file}, file + ".log").Wait();
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
}

void PostgresServer::CreateTemplates() {
  for (const auto& [name, schema] :
       {std::pair("migrated", &storage::DataSchema()), {"migrated_keys", &storage::KeySchema()}}) {
    CreateDatabase(name);
    storage::PostgresDatabase database(
        {.connection = *storage::CompleteConnectionOptions(Uri(name, kOwner)),
         .schema = schema->name});
    const auto status = storage::Migrate(database, *schema, {.service_role = kService});
    EXPECT_TRUE(status.ok()) << status.status();
  }
}

std::string PostgresServer::Uri(const std::string& database, const std::string& user,
                                int port) const {
  return absl::StrCat("postgresql://", user, "@127.0.0.1:", port == 0 ? port_ : port, "/",
                      database);
}

}  // namespace smartcontacts
