#include "storage/postgres/directory_rows.h"

#include <algorithm>
#include <future>
#include <utility>
#include <vector>

#include "domain/status_macros.h"
#include "storage/matching_access_number.h"
#include "storage/postgres/values.h"

// One row for each identifier of a subscriber (one without, if it has none), all of a subscriber's
// rows together. $1 is the tenant.
#define SUBSCRIBER_COLUMNS                                                              \
  "SELECT s.aor_tag, s.sealed_aor, s.enabled, s.discoverable, s.matching_access, "      \
  "s.visible_revision, i.identifier_tag, i.sealed_identifier, i.revision, s.revision, " \
  "s.own_discoverable, s.announced FROM "
#define WITH_IDENTIFIERS " s LEFT JOIN identifiers i ON i.tenant_id = $1 AND i.aor_tag = s.aor_tag "

namespace smartcontacts::storage::postgres {
namespace {

// A directory is read by so many subscribers at a time: a result is in memory as a whole.
constexpr int kSubscribersPerPage = 5'000;

constexpr crypto::Tag kLastTag = [] {
  crypto::Tag tag{};
  tag.bytes.fill(0xff);
  return tag;
}();

using OnEntry = std::function<void(DirectoryEntry)>;

struct VisibleIdentifier {
  Identifier identifier;
  std::int64_t visible_revision;
};

void HandOn(DirectoryEntry entry, std::vector<VisibleIdentifier>& identifiers,
            const OnEntry& on_entry) {
  std::sort(identifiers.begin(), identifiers.end(),
            [](const auto& a, const auto& b) { return a.identifier < b.identifier; });
  for (VisibleIdentifier& identifier : identifiers) {
    entry.subscriber->identifiers.push_back(std::move(identifier.identifier));
    entry.visible_revisions.push_back(identifier.visible_revision);
  }
  identifiers.clear();
  on_entry(std::move(entry));
}

absl::StatusOr<DirectoryEntry> EntryOf(const crypto::Tag& tag, const pqxx::row& row,
                                       const RowSealer& sealer) {
  ASSIGN_OR_RETURN(Aor aor, sealer.OpenAor(tag, BytesOf(row[1])));
  ASSIGN_OR_RETURN(const MatchingAccess access, MatchingAccessOf(IntOf(row[4])));
  SubscriberChoice choice{.announced = row[11].as<bool>()};
  if (!row[10].is_null()) choice.discoverable = row[10].as<bool>();
  return DirectoryEntry{.tag = tag,
                        .subscriber = Subscriber{.aor = std::move(aor),
                                                 .enabled = row[2].as<bool>(),
                                                 .discoverable = row[3].as<bool>(),
                                                 .matching_access = access,
                                                 .choice = choice}};
}

// Of a subscriber in the order of (revision, tag).
struct Position {
  std::int64_t revision;
  crypto::Tag tag;
};

// Puts rows of SUBSCRIBER_COLUMNS together.
absl::Status ReadEntries(const pqxx::result& rows, const RowSealer& sealer,
                         const OnEntry& on_entry) {
  std::optional<DirectoryEntry> entry;
  std::vector<VisibleIdentifier> identifiers;
  for (const pqxx::row& row : rows) {
    ASSIGN_OR_RETURN(const crypto::Tag tag, TagOf(row[0]));
    if (!entry.has_value() || entry->tag != tag) {
      if (entry.has_value()) HandOn(*std::move(entry), identifiers, on_entry);
      ASSIGN_OR_RETURN(entry, EntryOf(tag, row, sealer));
    }
    if (row[6].is_null()) continue;
    ASSIGN_OR_RETURN(const crypto::Tag identifier_tag, TagOf(row[6]));
    ASSIGN_OR_RETURN(Identifier identifier,
                     sealer.OpenIdentifier(tag, identifier_tag, BytesOf(row[7])));
    identifiers.push_back({std::move(identifier), std::max(IntOf(row[5]), IntOf(row[8]))});
  }
  if (entry.has_value()) HandOn(*std::move(entry), identifiers, on_entry);
  return absl::OkStatus();
}

// In the order of the index, by revision and tag.
pqxx::result QueryPage(pqxx::transaction_base& transaction, const TenantId& id,
                       const Position& after) {
  return transaction.exec_params(SUBSCRIBER_COLUMNS
                                 "(SELECT * FROM subscribers WHERE tenant_id = $1 "
                                 "AND (revision, aor_tag) > ($2, $3) ORDER BY revision, aor_tag "
                                 "LIMIT $4)" WITH_IDENTIFIERS "ORDER BY s.revision, s.aor_tag",
                                 id.value(), after.revision, Bytes(after.tag), kSubscribersPerPage);
}

// The database works on the next page while this one is opened: each takes about half of the time.
absl::Status ReadSubscribersAfter(pqxx::transaction_base& transaction, const TenantId& id,
                                  const Position& after, const RowSealer& sealer,
                                  const OnEntry& on_entry) {
  pqxx::result page = QueryPage(transaction, id, after);
  while (!page.empty()) {
    ASSIGN_OR_RETURN(const crypto::Tag last_tag, TagOf(page.back()[0]));
    const Position last{IntOf(page.back()[9]), last_tag};
    // Nothing else touches the transaction until the query has ended; the destructor waits too.
    std::future<pqxx::result> next = std::async(
        std::launch::async, [&transaction, &id, last] { return QueryPage(transaction, id, last); });
    RETURN_IF_ERROR(ReadEntries(page, sealer, on_entry));
    page = next.get();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Subscriber> ReadSubscriber(pqxx::transaction_base& transaction, const TenantId& id,
                                          const Aor& aor, const RowSealer& sealer) {
  std::optional<Subscriber> subscriber;
  RETURN_IF_ERROR(ReadEntries(
      transaction.exec_params(SUBSCRIBER_COLUMNS "subscribers" WITH_IDENTIFIERS
                                                 "WHERE s.tenant_id = $1 AND s.aor_tag = $2",
                              id.value(), Bytes(sealer.TagOf(aor))),
      sealer, [&subscriber](DirectoryEntry entry) { subscriber = std::move(entry.subscriber); }));
  if (!subscriber.has_value()) return absl::NotFoundError("there is no such subscriber");
  return *std::move(subscriber);
}

absl::StatusOr<DirectoryStore::SubscriberPage> ReadSubscriberPage(
    pqxx::transaction_base& transaction, const TenantId& id,
    const std::optional<crypto::Tag>& after, int limit, const RowSealer& sealer) {
  std::vector<DirectoryEntry> entries;
  // One more than asked for tells whether there is another page.
  RETURN_IF_ERROR(ReadEntries(
      transaction.exec_params(SUBSCRIBER_COLUMNS
                              "(SELECT * FROM subscribers WHERE tenant_id = $1 AND aor_tag > $2 "
                              "ORDER BY aor_tag LIMIT $3)" WITH_IDENTIFIERS "ORDER BY s.aor_tag",
                              id.value(), Bytes(after.value_or(crypto::Tag{})), limit + 1),
      sealer, [&entries](DirectoryEntry entry) { entries.push_back(std::move(entry)); }));
  DirectoryStore::SubscriberPage page;
  const auto wanted = static_cast<std::size_t>(limit);
  if (entries.size() > wanted) {
    entries.resize(wanted);
    page.next = entries.back().tag;
  }
  for (DirectoryEntry& entry : entries) page.subscribers.push_back(*std::move(entry.subscriber));
  return page;
}

absl::StatusOr<std::int64_t> ReadDirectoryChanges(pqxx::transaction_base& transaction,
                                                  const TenantId& id, std::int64_t since_revision,
                                                  const RowSealer& sealer,
                                                  const OnEntry& on_entry) {
  const pqxx::row state = transaction.exec_params1(
      "SELECT revision, removals_floor FROM tenants WHERE tenant_id = $1", id.value());
  const std::int64_t revision = IntOf(state[0]);
  if (since_revision != 0 && (since_revision > revision || since_revision < IntOf(state[1]))) {
    return absl::OutOfRangeError("changes since that revision are not known: read the whole");
  }
  RETURN_IF_ERROR(
      ReadSubscribersAfter(transaction, id, {since_revision, kLastTag}, sealer, on_entry));
  if (since_revision == 0) return revision;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT aor_tag FROM removals WHERE tenant_id = $1 AND revision > $2", id.value(),
           since_revision)) {
    ASSIGN_OR_RETURN(const crypto::Tag tag, TagOf(row[0]));
    on_entry({.tag = tag});
  }
  return revision;
}

}  // namespace smartcontacts::storage::postgres
