// The schemas in PostgreSQL: bringing them up to date, and finding out whether a server may use
// one.
//
// A schema has a version, the number of migrations that were applied, and the version of the oldest
// program that still works with it. A migration that adds (expands) leaves the latter; one that
// takes something away (contracts) raises it by
//   UPDATE schema_version SET compatible_from = N;
// and belongs into a later release than the one that stopped using what it takes away. So the
// version before goes on serving while a new one rolls out.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_SCHEMA_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_SCHEMA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/migration.h"
#include "storage/postgres/database.h"

namespace smartcontacts::storage {

struct Schema {
  const char* name;
  absl::Span<const Migration> migrations;
  const char* grants;  // SQL with :service for the service's role
  // The schema that must not lie in the same database, because a backup would have both.
  const char* kept_apart;
};

const Schema& DataSchema();
const Schema& KeySchema();

struct SchemaStatus {
  std::int64_t version = 0;          // 0: there is no schema
  std::int64_t compatible_from = 0;  // the oldest program that works with it has this version
  std::vector<std::string> pending;  // the names of migrations that this program would apply
};

// Errors: those of PostgresDatabase::Run().
absl::StatusOr<SchemaStatus> ReadSchemaStatus(PostgresDatabase& database, const Schema& schema);

struct MigrateOptions {
  std::string service_role;  // gets the privileges that serving needs
  bool dry_run = false;      // everything is done, and undone
};

// Applies what is pending, in one transaction, and grants the service's role what it needs. Returns
// what was found, before. Several programs may do so at the same time: one of them migrates.
// FAILED_PRECONDITION if the schema is newer than this program, the role is missing, or the
// database holds the schema that is kept apart; UNAVAILABLE if a lock is not to be had in time,
// and nothing is changed then.
absl::StatusOr<SchemaStatus> Migrate(PostgresDatabase& database, const Schema& schema,
                                     const MigrateOptions& options);

// OK if this program may serve from the schema with the connection's role.
// FAILED_PRECONDITION, with what to do, if the schema is older than the program or not compatible
// with it, or the role could get round row-level security or change the schema.
absl::Status CheckServable(PostgresDatabase& database, const Schema& schema);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_SCHEMA_H_
