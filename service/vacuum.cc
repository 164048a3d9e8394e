#include "service/vacuum.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "service/databases.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/schema.h"
#include "storage/postgres/vacuum.h"

namespace smartcontacts::service {

absl::Status VacuumDatabases(const VacuumConfig& config) {
  for (const auto& [database, schema] : {std::pair(config.database, &storage::DataSchema()),
                                         {config.key_database, &storage::KeySchema()}}) {
    if (database.empty()) continue;
    ASSIGN_OR_RETURN(const std::string options, storage::CompleteConnectionOptions(database));
    if (const absl::Status status = storage::Vacuum(options, *schema); !status.ok()) {
      return {status.code(), absl::StrCat(DescribeDatabase(database), ": ", status.message())};
    }
  }
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
