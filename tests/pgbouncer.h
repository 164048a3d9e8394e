// A real PgBouncer in transaction pooling mode before a PostgreSQL of a test's own.

#ifndef SMART_CONTACTS_TESTS_PGBOUNCER_H_
#define SMART_CONTACTS_TESTS_PGBOUNCER_H_

#include <memory>

#include "tests/postgres_server.h"
#include "tests/process.h"
#include "tests/temporary_directory.h"

namespace smartcontacts {

// Accepts connections from construction to destruction. `server` must outlive it.
class PgBouncer {
 public:
  explicit PgBouncer(const PostgresServer& server);
  // For PostgresServer::Uri().
  int port() const { return port_; }

 private:
  const TemporaryDirectory directory_;
  const int port_ = FreePort();
  std::unique_ptr<Process> process_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_TESTS_PGBOUNCER_H_
