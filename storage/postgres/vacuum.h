// What PostgreSQL keeps of deleted rows.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_VACUUM_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_VACUUM_H_

#include <string>

#include "absl/status/status.h"
#include "storage/postgres/schema.h"

namespace smartcontacts::storage {

// Runs VACUUM on every table of the schema, beside live traffic: rows that were deleted, and that
// no transaction can see any more, leave their pages, and their place is used again. PostgreSQL
// does so of itself as well, only later. What it still holds is sealed, and of a purged tenant
// nothing can be opened.
//
// `options` as CompleteConnectionOptions() gives them, of the role that owns the tables.
// FAILED_PRECONDITION if the schema is not there or the role is not the owner; UNAVAILABLE;
// INTERNAL. After an error some of the tables may have been done.
absl::Status Vacuum(const std::string& options, const Schema& schema);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_VACUUM_H_
