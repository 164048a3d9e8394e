// A step of a schema, from a numbered file under migrations/. Append only: a file that was released
// never changes.

#ifndef SMART_CONTACTS_STORAGE_MIGRATION_H_
#define SMART_CONTACTS_STORAGE_MIGRATION_H_

namespace smartcontacts::storage {

// The Nth of a schema, counted from 0, brings a database from version N to N + 1.
struct Migration {
  const char* name;
  const char* sql;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_MIGRATION_H_
