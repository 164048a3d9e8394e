#include "storage/postgres/lease_rows.h"

#include "storage/postgres/values.h"

namespace smartcontacts::storage::postgres {

bool TakeLease(pqxx::transaction_base& transaction, const std::string& name,
               const std::string& holder, absl::Duration duration, absl::Time now) {
  return transaction
             .exec_params(
                 "INSERT INTO leases (name, holder, expire_time) VALUES ($1, $2, $3) "
                 "ON CONFLICT (name) DO UPDATE "
                 "SET holder = excluded.holder, expire_time = excluded.expire_time "
                 "WHERE leases.holder = excluded.holder OR leases.expire_time <= $4",
                 name, holder, Micros(now + duration), Micros(now))
             .affected_rows() > 0;
}

}  // namespace smartcontacts::storage::postgres
