// The schemas of the embedded backend, as numbered files under migrations/.

#ifndef SMART_CONTACTS_STORAGE_SQLITE_MIGRATIONS_H_
#define SMART_CONTACTS_STORAGE_SQLITE_MIGRATIONS_H_

#include "absl/types/span.h"
#include "storage/migration.h"

namespace smartcontacts::storage {

absl::Span<const Migration> DataMigrations();
absl::Span<const Migration> KeyMigrations();

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_SQLITE_MIGRATIONS_H_
