// What a subscriber chose, in PostgreSQL. Works in the caller's transaction and throws pqxx's
// exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_CHOICE_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_CHOICE_ROWS_H_

#include <optional>
#include <pqxx/pqxx>

#include "absl/status/statusor.h"
#include "domain/tenant.h"
#include "storage/sealed_rows.h"

namespace smartcontacts::storage::postgres {

// As DirectoryStore::SetChoice(). `tenant` was read with Lock::kUpdate.
absl::StatusOr<Subscriber> WriteChoice(pqxx::transaction_base& transaction, const Tenant& tenant,
                                       const Aor& aor, std::optional<bool> discoverable,
                                       std::optional<bool> announced, const RowSealer& sealer);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_CHOICE_ROWS_H_
