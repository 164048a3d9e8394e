#include "tests/pgbouncer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <pqxx/pqxx>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace smartcontacts {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr uid_t kNobody = 65534;

}  // namespace

PgBouncer::PgBouncer(const PostgresServer& server) {
  std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
  const std::string users = directory_ / "users.txt";
  WriteFile(users, absl::StrCat("\"", PostgresServer::kService, "\" \"\"\n"));
  const std::string configuration = directory_ / "pgbouncer.ini";
  // A small pool, so that one client's transactions run on other connections each time.
  // Each test has databases of its own, and PostgreSQL has connections for about fifty of them.
  WriteFile(
      configuration,
      absl::StrCat("[databases]\n* = host=127.0.0.1 port=", server.port(),
                   "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ", port_,
                   "\nunix_socket_dir =\nauth_type = trust\nauth_file = ", users,
                   "\npool_mode = transaction\ndefault_pool_size = 3\nserver_idle_timeout = 5\n"));
  process_ = std::make_unique<Process>(std::vector<std::string>{PGBOUNCER_PROGRAM, configuration},
                                       directory_ / "pgbouncer", std::vector<std::string>(),
                                       geteuid() == 0 ? std::optional(kNobody) : std::nullopt);
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline && process_->Running()) {
    try {
      pqxx::connection connection(server.Uri("postgres", PostgresServer::kService, port_));
      return;
    } catch (const pqxx::failure&) {
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
  ADD_FAILURE() << "PgBouncer does not come up: " << process_->Err();
}

}  // namespace smartcontacts
