#include "storage/postgres/sealed_directory_rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/status_macros.h"
#include "storage/postgres/values.h"
#include "storage/sealed_batch.h"

#define STATE_COLUMNS                                                           \
  "SELECT epoch, revision, label_size, changes_floor, complete, sealed_up_to, " \
  "done_count, total_count, entry_count, padding_count, dropped "               \
  "FROM sealed_directories WHERE tenant_id = $1 "
// One that is of use.
#define STATE_OF_EPOCH STATE_COLUMNS "AND epoch = $2 AND NOT dropped "

// Ends a subquery that is joined: for each row on its left it is looked up by index. A table that
// has just grown has no statistics, and without this the planner would turn the join round and go
// through all of a directory's entries.
#define ONE_BY_ONE " OFFSET 0"

namespace smartcontacts::storage::postgres {
namespace {

using EntryChange = SealedDirectoryStore::EntryChange;

// A directory is read by so many entries at a time: a result is in memory as a whole.
constexpr int kEntriesPerFetch = 5'000;
// A parameter has at most 1 GB, and an entry takes twice its bytes in it.
constexpr std::size_t kRowsPerStatement = 50'000;

absl::string_view View(const crypto::Locator& locator) {
  return {reinterpret_cast<const char*>(locator.bytes.data()), crypto::Locator::kSize};
}
absl::string_view View(const crypto::Tag& tag) {
  return {reinterpret_cast<const char*>(tag.bytes.data()), crypto::Tag::kSize};
}

// Builds a bytea[] as text.
class ByteaArrayText {
 public:
  void Add(absl::string_view bytes) {
    absl::StrAppend(&text_, Comma(), "\"\\", Bytea(bytes), "\"");
  }
  void AddNull() { absl::StrAppend(&text_, Comma(), "NULL"); }
  std::string Finish() && { return std::move(text_) + "}"; }

 private:
  const char* Comma() const { return text_.size() > 1 ? "," : ""; }

  std::string text_ = "{";
};

// As a parameter.
const char* TextOrNull(const std::optional<std::string>& text) {
  return text.has_value() ? text->c_str() : nullptr;
}

absl::StatusOr<crypto::Locator> LocatorOf(const pqxx::field& field) {
  const pqxx::binarystring bytes(field);
  crypto::Locator locator{};
  if (bytes.size() != locator.bytes.size()) {
    return absl::DataLossError("a stored locator is malformed");
  }
  std::copy(bytes.begin(), bytes.end(), locator.bytes.begin());
  return locator;
}

absl::StatusOr<SealedDirectoryState> StateOf(const pqxx::row& row) {
  SealedDirectoryState state{.epoch = IntOf(row[0]),
                             .revision = IntOf(row[1]),
                             .label_size = static_cast<std::size_t>(IntOf(row[2])),
                             .changes_floor = IntOf(row[3]),
                             .complete = row[4].as<bool>(),
                             .dropped = row[10].as<bool>(),
                             .done_count = IntOf(row[6]),
                             .total_count = IntOf(row[7]),
                             .entry_count = IntOf(row[8]),
                             .padding_count = IntOf(row[9])};
  if (!row[5].is_null()) {
    ASSIGN_OR_RETURN(state.sealed_up_to, TagOf(row[5]));
  }
  return state;
}

absl::StatusOr<SealedDirectoryState> StateOf(const pqxx::result& rows) {
  if (rows.empty()) return absl::NotFoundError("there is no sealed directory of this epoch");
  return StateOf(rows[0]);
}

absl::StatusOr<SealedDirectoryState> ReadState(pqxx::transaction_base& transaction,
                                               const TenantId& id, std::int64_t epoch) {
  return StateOf(transaction.exec_params(STATE_OF_EPOCH, id.value(), epoch));
}

// Until the transaction ends nobody else writes this directory.
absl::StatusOr<SealedDirectoryState> LockState(pqxx::transaction_base& transaction,
                                               const TenantId& id, std::int64_t epoch) {
  return StateOf(transaction.exec_params(STATE_OF_EPOCH "FOR UPDATE", id.value(), epoch));
}

class PostgresSealedRows final : public SealedRows {
 public:
  PostgresSealedRows(pqxx::transaction_base& transaction, const TenantId& id, std::int64_t epoch)
      : transaction_(transaction), id_(id), epoch_(epoch) {}

  absl::StatusOr<SealedRowKeys> LiveOf(absl::Span<const SealedSubscriber> subscribers) override {
    ByteaArrayText owners;
    for (const SealedSubscriber& subscriber : subscribers) owners.Add(View(subscriber.tag));
    return KeysOf(transaction_.exec_params(
        "SELECT q.owner_tag, e.locator FROM unnest($3::bytea[]) AS q (owner_tag) "
        "CROSS JOIN LATERAL (SELECT locator FROM sealed_entries WHERE tenant_id = $1 "
        "  AND epoch = $2 AND owner_tag = q.owner_tag AND entry IS NOT NULL" ONE_BY_ONE ") e",
        id_.value(), epoch_, std::move(owners).Finish()));
  }

  absl::StatusOr<SealedRowKeys> LivePadding(absl::Span<const crypto::Locator> locators) override {
    ByteaArrayText wanted;
    for (const crypto::Locator& locator : locators) wanted.Add(View(locator));
    return KeysOf(transaction_.exec_params(
        "SELECT $3::bytea, q.locator FROM unnest($4::bytea[]) AS q (locator) "
        "CROSS JOIN LATERAL (SELECT FROM sealed_entries WHERE tenant_id = $1 AND epoch = $2 "
        "  AND owner_tag = $3 AND locator = q.locator AND entry IS NOT NULL" ONE_BY_ONE ") e",
        id_.value(), epoch_, Bytes(kPaddingOwner), std::move(wanted).Finish()));
  }

  absl::Status Write(absl::Span<const SealedRowChange> changes, std::int64_t revision) override {
    for (std::size_t i = 0; i < changes.size(); i += kRowsPerStatement) {
      WriteSome(changes.subspan(i, kRowsPerStatement), revision);
    }
    return absl::OkStatus();
  }

 private:
  // What goes is written like what comes: rows are found by their key, whatever the planner knows.
  void WriteSome(absl::Span<const SealedRowChange> changes, std::int64_t revision) {
    ByteaArrayText owners;
    ByteaArrayText locators;
    ByteaArrayText entries;
    for (const SealedRowChange& change : changes) {
      owners.Add(View(change.key.owner));
      locators.Add(View(change.key.locator));
      if (change.entry.has_value()) {
        entries.Add(*change.entry);
      } else {
        entries.AddNull();
      }
    }
    transaction_.exec_params(
        "INSERT INTO sealed_entries (tenant_id, epoch, owner_tag, locator, revision, entry) "
        "SELECT $1, $2, n.owner_tag, n.locator, $3, n.entry "
        "FROM unnest($4::bytea[], $5::bytea[], $6::bytea[]) AS n (owner_tag, locator, entry) "
        "ON CONFLICT (tenant_id, epoch, owner_tag, locator) "
        "DO UPDATE SET revision = excluded.revision, entry = excluded.entry",
        id_.value(), epoch_, revision, std::move(owners).Finish(), std::move(locators).Finish(),
        std::move(entries).Finish());
  }

  static absl::StatusOr<SealedRowKeys> KeysOf(const pqxx::result& rows) {
    SealedRowKeys keys;
    for (const pqxx::row& row : rows) {
      ASSIGN_OR_RETURN(const crypto::Tag owner, TagOf(row[0]));
      ASSIGN_OR_RETURN(const crypto::Locator locator, LocatorOf(row[1]));
      keys.insert({owner, locator});
    }
    return keys;
  }

  pqxx::transaction_base& transaction_;
  const TenantId& id_;
  const std::int64_t epoch_;
};

// The first entries in the order of their keys. Their bound is looked up before, so that neither
// statement goes through more than that.
std::int64_t DeleteEntries(pqxx::transaction_base& transaction, const TenantId& id,
                           std::int64_t epoch, std::int64_t rows_max) {
  const pqxx::result bound = transaction.exec_params(
      "SELECT owner_tag, locator FROM sealed_entries WHERE tenant_id = $1 AND epoch = $2 "
      "ORDER BY owner_tag, locator OFFSET $3 LIMIT 1",
      id.value(), epoch, rows_max);
  const pqxx::result deleted =
      bound.empty()
          ? transaction.exec_params(
                "DELETE FROM sealed_entries WHERE tenant_id = $1 AND epoch = $2", id.value(), epoch)
          : transaction.exec_params(
                "DELETE FROM sealed_entries WHERE tenant_id = $1 AND epoch = $2 "
                "AND (owner_tag, locator) < ($3::bytea, $4::bytea)",
                id.value(), epoch, bound[0][0].c_str(), bound[0][1].c_str());
  return static_cast<std::int64_t>(deleted.affected_rows());
}

}  // namespace

absl::Status BeginRotation(pqxx::transaction_base& transaction, const TenantId& id,
                           const PendingRotation& rotation) {
  const pqxx::result inserted = transaction.exec_params(
      "INSERT INTO pending_rotations (tenant_id, overlap, actor) VALUES ($1, $2, $3) "
      "ON CONFLICT DO NOTHING",
      id.value(), absl::ToInt64Microseconds(rotation.overlap), rotation.actor);
  if (inserted.affected_rows() == 0) return absl::AlreadyExistsError("a rotation waits already");
  return absl::OkStatus();
}

std::optional<PendingRotation> ReadPendingRotation(pqxx::transaction_base& transaction,
                                                   const TenantId& id) {
  const pqxx::result rows = transaction.exec_params(
      "SELECT overlap, actor FROM pending_rotations WHERE tenant_id = $1", id.value());
  if (rows.empty()) return std::nullopt;
  return PendingRotation{.overlap = absl::Microseconds(IntOf(rows[0][0])),
                         .actor = rows[0][1].c_str()};
}

absl::Status BeginSealing(pqxx::transaction_base& transaction, const TenantId& id,
                          std::int64_t epoch, std::int64_t revision, std::size_t label_size) {
  const pqxx::result inserted = transaction.exec_params(
      "INSERT INTO sealed_directories (tenant_id, epoch, revision, label_size, changes_floor, "
      "complete, done_count, total_count, entry_count, padding_count, dropped) "
      "SELECT $1, $2::bigint, $3::bigint, $4::bigint, $3::bigint, false, 0, count(*), 0, 0, false "
      "FROM subscribers WHERE tenant_id = $1 ON CONFLICT DO NOTHING",
      id.value(), epoch, revision, static_cast<std::int64_t>(label_size));
  if (inserted.affected_rows() == 0) {
    return absl::AlreadyExistsError("there is a sealed directory of this epoch, or rows of one");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(pqxx::transaction_base& transaction,
                                                             const TenantId& id) {
  std::vector<SealedDirectoryState> states;
  for (const pqxx::row& row :
       transaction.exec_params(STATE_COLUMNS "ORDER BY epoch DESC", id.value())) {
    ASSIGN_OR_RETURN(SealedDirectoryState state, StateOf(row));
    states.push_back(state);
  }
  return states;
}

absl::StatusOr<SealedDirectoryState> WriteSealed(pqxx::transaction_base& transaction,
                                                 const TenantId& id, const SealedBatch& batch) {
  ASSIGN_OR_RETURN(const SealedDirectoryState before, LockState(transaction, id, batch.epoch));
  PostgresSealedRows rows(transaction, id, batch.epoch);
  ASSIGN_OR_RETURN(SealedDirectoryState after, ApplyBatch(before, batch, rows));
  std::optional<std::string> sealed_up_to;
  if (after.sealed_up_to.has_value()) sealed_up_to = Bytea(*after.sealed_up_to);
  transaction.exec_params(
      "UPDATE sealed_directories SET revision = $3, complete = $4, sealed_up_to = $5, "
      "done_count = $6, entry_count = $7, padding_count = $8 "
      "WHERE tenant_id = $1 AND epoch = $2",
      id.value(), after.epoch, after.revision, after.complete, TextOrNull(sealed_up_to),
      after.done_count, after.entry_count, after.padding_count);
  return after;
}

absl::StatusOr<SealedDirectoryState> ReadSealed(pqxx::transaction_base& transaction,
                                                const TenantId& id, std::int64_t epoch,
                                                std::int64_t since_revision,
                                                const std::function<void(EntryChange)>& on_entry) {
  ASSIGN_OR_RETURN(SealedDirectoryState state, ReadState(transaction, id, epoch));
  RETURN_IF_ERROR(CheckChangesKnown(state, since_revision));
  transaction.exec_params(
      absl::StrCat("DECLARE entries NO SCROLL CURSOR FOR SELECT locator, owner_tag, revision, "
                   "entry FROM sealed_entries WHERE tenant_id = $1 AND epoch = $2 AND ",
                   since_revision == 0 ? "(entry IS NOT NULL OR revision > $3)"
                                       : "revision > $3 AND revision > 0"),
      id.value(), epoch, since_revision == 0 ? state.changes_floor : since_revision);
  const std::string fetch = absl::StrCat("FETCH FORWARD ", kEntriesPerFetch, " FROM entries");
  for (pqxx::result rows = transaction.exec(fetch); !rows.empty(); rows = transaction.exec(fetch)) {
    for (const pqxx::row& row : rows) {
      ASSIGN_OR_RETURN(const crypto::Locator locator, LocatorOf(row[0]));
      ASSIGN_OR_RETURN(const crypto::Tag owner, TagOf(row[1]));
      EntryChange change{.locator = locator, .owner = owner, .revision = IntOf(row[2])};
      if (!row[3].is_null()) change.bytes = BytesOf(row[3]);
      on_entry(std::move(change));
    }
  }
  return state;
}

absl::StatusOr<std::int64_t> DropSealed(pqxx::transaction_base& transaction, const TenantId& id,
                                        std::int64_t epoch, std::int64_t rows_max) {
  // Held, so that it is not taken for empty while somebody else empties it.
  const pqxx::result held = transaction.exec_params(
      "UPDATE sealed_directories SET dropped = true WHERE tenant_id = $1 AND epoch = $2",
      id.value(), epoch);
  if (held.affected_rows() == 0) return 0;
  const std::int64_t entries = DeleteEntries(transaction, id, epoch, rows_max);
  if (entries == rows_max) return entries;
  transaction.exec_params("DELETE FROM sealed_directories WHERE tenant_id = $1 AND epoch = $2",
                          id.value(), epoch);
  return entries + 1;
}

absl::StatusOr<std::int64_t> ForgetSealedRemovals(pqxx::transaction_base& transaction,
                                                  const TenantId& id, std::int64_t epoch,
                                                  std::int64_t revision, std::int64_t rows_max) {
  ASSIGN_OR_RETURN(const SealedDirectoryState state, LockState(transaction, id, epoch));
  const std::int64_t floor = std::max(state.changes_floor, std::min(revision, state.revision));
  transaction.exec_params(
      "UPDATE sealed_directories SET changes_floor = $3 WHERE tenant_id = $1 AND epoch = $2",
      id.value(), epoch, floor);
  // By the index of those that went.
  const pqxx::result bound = transaction.exec_params(
      "SELECT revision, owner_tag, locator FROM sealed_entries WHERE tenant_id = $1 "
      "AND epoch = $2 AND entry IS NULL AND revision <= $3 "
      "ORDER BY revision, owner_tag, locator OFFSET $4 LIMIT 1",
      id.value(), epoch, floor, rows_max);
  const pqxx::result deleted =
      bound.empty()
          ? transaction.exec_params(
                "DELETE FROM sealed_entries WHERE tenant_id = $1 "
                "AND epoch = $2 AND entry IS NULL AND revision <= $3",
                id.value(), epoch, floor)
          : transaction.exec_params(
                "DELETE FROM sealed_entries WHERE tenant_id = $1 AND epoch = $2 "
                "AND entry IS NULL "
                "AND (revision, owner_tag, locator) < ($3::bigint, $4::bytea, $5::bytea)",
                id.value(), epoch, IntOf(bound[0][0]), bound[0][1].c_str(), bound[0][2].c_str());
  return static_cast<std::int64_t>(deleted.affected_rows());
}

void EndPendingRotation(pqxx::transaction_base& transaction, const TenantId& id) {
  transaction.exec_params("DELETE FROM pending_rotations WHERE tenant_id = $1", id.value());
}

}  // namespace smartcontacts::storage::postgres
