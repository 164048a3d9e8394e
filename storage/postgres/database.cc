#include "storage/postgres/database.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/postgres/error.h"

namespace smartcontacts::storage {
namespace {

constexpr int kAttemptsMax = 4;
constexpr absl::Duration kBackOffMin = absl::Milliseconds(50);
// A transaction has a few statements; what takes longer than one statement may and this is lost.
constexpr absl::Duration kGrace = absl::Seconds(10);
constexpr char kWorkMemory[] = "'4MB'";
constexpr char kBulkWorkMemory[] = "'64MB'";
// How long an outcome that was lost is looked for.
constexpr absl::Duration kOutcomePatience = absl::Seconds(20);

absl::Duration BackOff(int attempt) {
  absl::BitGen generator;
  return kBackOffMin * (1 << attempt) * absl::Uniform(generator, 0.5, 1.5);
}

std::unique_ptr<pqxx::dbtransaction> Begin(pqxx::connection& connection, Access access) {
  if (access == Access::kRead || access == Access::kProbe) {
    return std::make_unique<pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>>(connection);
  }
  return std::make_unique<pqxx::work>(connection);
}

}  // namespace

// What one attempt tells the next.
struct PostgresDatabase::Attempt {
  absl::Time deadline;
  bool repeatable = false;  // nothing of it remained
};

PostgresDatabase::PostgresDatabase(DatabaseOptions options)
    : options_(std::move(options)),
      pool_(options_.connection, options_.connections_max, options_.checkout_timeout, counters_) {}

absl::Duration PostgresDatabase::TimeoutOf(Access access) const {
  switch (access) {
    case Access::kBulkWrite:
      return options_.bulk_statement_timeout;
    case Access::kProbe:
      return options_.probe_timeout;
    default:
      return options_.statement_timeout;
  }
}

absl::Status PostgresDatabase::Run(Access access, absl::string_view scope, Body body) {
  const absl::Time deadline =
      absl::Now() + TimeoutOf(access) + (access == Access::kProbe ? absl::ZeroDuration() : kGrace);
  for (int number = 0;; ++number) {
    Attempt attempt{.deadline = deadline};
    absl::Status status = TryOnce(access, scope, body, attempt);
    if (status.ok() || !attempt.repeatable || number + 1 == kAttemptsMax) return status;
    absl::SleepFor(BackOff(number));
    if (absl::Now() >= deadline) return status;
  }
}

// For this transaction only: the connection may be a pooler's, and somebody else's afterwards. SET
// LOCAL rather than set_config(), because distributed engines pass only that on to their nodes.
void PostgresDatabase::Configure(pqxx::transaction_base& transaction, Access access,
                                 absl::string_view scope) const {
  // Statements on some rows of large tables go by index and those on all of them do not, whatever
  // the statistics of the moment say: after an import there are none.
  const bool bulk = access == Access::kBulkWrite;
  const char* const by_index = bulk ? "off" : "on";
  const char* const by_scan = bulk ? "on" : "off";
  transaction.exec(absl::StrCat(
      "SET LOCAL search_path = ", options_.schema,
      ", pg_temp; SET LOCAL smart_contacts.tenant = ", transaction.quote(std::string(scope)),
      "; SET LOCAL statement_timeout = ", absl::ToInt64Milliseconds(TimeoutOf(access)),
      "; SET LOCAL lock_timeout = ", absl::ToInt64Milliseconds(options_.lock_timeout),
      "; SET LOCAL enable_nestloop = ", by_index, "; SET LOCAL enable_hashjoin = ", by_scan,
      "; SET LOCAL enable_mergejoin = ", by_scan,
      // A page of a large directory is a walk along the index, not a sort of all that remains.
      "; SET LOCAL enable_bitmapscan = ", by_scan, "; SET LOCAL enable_seqscan = ", by_scan,
      "; SET LOCAL work_mem = ", bulk ? kBulkWorkMemory : kWorkMemory));
}

absl::Status PostgresDatabase::TryOnce(Access access, absl::string_view scope, Body body,
                                       Attempt& attempt) {
  std::string transaction_id;
  bool committing = false;
  try {
    auto lease = pool_.Borrow(attempt.deadline);
    if (!lease.ok()) return std::move(lease).status();
    const auto transaction = Begin((*lease)->connection(), access);
    Configure(*transaction, access, scope);
    absl::Status status = body(*transaction);
    if (status.ok()) {
      if (access == Access::kWrite || access == Access::kBulkWrite) {
        transaction_id = transaction->exec("SELECT pg_current_xact_id_if_assigned()::text")[0][0]
                             .as<std::string>("");
      }
      committing = true;
      transaction->commit();
      committing = false;
    } else {
      transaction->abort();
    }
    (*lease)->KeepForOthers();
    return status;
  } catch (const std::exception& exception) {
    const bool lost = LostConnection(exception);
    if (!MayRepeat(exception)) ++counters_.errors;
    if (lost) pool_.ForgetIdle();
    if (committing && lost && !transaction_id.empty()) return FindOutcome(transaction_id, attempt);
    attempt.repeatable = lost || MayRepeat(exception);
    return StatusOf(exception);
  }
}

// https://www.postgresql.org/docs/15/functions-info.html, "Transaction ID and Snapshot
// Information".
absl::Status PostgresDatabase::FindOutcome(const std::string& transaction_id, Attempt& attempt) {
  const absl::Time deadline = absl::Now() + kOutcomePatience;
  for (int number = 0; absl::Now() < deadline; ++number) {
    try {
      auto lease = pool_.Borrow(deadline);
      if (lease.ok()) {
        pqxx::nontransaction lookup((*lease)->connection());
        const std::string outcome =
            lookup.exec_params("SELECT pg_xact_status($1::xid8)", transaction_id)[0][0]
                .as<std::string>("");
        if (outcome == "committed") {
          (*lease)->KeepForOthers();
          return absl::OkStatus();
        }
        if (outcome == "aborted") {
          attempt.repeatable = true;
          return absl::UnavailableError("the connection to the database was lost");
        }
      }
    } catch (const std::exception& exception) {
      if (!LostConnection(exception)) break;
    }
    absl::SleepFor(BackOff(std::min(number, 5)));
  }
  return absl::UnavailableError(
      "the connection to the database was lost while a change was committed, and whether it was "
      "is not known yet");
}

}  // namespace smartcontacts::storage
