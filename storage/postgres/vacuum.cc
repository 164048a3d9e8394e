#include "storage/postgres/vacuum.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "storage/postgres/error.h"
#include "storage/postgres/opening.h"

namespace smartcontacts::storage {
namespace {

// Tables, and partitions in place of the tables they make up.
constexpr char kTables[] =
    "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),"
    " pg_has_role(c.relowner, 'USAGE')"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY c.relname";

}  // namespace

absl::Status Vacuum(const std::string& options, const Schema& schema) {
  try {
    const auto connection = OpenConnection(options);
    pqxx::nontransaction session(*connection);  // VACUUM cannot be in a transaction
    const pqxx::result tables = session.exec_params(kTables, std::string(schema.name));
    if (tables.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("there is no schema ", schema.name, ": is this the right database?"));
    }
    for (const pqxx::row& table : tables) {
      // VACUUM passes over what the role does not own, with a warning that nobody would see.
      if (!table[1].as<bool>()) {
        return absl::FailedPreconditionError(
            absl::StrCat("connect as the role that owns schema ", schema.name));
      }
    }
    session.exec("SET statement_timeout = 0");
    for (const pqxx::row& table : tables) {
      session.exec(absl::StrCat("VACUUM ", table[0].as<std::string>()));
    }
    return absl::OkStatus();
  } catch (const std::exception& exception) {
    return StatusOf(exception);
  }
}

}  // namespace smartcontacts::storage
