// What pqxx's exceptions mean here. Their texts may quote rows, so only their kind is passed on.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_ERROR_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_ERROR_H_

#include <exception>

#include "absl/status/status.h"

namespace smartcontacts::storage {

// The connection was lost or could not be made.
bool LostConnection(const std::exception& exception);

// The transaction failed for others' sake (serialisation, deadlock) and would not do so again.
bool MayRepeat(const std::exception& exception);

// UNAVAILABLE, FAILED_PRECONDITION (the schema is not the program's, a privilege is missing) or
// INTERNAL, with a message for the log that has no contact data.
absl::Status StatusOf(const std::exception& exception);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_ERROR_H_
