// Two tenants with a few subscribers, and short ways to sync and read address books. Contacts are
// small numbers.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_ADDRESS_BOOK_CONFORMANCE_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_ADDRESS_BOOK_CONFORMANCE_H_

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/directory_conformance.h"

namespace smartcontacts::storage {

class AddressBookConformance : public DirectoryConformance {
 protected:
  static constexpr int kSmallContactsEnd = 100;  // what Contacts() looks for
  static constexpr absl::Duration kPeriod = absl::Hours(24 * 30);
  static constexpr std::int64_t kContactsMax = 8;
  static constexpr std::int64_t kDevicesMax = 3;

  const Consent kConsent{.privacy_policy_version = "2026-11",
                         .agree_time = fixtures::kNow - absl::Minutes(1)};

  AddressBookConformance() {
    for (const TenantId* id : {&kAcme, &kGlobex}) {
      Upsert({fixtures::Person(1, {491}), fixtures::Person(2, {492}), fixtures::Person(3, {493})},
             *id);
    }
  }

  static DeviceId Device(const std::string& name) { return *DeviceId::Parse(name); }
  static crypto::Digest Contact(int number) {
    crypto::Digest digest{};
    std::memcpy(digest.bytes.data(), &number, sizeof number);
    return digest;
  }
  static std::vector<crypto::Digest> ContactsOf(const std::vector<int>& numbers) {
    std::vector<crypto::Digest> digests;
    digests.reserve(numbers.size());
    for (const int number : numbers) digests.push_back(Contact(number));
    return digests;
  }

  // A sync of its own name that replaces what account `account` retains on `device`, with consent.
  BookSync Replacing(int account, const std::string& device, const std::vector<int>& added) {
    BookSync sync{.account = fixtures::AorOf(account),
                  .device = Device(device),
                  .sync_id = {},
                  .consent = kConsent,
                  .epoch = 1,
                  .token = std::nullopt,
                  .added = ContactsOf(added),
                  .removed = {}};
    const int number = ++sync_count_;
    std::memcpy(sync.sync_id.bytes.data(), &number, sizeof number);
    return sync;
  }
  // One that changes it, without a new consent.
  BookSync Changing(int account, const std::string& device, const SyncToken& token,
                    const std::vector<int>& added, const std::vector<int>& removed) {
    BookSync sync = Replacing(account, device, added);
    sync.consent = std::nullopt;
    sync.token = token;
    sync.removed = ContactsOf(removed);
    return sync;
  }

  static BookConditions Conditions(absl::Time now) {
    return {.privacy_policy_version = "2026-11",
            .contacts_max = kContactsMax,
            .devices_max = kDevicesMax,
            .synced_after = now - kPeriod};
  }
  SyncOutcome Try(const BookSync& sync, absl::Time now = fixtures::kNow) {
    const auto outcome = store().SyncBook(kAcme, sync, Conditions(now), now);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(SyncOutcome{.refusal = std::nullopt, .state = {}});
  }
  // One that has to succeed.
  BookState Sync(const BookSync& sync, absl::Time now = fixtures::kNow) {
    const SyncOutcome outcome = Try(sync, now);
    EXPECT_EQ(outcome.refusal, std::nullopt);
    return outcome.state;
  }

  std::vector<BookRecord> Books(int account, absl::Time now = fixtures::kNow) {
    return Books(account, now, kAcme);
  }
  std::vector<BookRecord> Books(int account, absl::Time now, const TenantId& id) {
    const auto books = store().ListBooks(id, fixtures::AorOf(account), now - kPeriod);
    EXPECT_TRUE(books.ok()) << books.status();
    return books.value_or(std::vector<BookRecord>{});
  }
  std::optional<BookRecord> Book(int account, const std::string& device,
                                 absl::Time now = fixtures::kNow) {
    for (const BookRecord& book : Books(account, now)) {
      if (book.device == Device(device)) return book;
    }
    return std::nullopt;
  }

  std::vector<Holder> Holders(const std::vector<int>& numbers, std::int64_t epoch = 1,
                              const std::optional<BookKey>& book = std::nullopt,
                              absl::Time now = fixtures::kNow) {
    auto holders = store().FindHolders(kAcme, epoch, ContactsOf(numbers), book, now - kPeriod);
    EXPECT_TRUE(holders.ok()) << holders.status();
    return *std::move(holders);
  }
  // What a device retains, in order; nothing if it has no book.
  std::vector<int> Contacts(int account, const std::string& device,
                            absl::Time now = fixtures::kNow) {
    const std::optional<BookRecord> book = Book(account, device, now);
    if (!book.has_value()) return {};
    std::vector<int> numbers(kSmallContactsEnd);
    for (int i = 0; i < kSmallContactsEnd; ++i) numbers[static_cast<std::size_t>(i)] = i;
    std::vector<int> found;
    for (const Holder& holder : Holders(numbers, book->epoch, book->key, now)) {
      EXPECT_EQ(holder.book, book->key);
      found.push_back(static_cast<int>(holder.position));
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ(book->retained_count, static_cast<std::int64_t>(found.size()));
    return found;
  }

  BookCounts CountAll() { return *store().CountBooks(kAcme, {}); }
  BookCounts Discard(const BookFilter& filter) {
    const auto counts =
        store().DiscardBooks(kAcme, filter, fixtures::By(fixtures::kNow), "books.discard");
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(BookCounts{});
  }
  // Erases what was discarded, `contacts_max` at a time; how many that were.
  std::int64_t EraseAll(std::int64_t contacts_max = 1000) {
    std::int64_t erased = 0;
    while (true) {
      const auto batch = store().EraseDiscarded(kAcme, contacts_max);
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || *batch == 0) return erased;
      EXPECT_LE(*batch, contacts_max);
      erased += *batch;
    }
  }
  // The latest entry of the tenant's audit log.
  AuditEntry LatestEntry() {
    const auto entries = store().ListAuditEntries(kAcme, 0, 1'000);
    EXPECT_TRUE(entries.ok()) << entries.status();
    return entries.ok() && !entries->empty() ? entries->back() : AuditEntry{};
  }

 private:
  std::atomic<int> sync_count_{0};
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_ADDRESS_BOOK_CONFORMANCE_H_
