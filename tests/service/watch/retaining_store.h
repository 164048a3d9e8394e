// A store in which books retain digests, for tests of what is told to whom.

#ifndef SMART_CONTACTS_TESTS_SERVICE_WATCH_RETAINING_STORE_H_
#define SMART_CONTACTS_TESTS_SERVICE_WATCH_RETAINING_STORE_H_

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "service/matching/directory_snapshot.h"
#include "storage/address_book_store.h"
#include "tests/conformance/fixtures.h"

namespace smartcontacts::service {

inline storage::BookKey Book(std::uint8_t number) {
  storage::BookKey key{};
  key.account.bytes.fill(number);
  key.device.bytes.fill(number);
  return key;
}

// Answers FindHolders() only.
class RetainingStore final : public storage::AddressBookStore {
 public:
  void Retain(const storage::BookKey& book, std::int64_t epoch, const crypto::Digest& digest) {
    retained_.insert({book, {epoch, digest}});
  }

  absl::StatusOr<std::vector<storage::Holder>> FindHolders(
      const TenantId&, std::int64_t epoch, absl::Span<const crypto::Digest> digests,
      const std::optional<storage::BookKey>& book, absl::Time) override {
    largest_question_ = std::max(largest_question_, digests.size());
    std::vector<storage::Holder> holders;
    for (std::size_t i = 0; i < digests.size(); ++i) {
      for (const auto& [holder, contact] : retained_) {
        if (contact == std::pair(epoch, digests[i]) && (!book.has_value() || *book == holder)) {
          holders.push_back({holder, i});
        }
      }
    }
    std::reverse(holders.begin(), holders.end());  // in no order
    return holders;
  }

  absl::StatusOr<storage::SyncOutcome> SyncBook(const TenantId&, const storage::BookSync&,
                                                const storage::BookConditions&,
                                                absl::Time) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<storage::BookRecord>> ListBooks(const TenantId&, const Aor&,
                                                             absl::Time) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<storage::BookKey>> FindBooks(const TenantId&,
                                                          absl::Span<const storage::BookKey>,
                                                          absl::Time) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<storage::BookCounts> CountBooks(const TenantId&,
                                                 const storage::BookFilter&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<storage::BookCounts> DiscardBooks(const TenantId&, const storage::BookFilter&,
                                                   const storage::Act&,
                                                   const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::int64_t> EraseDiscarded(const TenantId&, std::int64_t) override {
    return absl::UnimplementedError("");
  }

  std::size_t largest_question_ = 0;

 private:
  std::set<std::pair<storage::BookKey, std::pair<std::int64_t, crypto::Digest>>> retained_;
};

// A directory of people, each visible since a revision.
struct Visible {
  Subscriber subscriber;
  std::int64_t revision;
};

inline std::shared_ptr<const DirectorySnapshot> SnapshotOf(const std::vector<Visible>& people,
                                                           std::int64_t revision) {
  std::vector<storage::DirectoryEntry> entries;
  for (const Visible& visible : people) {
    crypto::Tag tag{};
    const std::string& aor = visible.subscriber.aor.value();
    std::copy_n(aor.begin(), std::min<std::size_t>(aor.size(), 16), tag.bytes.begin());
    entries.push_back({.tag = tag,
                       .subscriber = visible.subscriber,
                       .visible_revisions = std::vector<std::int64_t>(
                           visible.subscriber.identifiers.size(), visible.revision)});
  }
  return DirectorySnapshot::Build(nullptr, entries, {{.number = 1, .salt = fixtures::Salt(1)}},
                                  revision);
}

inline crypto::Digest DigestOf(std::int64_t number) {
  return crypto::Digester(fixtures::Salt(1))(fixtures::Global(number));
}

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_TESTS_SERVICE_WATCH_RETAINING_STORE_H_
