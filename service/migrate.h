// `smart-contactsd migrate`.

#ifndef SMART_CONTACTS_SERVICE_MIGRATE_H_
#define SMART_CONTACTS_SERVICE_MIGRATE_H_

#include <ostream>

#include "absl/status/status.h"
#include "service/config.h"

namespace smartcontacts::service {

enum class MigrateAction { kStatus, kUp };

// Shows what each database has and, with kUp, brings it up to date. Errors name the database; the
// one before it may have been migrated already, and running again goes on from there.
absl::Status MigrateDatabases(const MigrateConfig& config, MigrateAction action,
                              std::ostream& output);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_MIGRATE_H_
