// The embedded backend: one file for the data, one for the keys, no server.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_SQLITE_STORE_H_
#define SMART_CONTACTS_STORAGE_SQLITE_SQLITE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/database_counters.h"
#include "storage/key_ring.h"
#include "storage/key_store.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// Opens the data file at `path`, or makes it. Errors: those of PrepareFile() in opening.h, and
// UNAVAILABLE if another server has it open. `keys` must outlive the store, which counts in
// `counters`.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const std::string& path, KeyRing& keys,
    std::shared_ptr<DatabaseCounters> counters = std::make_shared<DatabaseCounters>());

// The same for the key file.
absl::StatusOr<std::unique_ptr<KeyStore>> OpenSqliteKeyStore(
    const std::string& path,
    std::shared_ptr<DatabaseCounters> counters = std::make_shared<DatabaseCounters>());

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_SQLITE_STORE_H_
