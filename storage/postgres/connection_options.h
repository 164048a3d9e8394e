// How a PostgreSQL database is named on a command line.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_CONNECTION_OPTIONS_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_CONNECTION_OPTIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smartcontacts::storage {

// Whether `database` is libpq's: a URI ("postgresql://..."), or keywords that begin with
// "service=", "host=" or "dbname=". Anything else is a file.
bool IsPostgres(absl::string_view database);

// The keywords of `database`, with timeouts where it names none, so that a network that swallows
// packets is noticed. What is left out comes from libpq's environment, service and password files.
// INVALID_ARGUMENT, without repeating what may be a password, if libpq cannot read it.
absl::StatusOr<std::string> CompleteConnectionOptions(absl::string_view database);

// Host, port, database name, user and service, for logs and messages; never a password.
std::string DescribeConnection(absl::string_view database);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_CONNECTION_OPTIONS_H_
