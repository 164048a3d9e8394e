// A real PostgreSQL of a test's own: a directory, a free port on 127.0.0.1, a process.

#ifndef SMART_CONTACTS_TESTS_POSTGRES_SERVER_H_
#define SMART_CONTACTS_TESTS_POSTGRES_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/process.h"
#include "tests/temporary_directory.h"

namespace smartcontacts {

// A port nobody listens on at this moment.
int FreePort();

// Has two roles that may log in: kOwner, which migrates, and kService, which serves. Stopped and
// removed with the object. Not safe for concurrent use. What fails is a failure of the test.
class PostgresServer {
 public:
  static constexpr char kSuperuser[] = "postgres";
  static constexpr char kOwner[] = "smart_contacts_owner";
  static constexpr char kService[] = "smart_contacts";

  // Settings: "NAME=VALUE", as for `postgres -c`. With `directory` the data lies there; it must
  // exist and outlive the server.
  explicit PostgresServer(std::vector<std::string> settings = {}, std::string directory = "");
  // A hot standby that follows `primary` by streaming replication.
  explicit PostgresServer(const PostgresServer& primary);

  void Start();
  // Starts it if it has ended by itself.
  void EnsureRunning();
  // As an operator stops it: connections are ended, what was committed is written.
  void Stop();
  // As a crash: SIGKILL.
  void Kill();

  // Makes a standby a primary, as after the loss of the one it follows.
  void Promote() const;

  // Runs statements as superuser.
  void Execute(const std::string& sql, const std::string& database = "postgres") const;
  // The first field of the first row, as superuser.
  std::string Query(const std::string& sql, const std::string& database = "postgres") const;

  // An empty database of kOwner's.
  void CreateDatabase(const std::string& name) const;
  // Two databases that are migrated: NAME for data, NAME_keys for keys.
  void CreateMigrated(const std::string& name) const;

  // Writes a backup of a database to `file` (pg_dump), and makes a new database of one.
  void Backup(const std::string& name, const std::string& file) const;
  void Restore(const std::string& file, const std::string& name) const;

  // `port`: of something before the server, 0 for the server itself.
  std::string Uri(const std::string& database, const std::string& user = kService,
                  int port = 0) const;
  int port() const { return port_; }
  const std::string& data_directory() const { return data_directory_; }

 private:
  void AwaitReady();
  void CreateTemplates();

  const TemporaryDirectory directory_;
  const std::vector<std::string> settings_;
  const std::string data_directory_;
  const int port_ = FreePort();
  std::unique_ptr<Process> process_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_TESTS_POSTGRES_SERVER_H_
