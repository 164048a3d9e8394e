// Leases in PostgreSQL. Works in the caller's transaction and throws pqxx's exceptions.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_LEASE_ROWS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_LEASE_ROWS_H_

#include <pqxx/pqxx>
#include <string>

#include "absl/time/time.h"

namespace smartcontacts::storage::postgres {

// As LeaseStore has it.
bool TakeLease(pqxx::transaction_base& transaction, const std::string& name,
               const std::string& holder, absl::Duration duration, absl::Time now);

}  // namespace smartcontacts::storage::postgres

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_LEASE_ROWS_H_
