// Transactions on a PostgreSQL database: a bounded number of connections, deadlines, and repeating
// what may safely be repeated.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_DATABASE_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_DATABASE_H_

#include <cstddef>
#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/database_counters.h"
#include "storage/postgres/connection_pool.h"

namespace smartcontacts::storage {

enum class Access {
  kRead,   // one state of the database from beginning to end; works on a hot standby
  kWrite,  // READ COMMITTED: whoever decides by what it reads locks it first
  // The same on a whole directory: with more time, and with other plans, because the planner does
  // not know how many rows were just staged.
  kBulkWrite,
  // Like kRead, of a few rows that are wanted now or not at all.
  kProbe,
};

// The scope of work that is on the list of tenants and not in one of them.
inline constexpr absl::string_view kAllTenants = "*";

struct DatabaseOptions {
  std::string connection;  // as CompleteConnectionOptions() gives it
  std::string schema;      // where the tables are
  std::size_t connections_max = 8;
  absl::Duration checkout_timeout = absl::Seconds(5);
  // Of one statement. A transaction may take a little longer than this before its connection is
  // given up.
  absl::Duration statement_timeout = absl::Seconds(30);
  // The same for kProbe, connecting and all.
  absl::Duration probe_timeout = absl::Seconds(3);
  // The same for kBulkWrite.
  absl::Duration bulk_statement_timeout = absl::Minutes(10);
  // How long a statement waits for somebody else's lock.
  absl::Duration lock_timeout = absl::Seconds(10);
};

// Safe for concurrent use.
class PostgresDatabase {
 public:
  using Body = absl::FunctionRef<absl::Status(pqxx::transaction_base&)>;

  explicit PostgresDatabase(DatabaseOptions options);

  // Runs `body` as one transaction in which row-level security shows `scope`'s rows only: a
  // tenant's name or kAllTenants. An error of `body` undoes the transaction and is returned. `body`
  // may run more than once, after a serialisation failure or a lost connection, so it keeps nothing
  // from one run to the next. A commit whose outcome was lost with the connection is looked up,
  // never repeated blindly. pqxx's exceptions end here:
  //   UNAVAILABLE      the database cannot be reached, is read-only, or full; a lock or a timeout
  //   NOT_FOUND etc.   what `body` returned
  //   INTERNAL         anything else
  absl::Status Run(Access access, absl::string_view scope, Body body);

  const DatabaseCounters& counters() const { return counters_; }

 private:
  struct Attempt;
  absl::Duration TimeoutOf(Access access) const;
  void Configure(pqxx::transaction_base& transaction, Access access, absl::string_view scope) const;
  absl::Status TryOnce(Access access, absl::string_view scope, Body body, Attempt& attempt);
  absl::Status FindOutcome(const std::string& transaction_id, Attempt& attempt);

  const DatabaseOptions options_;
  DatabaseCounters counters_;
  PostgresConnectionPool pool_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_DATABASE_H_
