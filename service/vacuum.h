// `smart-contactsd vacuum`.

#ifndef SMART_CONTACTS_SERVICE_VACUUM_H_
#define SMART_CONTACTS_SERVICE_VACUUM_H_

#include "absl/status/status.h"
#include "service/config.h"

namespace smartcontacts::service {

// See storage::Vacuum(). Errors name the database.
absl::Status VacuumDatabases(const VacuumConfig& config);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_VACUUM_H_
