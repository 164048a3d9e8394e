// The backend for a shared database: PostgreSQL, one for the data and one for the keys.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_POSTGRES_STORE_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_POSTGRES_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "storage/key_ring.h"
#include "storage/key_store.h"
#include "storage/postgres/database.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// Opens the data. FAILED_PRECONDITION as CheckServable() says; UNAVAILABLE if the database cannot
// be reached. Both must outlive the store. On a hot standby what reads works, and what writes is
// UNAVAILABLE.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(PostgresDatabase& database, KeyRing& keys);

// The same for the keys.
absl::StatusOr<std::unique_ptr<KeyStore>> OpenPostgresKeyStore(PostgresDatabase& database);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_POSTGRES_STORE_H_
