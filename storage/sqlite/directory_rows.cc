#include "storage/sqlite/directory_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/matching_access_number.h"

// One row for each identifier of a subscriber (one without, if it has none), all of a subscriber's
// rows together.
#define SUBSCRIBER_COLUMNS                                                         \
  "SELECT s.aor_tag, s.sealed_aor, s.enabled, s.discoverable, s.matching_access, " \
  "s.visible_revision, i.identifier_tag, i.sealed_identifier, i.revision, "        \
  "s.own_discoverable, s.announced FROM "
#define WITH_IDENTIFIERS " s LEFT JOIN identifiers i ON i.tenant_id = ?1 AND i.aor_tag = s.aor_tag "

namespace smartcontacts::storage {
namespace {

// Puts the rows of SUBSCRIBER_COLUMNS together.
class SubscriberReader {
 public:
  SubscriberReader(const RowSealer& sealer, std::function<void(DirectoryEntry)> on_entry)
      : sealer_(sealer), on_entry_(std::move(on_entry)) {}

  absl::Status operator()(const Row& row) {
    ASSIGN_OR_RETURN(const crypto::Tag tag, row.Tag(0));
    if (!entry_.has_value() || entry_->tag != tag) {
      Flush();
      ASSIGN_OR_RETURN(Aor aor, sealer_.OpenAor(tag, row.Bytes(1)));
      ASSIGN_OR_RETURN(const MatchingAccess access, MatchingAccessOf(row.Int(4)));
      entry_ = DirectoryEntry{.tag = tag,
                              .subscriber = Subscriber{.aor = std::move(aor),
                                                       .enabled = row.Bool(2),
                                                       .discoverable = row.Bool(3),
                                                       .matching_access = access,
                                                       .choice = {.announced = row.Bool(10)}}};
      if (!row.IsNull(9)) entry_->subscriber->choice.discoverable = row.Bool(9);
    }
    if (row.IsNull(6)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const crypto::Tag identifier_tag, row.Tag(6));
    ASSIGN_OR_RETURN(Identifier identifier,
                     sealer_.OpenIdentifier(tag, identifier_tag, row.Bytes(7)));
    identifiers_.emplace_back(std::move(identifier), std::max(row.Int(5), row.Int(8)));
    return absl::OkStatus();
  }

  // Hands on what was read last.
  void Flush() {
    if (!entry_.has_value()) return;
    std::sort(identifiers_.begin(), identifiers_.end());
    for (auto& [identifier, revision] : identifiers_) {
      entry_->subscriber->identifiers.push_back(std::move(identifier));
      entry_->visible_revisions.push_back(revision);
    }
    identifiers_.clear();
    on_entry_(*std::move(entry_));
    entry_.reset();
  }

 private:
  const RowSealer& sealer_;
  const std::function<void(DirectoryEntry)> on_entry_;
  std::optional<DirectoryEntry> entry_;
  std::vector<std::pair<Identifier, std::int64_t>> identifiers_;
};

struct DirectoryState {
  std::int64_t revision = 0;
  std::int64_t removals_floor = 0;
};

absl::StatusOr<DirectoryState> ReadState(Database& database, const TenantId& id) {
  DirectoryState state;
  RETURN_IF_ERROR(database.Query(
      "SELECT revision, removals_floor FROM tenants WHERE tenant_id = ?1",
      [&state](const Row& row) {
        state = {row.Int(0), row.Int(1)};
        return absl::OkStatus();
      },
      id.value()));
  return state;
}

}  // namespace

absl::StatusOr<Subscriber> ReadSubscriber(Database& database, const TenantId& id, const Aor& aor,
                                          const RowSealer& sealer) {
  std::optional<Subscriber> subscriber;
  SubscriberReader reader(
      sealer, [&subscriber](DirectoryEntry entry) { subscriber = std::move(entry.subscriber); });
  RETURN_IF_ERROR(database.Query(SUBSCRIBER_COLUMNS "subscribers" WITH_IDENTIFIERS
                                                    "WHERE s.tenant_id = ?1 AND s.aor_tag = ?2",
                                 std::ref(reader), id.value(), sealer.TagOf(aor)));
  reader.Flush();
  if (!subscriber.has_value()) return absl::NotFoundError("there is no such subscriber");
  return *std::move(subscriber);
}

absl::Status WriteChoice(Database& database, const TenantId& id, const crypto::Tag& tag,
                         const SubscriberChoice& choice) {
  // What is on the right of = is as it was before.
  RETURN_IF_ERROR(
      database.Run("UPDATE subscribers AS s SET own_discoverable = ?3, announced = ?4, "
                   "revision = t.revision + 1, visible_revision = CASE WHEN " SUBSCRIBER_IS_VISIBLE
                   " THEN s.visible_revision ELSE t.revision + 1 END "
                   "FROM tenants t WHERE t.tenant_id = ?1 AND s.tenant_id = ?1 AND s.aor_tag = ?2",
                   id.value(), tag, choice.discoverable, choice.announced));
  return database.Run(
      "UPDATE tenants SET revision = revision + 1, version = version + 1 WHERE tenant_id = ?1",
      id.value());
}

absl::StatusOr<DirectoryStore::SubscriberPage> ReadSubscriberPage(
    Database& database, const TenantId& id, const std::optional<crypto::Tag>& after, int limit,
    const RowSealer& sealer) {
  std::vector<DirectoryEntry> entries;
  SubscriberReader reader(
      sealer, [&entries](DirectoryEntry entry) { entries.push_back(std::move(entry)); });
  // One more than asked for tells whether there is another page.
  RETURN_IF_ERROR(database.Query(
      SUBSCRIBER_COLUMNS
      "(SELECT aor_tag, sealed_aor, enabled, discoverable, matching_access, visible_revision, "
      "own_discoverable, announced FROM subscribers WHERE tenant_id = ?1 AND aor_tag > ?2 "
      "ORDER BY aor_tag LIMIT ?3)" WITH_IDENTIFIERS "ORDER BY s.aor_tag",
      std::ref(reader), id.value(), after.value_or(crypto::Tag{}), limit + 1));
  reader.Flush();
  DirectoryStore::SubscriberPage page;
  const auto wanted = static_cast<std::size_t>(limit);
  if (entries.size() > wanted) {
    entries.resize(wanted);
    page.next = entries.back().tag;
  }
  for (DirectoryEntry& entry : entries) page.subscribers.push_back(*std::move(entry.subscriber));
  return page;
}

absl::StatusOr<std::int64_t> ReadDirectoryChanges(
    Database& database, const TenantId& id, std::int64_t since_revision, const RowSealer& sealer,
    const std::function<void(DirectoryEntry)>& on_entry) {
  ASSIGN_OR_RETURN(const DirectoryState state, ReadState(database, id));
  SubscriberReader reader(sealer, on_entry);
  if (since_revision == 0) {
    RETURN_IF_ERROR(database.Query(SUBSCRIBER_COLUMNS "subscribers" WITH_IDENTIFIERS
                                                      "WHERE s.tenant_id = ?1 ORDER BY s.aor_tag",
                                   std::ref(reader), id.value()));
    reader.Flush();
    return state.revision;
  }
  if (since_revision > state.revision || since_revision < state.removals_floor) {
    return absl::OutOfRangeError("changes since that revision are not known: read the whole");
  }
  RETURN_IF_ERROR(database.Query(SUBSCRIBER_COLUMNS
                                 "subscribers" WITH_IDENTIFIERS
                                 "WHERE s.tenant_id = ?1 AND s.revision > ?2 ORDER BY s.aor_tag",
                                 std::ref(reader), id.value(), since_revision));
  reader.Flush();
  RETURN_IF_ERROR(database.Query(
      "SELECT aor_tag FROM removals WHERE tenant_id = ?1 AND revision > ?2",
      [&on_entry](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(const crypto::Tag tag, row.Tag(0));
        on_entry({.tag = tag});
        return absl::OkStatus();
      },
      id.value(), since_revision));
  return state.revision;
}

}  // namespace smartcontacts::storage
