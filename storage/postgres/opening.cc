#include "storage/postgres/opening.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace smartcontacts::storage {

std::unique_ptr<pqxx::connection> OpenConnection(const std::string& options) {
  std::unique_ptr<pqxx::connection> connection;
  try {
    connection = std::make_unique<pqxx::connection>(options);
  } catch (const std::exception& exception) {
    std::string reason = exception.what();
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    absl::StripAsciiWhitespace(&reason);
    throw ConnectFailure(reason);
  }
// Deprecated because libpqxx 7, which does not reconnect at all, has no such call.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return connection;
}

}  // namespace smartcontacts::storage
