// The schemas, as numbered files under migrations/. Append only: a file that was released never
// changes.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_MIGRATIONS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_MIGRATIONS_H_

#include "absl/types/span.h"

namespace smartcontacts::storage {

// The Nth entry brings a database from version N to N + 1.
absl::Span<const char* const> DataMigrations();
absl::Span<const char* const> KeyMigrations();

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_MIGRATIONS_H_
