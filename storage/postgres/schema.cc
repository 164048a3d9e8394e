#include "storage/postgres/schema.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "domain/status_macros.h"
#include "storage/postgres/values.h"

namespace smartcontacts::storage {
namespace {

// Of pg_advisory_xact_lock: "SCMI".
constexpr std::int64_t kMigrationLock = 0x53434d49;

std::int64_t ProgramVersion(const Schema& schema) {
  return static_cast<std::int64_t>(schema.migrations.size());
}

SchemaStatus ReadStatus(pqxx::transaction_base& transaction, const Schema& schema) {
  SchemaStatus status;
  // Looked for first: a table that is not there would end the transaction.
  if (!transaction.exec("SELECT to_regclass('schema_version')")[0][0].is_null()) {
    const pqxx::row row = transaction.exec1("SELECT version, compatible_from FROM schema_version");
    status = {.version = IntOf(row[0]), .compatible_from = IntOf(row[1])};
  }
  for (std::int64_t version = status.version; version < ProgramVersion(schema); ++version) {
    status.pending.emplace_back(schema.migrations[static_cast<std::size_t>(version)].name);
  }
  return status;
}

absl::Status CheckMigratable(pqxx::transaction_base& transaction, const Schema& schema,
                             const SchemaStatus& status, const std::string& service_role) {
  if (status.version > ProgramVersion(schema)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "schema ", schema.name, " has version ", status.version, ", this program knows ",
        ProgramVersion(schema), ": migrate with the newer version of the program"));
  }
  if (!transaction.exec_params1("SELECT to_regnamespace($1)", std::string(schema.kept_apart))[0]
           .is_null()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this database has schema ", schema.kept_apart,
                     ": data and keys belong into two databases with backups of their own, because "
                     "a backup that has both undoes a purge"));
  }
  if (transaction.exec_params("SELECT 1 FROM pg_roles WHERE rolname = $1", service_role).empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no role ", service_role,
        " for the service: CREATE ROLE it with LOGIN and a password, and nothing else, "
        "or name another one with --service-role"));
  }
  return absl::OkStatus();
}

void Apply(pqxx::transaction_base& transaction, const Schema& schema, std::int64_t from,
           const std::string& service_role) {
  const std::string role = transaction.quote_name(service_role);
  transaction.exec(absl::StrCat("CREATE SCHEMA IF NOT EXISTS ", schema.name));
  if (from == 0) {
    transaction.exec(
        "CREATE TABLE IF NOT EXISTS schema_version (id smallint PRIMARY KEY CHECK (id = 1), "
        "version bigint NOT NULL, compatible_from bigint NOT NULL);"
        "INSERT INTO schema_version VALUES (1, 0, 1) ON CONFLICT DO NOTHING");
  }
  for (std::int64_t version = from; version < ProgramVersion(schema); ++version) {
    transaction.exec(schema.migrations[static_cast<std::size_t>(version)].sql);
    transaction.exec_params("UPDATE schema_version SET version = $1", version + 1);
  }
  transaction.exec(absl::StrCat("GRANT USAGE ON SCHEMA ", schema.name, " TO ", role));
  transaction.exec(absl::StrReplaceAll(schema.grants, {{":service", role}}));
}

}  // namespace

absl::StatusOr<SchemaStatus> ReadSchemaStatus(PostgresDatabase& database, const Schema& schema) {
  SchemaStatus status;
  RETURN_IF_ERROR(
      database.Run(Access::kRead, kAllTenants, [&](pqxx::transaction_base& transaction) {
        status = ReadStatus(transaction, schema);
        return absl::OkStatus();
      }));
  return status;
}

absl::StatusOr<SchemaStatus> Migrate(PostgresDatabase& database, const Schema& schema,
                                     const MigrateOptions& options) {
  SchemaStatus before;
  const absl::Status undone = absl::CancelledError("a dry run");
  const absl::Status status = database.Run(
      Access::kWrite, kAllTenants, [&](pqxx::transaction_base& transaction) -> absl::Status {
        // Of the transaction, not the session: that works through a pooler as well. Another
        // migration may take its time; a table that is in use may not stop the service for long.
        const std::string patience =
            transaction.exec1("SELECT current_setting('lock_timeout')")[0].c_str();
        transaction.exec("SET LOCAL lock_timeout = 0");
        transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kMigrationLock);
        transaction.exec_params("SELECT set_config('lock_timeout', $1, true)", patience);
        before = ReadStatus(transaction, schema);
        RETURN_IF_ERROR(CheckMigratable(transaction, schema, before, options.service_role));
        Apply(transaction, schema, before.version, options.service_role);
        return options.dry_run ? undone : absl::OkStatus();
      });
  if (!status.ok() && status != undone) return status;
  return before;
}

absl::Status CheckServable(PostgresDatabase& database, const Schema& schema) {
  return database.Run(
      Access::kRead, kAllTenants, [&](pqxx::transaction_base& transaction) -> absl::Status {
        const SchemaStatus status = ReadStatus(transaction, schema);
        if (!status.pending.empty()) {
          return absl::FailedPreconditionError(
              absl::StrCat("schema ", schema.name, " has version ", status.version,
                           ", this program needs ", ProgramVersion(schema),
                           ": run smart-contactsd migrate up (or this role may not read it)"));
        }
        if (status.compatible_from > ProgramVersion(schema)) {
          return absl::FailedPreconditionError(
              absl::StrCat("schema ", schema.name, " has version ", status.version,
                           " and works with programs "
                           "that know version ",
                           status.compatible_from, " or newer; this one knows ",
                           ProgramVersion(schema), ": use a newer version of the program"));
        }
        const pqxx::row role = transaction.exec_params1(
            "SELECT rolsuper OR rolbypassrls, "
            "has_schema_privilege($1, 'CREATE') OR EXISTS (SELECT 1 FROM pg_class "
            "  WHERE relnamespace = to_regnamespace($1) AND pg_has_role(relowner, 'MEMBER')) "
            "FROM pg_roles WHERE rolname = current_user",
            std::string(schema.name));
        if (role[0].as<bool>() || role[1].as<bool>()) {
          return absl::FailedPreconditionError(absl::StrCat(
              "the role that this connects with ",
              role[0].as<bool>() ? "is a superuser or has BYPASSRLS"
                                 : "owns tables or may change the schema",
              ", so that row-level security would not hold it: serve with a role of its own, and "
              "name that to smart-contactsd migrate up --service-role"));
        }
        return absl::OkStatus();
      });
}

}  // namespace smartcontacts::storage
