#include "service/migrate.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/table.h"
#include "domain/status_macros.h"
#include "service/databases.h"
#include "storage/postgres/schema.h"

namespace smartcontacts::service {
namespace {

// A migration may wait for another one, and rewrite a table.
constexpr std::int64_t kStatementTimeoutS = 3600;

const char* OutcomeName(const MigrateConfig& config, MigrateAction action,
                        const storage::SchemaStatus& found) {
  if (found.pending.empty()) return "up to date";
  if (action == MigrateAction::kStatus) return "pending";
  return config.dry_run ? "would be migrated" : "migrated";
}

}  // namespace

absl::Status MigrateDatabases(const MigrateConfig& config, MigrateAction action,
                              std::ostream& output) {
  DatabaseConfig databases = config.databases;
  databases.statement_timeout_s = kStatementTimeoutS;
  cli::Table table({"DATABASE", "SCHEMA", "VERSION", "OUTCOME", "MIGRATIONS"});
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& [connection, schema] : {std::pair(databases.data, &storage::DataSchema()),
                                           {databases.keys, &storage::KeySchema()}}) {
    ASSIGN_OR_RETURN(const auto database, OpenPostgres(connection, schema->name, databases));
    const absl::StatusOr<storage::SchemaStatus> found =
        action == MigrateAction::kStatus
            ? storage::ReadSchemaStatus(*database, *schema)
            : storage::Migrate(*database, *schema,
                               {.service_role = config.service_role, .dry_run = config.dry_run});
    if (!found.ok()) {
      return {found.status().code(),
              absl::StrCat(DescribeDatabase(connection), ": ", found.status().message())};
    }
    const char* const outcome = OutcomeName(config, action, *found);
    table.Add({DescribeDatabase(connection), schema->name,
               absl::StrCat(found->version, " of ", schema->migrations.size()), outcome,
               absl::StrJoin(found->pending, ", ")});
    json.push_back({{"database", DescribeDatabase(connection)},
                    {"schema", schema->name},
                    {"version", found->version},
                    {"program_version", schema->migrations.size()},
                    {"outcome", outcome},
                    {"migrations", found->pending}});
  }
  if (config.output == "json") {
    output << json.dump(2) << "\n";
  } else {
    table.Print(output);
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
