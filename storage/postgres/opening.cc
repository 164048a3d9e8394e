#include "storage/postgres/opening.h"

namespace smartcontacts::storage {

std::unique_ptr<pqxx::connection> OpenConnection(const std::string& options) {
  auto connection = std::make_unique<pqxx::connection>(options);
// Deprecated because libpqxx 7, which does not reconnect at all, has no such call.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return connection;
}

}  // namespace smartcontacts::storage
