// A connection to PostgreSQL that ends when it is lost.

#ifndef SMART_CONTACTS_STORAGE_POSTGRES_OPENING_H_
#define SMART_CONTACTS_STORAGE_POSTGRES_OPENING_H_

#include <memory>
#include <pqxx/pqxx>
#include <string>

namespace smartcontacts::storage {

// A connection that could not be made. what() is libpq's reason in one line: who refused whom, and
// why, but no password and nothing that is stored.
class ConnectFailure : public pqxx::broken_connection {
 public:
  using pqxx::broken_connection::broken_connection;
};

// `options` as CompleteConnectionOptions() gives them. Throws ConnectFailure. libpqxx 6 would
// make a lost connection again behind our back, without our knowing what was lost with it; here it
// does not.
std::unique_ptr<pqxx::connection> OpenConnection(const std::string& options);

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_STORAGE_POSTGRES_OPENING_H_
