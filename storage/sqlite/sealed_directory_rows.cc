#include "storage/sqlite/sealed_directory_rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "storage/sealed_batch.h"

#define STATE_COLUMNS                                                           \
  "SELECT epoch, revision, label_size, changes_floor, complete, sealed_up_to, " \
  "done_count, total_count, entry_count, padding_count, dropped "               \
  "FROM sealed_directories WHERE tenant_id = ?1 "

namespace smartcontacts::storage {
namespace {

using EntryChange = SealedDirectoryStore::EntryChange;

Blob BlobOf(const crypto::Locator& locator) {
  return {{reinterpret_cast<const char*>(locator.bytes.data()), crypto::Locator::kSize}};
}

absl::StatusOr<crypto::Locator> LocatorOf(const Row& row, int column) {
  const absl::string_view bytes = row.Bytes(column);
  crypto::Locator locator{};
  if (bytes.size() != locator.bytes.size()) {
    return absl::DataLossError("a stored locator is malformed");
  }
  std::copy(bytes.begin(), bytes.end(), locator.bytes.begin());
  return locator;
}

absl::StatusOr<SealedDirectoryState> StateOf(const Row& row) {
  SealedDirectoryState state{.epoch = row.Int(0),
                             .revision = row.Int(1),
                             .label_size = static_cast<std::size_t>(row.Int(2)),
                             .changes_floor = row.Int(3),
                             .complete = row.Bool(4),
                             .dropped = row.Bool(10),
                             .done_count = row.Int(6),
                             .total_count = row.Int(7),
                             .entry_count = row.Int(8),
                             .padding_count = row.Int(9)};
  if (!row.IsNull(5)) {
    ASSIGN_OR_RETURN(state.sealed_up_to, row.Tag(5));
  }
  return state;
}

// NOT_FOUND.
absl::StatusOr<SealedDirectoryState> ReadState(Database& database, const TenantId& id,
                                               std::int64_t epoch) {
  std::optional<SealedDirectoryState> state;
  RETURN_IF_ERROR(database.Query(
      STATE_COLUMNS "AND epoch = ?2 AND NOT dropped",
      [&state](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(state, StateOf(row));
        return absl::OkStatus();
      },
      id.value(), epoch));
  if (!state.has_value()) return absl::NotFoundError("there is no sealed directory of this epoch");
  return *state;
}

class SqliteSealedRows final : public SealedRows {
 public:
  SqliteSealedRows(Database& database, const TenantId& id, std::int64_t epoch)
      : database_(database), id_(id), epoch_(epoch) {}

  absl::StatusOr<SealedRowKeys> LiveOf(absl::Span<const SealedSubscriber> subscribers) override {
    SealedRowKeys live;
    for (const SealedSubscriber& subscriber : subscribers) {
      RETURN_IF_ERROR(database_.Query(
          "SELECT locator FROM sealed_entries "
          "WHERE tenant_id = ?1 AND epoch = ?2 AND owner_tag = ?3 AND entry IS NOT NULL",
          [&](const Row& row) -> absl::Status {
            ASSIGN_OR_RETURN(const crypto::Locator locator, LocatorOf(row, 0));
            live.insert({subscriber.tag, locator});
            return absl::OkStatus();
          },
          id_.value(), epoch_, subscriber.tag));
    }
    return live;
  }

  absl::StatusOr<SealedRowKeys> LivePadding(absl::Span<const crypto::Locator> locators) override {
    SealedRowKeys live;
    for (const crypto::Locator& locator : locators) {
      RETURN_IF_ERROR(database_.Query(
          "SELECT 1 FROM sealed_entries WHERE tenant_id = ?1 AND epoch = ?2 AND owner_tag = ?3 "
          "AND locator = ?4 AND entry IS NOT NULL",
          [&](const Row&) {
            live.insert({kPaddingOwner, locator});
            return absl::OkStatus();
          },
          id_.value(), epoch_, kPaddingOwner, BlobOf(locator)));
    }
    return live;
  }

  absl::Status Write(absl::Span<const SealedRowChange> changes, std::int64_t revision) override {
    for (const SealedRowChange& change : changes) {
      std::optional<Blob> entry;
      if (change.entry.has_value()) entry = Blob{*change.entry};
      RETURN_IF_ERROR(database_.Run(
          "INSERT INTO sealed_entries (tenant_id, epoch, owner_tag, locator, revision, entry) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant_id, epoch, owner_tag, locator) "
          "DO UPDATE SET revision = excluded.revision, entry = excluded.entry",
          id_.value(), epoch_, change.key.owner, BlobOf(change.key.locator), revision, entry));
    }
    return absl::OkStatus();
  }

 private:
  Database& database_;
  const TenantId& id_;
  const std::int64_t epoch_;
};

}  // namespace

absl::Status BeginRotation(Database& database, const TenantId& id,
                           const PendingRotation& rotation) {
  RETURN_IF_ERROR(
      database.Run("INSERT INTO pending_rotations (tenant_id, overlap, actor) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT DO NOTHING",
                   id.value(), absl::ToInt64Microseconds(rotation.overlap), rotation.actor));
  if (database.changed_rows() == 0) return absl::AlreadyExistsError("a rotation waits already");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<PendingRotation>> ReadPendingRotation(Database& database,
                                                                   const TenantId& id) {
  std::optional<PendingRotation> rotation;
  RETURN_IF_ERROR(database.Query(
      "SELECT overlap, actor FROM pending_rotations WHERE tenant_id = ?1",
      [&rotation](const Row& row) {
        rotation = {.overlap = absl::Microseconds(row.Int(0)), .actor = row.Text(1)};
        return absl::OkStatus();
      },
      id.value()));
  return rotation;
}

absl::Status BeginSealing(Database& database, const TenantId& id, std::int64_t epoch,
                          std::int64_t revision, std::size_t label_size) {
  RETURN_IF_ERROR(database.Run(
      "INSERT INTO sealed_directories (tenant_id, epoch, revision, label_size, changes_floor, "
      "complete, done_count, total_count, entry_count, padding_count, dropped) "
      "SELECT ?1, ?2, ?3, ?4, ?3, 0, 0, count(*), 0, 0, 0 FROM subscribers WHERE tenant_id = ?1 "
      "ON CONFLICT DO NOTHING",
      id.value(), epoch, revision, static_cast<std::int64_t>(label_size)));
  if (database.changed_rows() == 0) {
    return absl::AlreadyExistsError("there is a sealed directory of this epoch, or rows of one");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SealedDirectoryState>> ListSealed(Database& database,
                                                             const TenantId& id) {
  std::vector<SealedDirectoryState> states;
  RETURN_IF_ERROR(database.Query(
      STATE_COLUMNS "ORDER BY epoch DESC",
      [&states](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(SealedDirectoryState state, StateOf(row));
        states.push_back(state);
        return absl::OkStatus();
      },
      id.value()));
  return states;
}

absl::StatusOr<SealedDirectoryState> WriteSealed(Database& database, const TenantId& id,
                                                 const SealedBatch& batch) {
  ASSIGN_OR_RETURN(const SealedDirectoryState before, ReadState(database, id, batch.epoch));
  SqliteSealedRows rows(database, id, batch.epoch);
  ASSIGN_OR_RETURN(SealedDirectoryState after, ApplyBatch(before, batch, rows));
  RETURN_IF_ERROR(
      database.Run("UPDATE sealed_directories SET revision = ?3, complete = ?4, sealed_up_to = ?5, "
                   "done_count = ?6, entry_count = ?7, padding_count = ?8 "
                   "WHERE tenant_id = ?1 AND epoch = ?2",
                   id.value(), after.epoch, after.revision, after.complete, after.sealed_up_to,
                   after.done_count, after.entry_count, after.padding_count));
  return after;
}

absl::StatusOr<SealedDirectoryState> ReadSealed(Database& database, const TenantId& id,
                                                std::int64_t epoch, std::int64_t since_revision,
                                                const std::function<void(EntryChange)>& on_entry) {
  ASSIGN_OR_RETURN(SealedDirectoryState state, ReadState(database, id, epoch));
  RETURN_IF_ERROR(CheckChangesKnown(state, since_revision));
  const OnRow on_row = [&on_entry](const Row& row) -> absl::Status {
    ASSIGN_OR_RETURN(const crypto::Locator locator, LocatorOf(row, 0));
    ASSIGN_OR_RETURN(const crypto::Tag owner, row.Tag(1));
    on_entry({.locator = locator, .owner = owner, .revision = row.Int(2), .bytes = row.Text(3)});
    return absl::OkStatus();
  };
  if (since_revision == 0) {
    RETURN_IF_ERROR(database.Query(
        "SELECT locator, owner_tag, revision, entry FROM sealed_entries "
        "WHERE tenant_id = ?1 AND epoch = ?2 AND (entry IS NOT NULL OR revision > ?3)",
        on_row, id.value(), epoch, state.changes_floor));
  } else {
    RETURN_IF_ERROR(
        database.Query("SELECT locator, owner_tag, revision, entry FROM sealed_entries "
                       "WHERE tenant_id = ?1 AND epoch = ?2 AND revision > ?3",
                       on_row, id.value(), epoch, since_revision));
  }
  return state;
}

absl::StatusOr<std::int64_t> DropSealed(Database& database, const TenantId& id, std::int64_t epoch,
                                        std::int64_t rows_max) {
  RETURN_IF_ERROR(
      database.Run("UPDATE sealed_directories SET dropped = 1 WHERE tenant_id = ?1 AND epoch = ?2",
                   id.value(), epoch));
  if (database.changed_rows() == 0) return 0;
  // One stretch of the table, which ends at the last of its first rows.
  RETURN_IF_ERROR(database.Run(
      "DELETE FROM sealed_entries WHERE tenant_id = ?1 AND epoch = ?2 "
      "AND (owner_tag, locator) <= (SELECT owner_tag, locator FROM "
      "  (SELECT owner_tag, locator FROM sealed_entries WHERE tenant_id = ?1 AND epoch = ?2 "
      "   ORDER BY owner_tag, locator LIMIT ?3) ORDER BY owner_tag DESC, locator DESC LIMIT 1)",
      id.value(), epoch, rows_max));
  const std::int64_t entries = database.changed_rows();
  if (entries == rows_max) return entries;
  RETURN_IF_ERROR(database.Run("DELETE FROM sealed_directories WHERE tenant_id = ?1 AND epoch = ?2",
                               id.value(), epoch));
  return entries + 1;
}

absl::StatusOr<std::int64_t> ForgetSealedRemovals(Database& database, const TenantId& id,
                                                  std::int64_t epoch, std::int64_t revision,
                                                  std::int64_t rows_max) {
  ASSIGN_OR_RETURN(const SealedDirectoryState state, ReadState(database, id, epoch));
  const std::int64_t floor = std::max(state.changes_floor, std::min(revision, state.revision));
  RETURN_IF_ERROR(database.Run(
      "UPDATE sealed_directories SET changes_floor = ?3 WHERE tenant_id = ?1 AND epoch = ?2",
      id.value(), epoch, floor));
  // By the index of those that went, rather than through all that came before.
  RETURN_IF_ERROR(
      database.Run("DELETE FROM sealed_entries WHERE tenant_id = ?1 AND epoch = ?2 "
                   "AND (owner_tag, locator) IN (SELECT owner_tag, locator "
                   "  FROM sealed_entries INDEXED BY sealed_entries_gone "
                   "  WHERE tenant_id = ?1 AND epoch = ?2 AND revision <= ?3 AND entry IS NULL "
                   "  ORDER BY revision, owner_tag, locator LIMIT ?4)",
                   id.value(), epoch, floor, rows_max));
  return database.changed_rows();
}

absl::Status EndPendingRotation(Database& database, const TenantId& id) {
  return database.Run("DELETE FROM pending_rotations WHERE tenant_id = ?1", id.value());
}

}  // namespace smartcontacts::storage
