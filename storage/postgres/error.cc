#include "storage/postgres/error.h"

#include <pqxx/except>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/postgres/opening.h"

namespace smartcontacts::storage {
namespace {

// https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr char kQueryCanceled[] = "57014";
constexpr char kLockNotAvailable[] = "55P03";
constexpr char kReadOnlyTransaction[] = "25006";
constexpr char kUndefinedTable[] = "42P01";
constexpr char kInvalidSchema[] = "3F000";

// SQLSTATE; empty if it is no error of a statement.
std::string CodeOf(const std::exception& exception) {
  const auto* error = dynamic_cast<const pqxx::sql_error*>(&exception);
  return error == nullptr ? "" : error->sqlstate();
}

}  // namespace

bool LostConnection(const std::exception& exception) {
  const std::string code = CodeOf(exception);
  // Class 08: connection exception; 57P: the server is going down or coming up. Connections that
  // end in the middle of a statement come from libpqxx 6 as a failure without a code.
  return dynamic_cast<const pqxx::broken_connection*>(&exception) != nullptr ||
         dynamic_cast<const pqxx::in_doubt_error*>(&exception) != nullptr ||
         absl::StartsWith(code, "08") || absl::StartsWith(code, "57P") ||
         absl::StrContains(exception.what(), "server closed the connection") ||
         absl::StrContains(exception.what(), "no connection to the server") ||
         absl::StrContains(exception.what(), "Connection timed out");
}

bool MayRepeat(const std::exception& exception) {
  return dynamic_cast<const pqxx::serialization_failure*>(&exception) != nullptr ||
         dynamic_cast<const pqxx::deadlock_detected*>(&exception) != nullptr;
}

absl::Status StatusOf(const std::exception& exception) {
  const std::string code = CodeOf(exception);
  if (dynamic_cast<const ConnectFailure*>(&exception) != nullptr) {
    return absl::UnavailableError(
        absl::StrCat("the database cannot be reached: ", exception.what()));
  }
  if (LostConnection(exception)) {
    return absl::UnavailableError("the connection to the database was lost");
  }
  if (MayRepeat(exception))
    return absl::UnavailableError("the database is busy with other changes");
  if (code == kQueryCanceled) return absl::UnavailableError("the database took too long");
  if (code == kLockNotAvailable) {
    return absl::UnavailableError("another change of this tenant holds the lock for too long");
  }
  if (code == kReadOnlyTransaction) {
    return absl::UnavailableError("the database is a read-only standby: changes go to the primary");
  }
  // Class 53: insufficient resources, disk_full among them.
  if (absl::StartsWith(code, "53")) {
    return absl::UnavailableError(
        absl::StrCat("the database is out of space, memory or connections (SQLSTATE ", code, ")"));
  }
  if (code == kUndefinedTable || code == kInvalidSchema) {
    return absl::FailedPreconditionError(
        "the database has no schema of this program: run smart-contactsd migrate");
  }
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&exception) != nullptr) {
    return absl::FailedPreconditionError(
        "the database refuses this user: run smart-contactsd migrate with --service-role");
  }
  if (!code.empty())
    return absl::InternalError(absl::StrCat("the database failed, SQLSTATE ", code));
  return absl::InternalError("the database failed");
}

}  // namespace smartcontacts::storage
