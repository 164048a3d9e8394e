// Finding who retains what, and erasing it.

#include <gmock/gmock.h>

#include "tests/conformance/address_book_conformance.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_P(AddressBookConformance, HoldersAreFoundInEveryBook) {
  Sync(Replacing(1, "phone", {1, 2}));
  Sync(Replacing(1, "tablet", {2, 3}));
  Sync(Replacing(2, "phone", {2}));
  const BookKey phone1 = Book(1, "phone")->key;
  const BookKey tablet1 = Book(1, "tablet")->key;
  const BookKey phone2 = Book(2, "phone")->key;
  EXPECT_EQ(phone1.account, tablet1.account);
  EXPECT_NE(phone1.device, phone2.device) << "a device's tag does not link accounts";
  EXPECT_THAT(Holders({3, 9, 2}), UnorderedElementsAre(Holder{tablet1, 0}, Holder{phone1, 2},
                                                       Holder{tablet1, 2}, Holder{phone2, 2}));
  EXPECT_THAT(Holders({1, 1}), UnorderedElementsAre(Holder{phone1, 0}, Holder{phone1, 1}))
      << "what is asked twice is answered twice";
  EXPECT_THAT(Holders({2, 3}, 1, tablet1),
              UnorderedElementsAre(Holder{tablet1, 0}, Holder{tablet1, 1}));
  EXPECT_THAT(Holders({1, 3}, 1, phone2), IsEmpty());
  EXPECT_THAT(Holders({1, 2}, 1, BookKey{phone2.account, phone1.device}), IsEmpty());
  EXPECT_THAT(Holders({9}), IsEmpty());
  EXPECT_THAT(Holders({}), IsEmpty());
}

TEST_P(AddressBookConformance, OnlyBooksThatAreThereAreFound) {
  Sync(Replacing(1, "phone", {}));
  Sync(Replacing(2, "phone", {1}));
  const BookKey phone1 = Book(1, "phone")->key;
  const BookKey phone2 = Book(2, "phone")->key;
  const BookKey none{phone1.account, phone2.device};
  EXPECT_THAT(*store().FindBooks(kAcme, {phone1, none, phone2}, kNow),
              UnorderedElementsAre(phone1, phone2));
  EXPECT_THAT(*store().FindBooks(kAcme, {none}, kNow), IsEmpty());
  EXPECT_THAT(*store().FindBooks(kAcme, {}, kNow), IsEmpty());
  Discard({.account = AorOf(1)});
  EXPECT_THAT(*store().FindBooks(kAcme, {phone1, phone2}, kNow), ElementsAre(phone2));
}

TEST_P(AddressBookConformance, BooksAreListedByDevice) {
  for (const char* device : {"c", "a", "b"}) Sync(Replacing(1, device, {1}));
  const auto books = Books(1);
  ASSERT_THAT(books, SizeIs(3));
  EXPECT_EQ(books[0].device, Device("a"));
  EXPECT_EQ(books[1].device, Device("b"));
  EXPECT_EQ(books[2].device, Device("c"));
}

TEST_P(AddressBookConformance, WhatIsCountedIsWhatIsDiscarded) {
  const absl::Time later = kNow + absl::Hours(1);
  const auto fill = [&] {
    Sync(Replacing(1, "phone", {1, 2}));
    Sync(Replacing(1, "tablet", {1, 2, 3}), later);
    Sync(Replacing(2, "phone", {1}));
    BookSync sync = Replacing(3, "phone", {1, 2, 3, 4});
    sync.epoch = 2;
    Sync(sync, later);
  };
  ASSERT_TRUE(
      store()
          .RotateEpoch(kAcme, fixtures::Salt(2), absl::Hours(1), By(kNow), storage::kAnyEpoch)
          .ok());
  struct Case {
    BookFilter filter;
    BookCounts expected;
  };
  const std::vector<Case> cases = {
      {{}, {4, 10}},
      {{.account = AorOf(1)}, {2, 5}},
      {{.account = AorOf(1), .device = Device("phone")}, {1, 2}},
      {{.account = AorOf(2), .device = Device("tablet")}, {0, 0}},
      {{.account = AorOf(9)}, {0, 0}},
      {{.synced_before = later}, {2, 3}},
      {{.synced_before = kNow}, {0, 0}},
      {{.epoch_below = 2}, {3, 6}},
      {{.epoch_below = 1}, {0, 0}},
      {{.account = AorOf(1), .synced_before = later, .epoch_below = 2}, {1, 2}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    fill();
    EraseAll();
    const BookCounts before = CountAll();
    EXPECT_EQ(before, (BookCounts{4, 10}));
    EXPECT_EQ(*store().CountBooks(kAcme, cases[i].filter), cases[i].expected) << i;
    EXPECT_EQ(CountAll(), before) << "to count changes nothing";
    EXPECT_EQ(Discard(cases[i].filter), cases[i].expected) << i;
    EXPECT_EQ(*store().CountBooks(kAcme, cases[i].filter), BookCounts{}) << i;
    EXPECT_EQ(CountAll(), (BookCounts{before.books - cases[i].expected.books,
                                      before.contacts - cases[i].expected.contacts}))
        << "the others stay";
    EXPECT_EQ(EraseAll(), cases[i].expected.contacts) << i;
  }
}

TEST_P(AddressBookConformance, WhatWasDiscardedIsGoneAtOnce) {
  const BookState state = Sync(Replacing(1, "phone", {1, 2}));
  Sync(Replacing(2, "phone", {2}));
  const BookKey key = Book(1, "phone")->key;
  Discard({.account = AorOf(1)});
  EXPECT_THAT(Books(1), IsEmpty());
  EXPECT_THAT(Holders({1, 2}), SizeIs(1));
  EXPECT_THAT(Holders({1, 2}, 1, key), IsEmpty());
  EXPECT_EQ(Try(Changing(1, "phone", state.token, {3}, {})).refusal, SyncRefusal::kTokenInvalid);
  BookSync without_consent = Replacing(1, "phone", {3});
  without_consent.consent = std::nullopt;
  EXPECT_EQ(Try(without_consent).refusal, SyncRefusal::kConsentRequired)
      << "the consent went with the book";
  Sync(Replacing(1, "phone", {3}));
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(3));
  backend_->Reopen();
  EXPECT_EQ(EraseAll(1), 2);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(3));
  EXPECT_THAT(Contacts(2, "phone"), ElementsAre(2));
}

TEST_P(AddressBookConformance, AnErasureIsInTheLogAndInTheVersions) {
  Sync(Replacing(1, "phone", {1, 2}));
  Sync(Replacing(1, "tablet", {}));
  const Tenant before = *store().GetTenant(kAcme);
  const Act act{.actor = "account", .time = kNow + absl::Hours(1)};
  ASSERT_TRUE(store().DiscardBooks(kAcme, {.account = AorOf(1)}, act, "erase").ok());
  const AuditEntry entry = LatestEntry();
  EXPECT_EQ(entry.actor, "account");
  EXPECT_EQ(entry.action, "erase");
  EXPECT_EQ(entry.time, act.time);
  EXPECT_THAT(entry.counts, ElementsAre(Count{"consents", 2}, Count{"retained_contacts", 2}));
  const Tenant after = *store().GetTenant(kAcme);
  EXPECT_GT(after.books_version, before.books_version);
  EXPECT_GT(after.version, before.version);
  EXPECT_EQ(after.revision, before.revision) << "the directory is the same";

  ASSERT_TRUE(store().DiscardBooks(kAcme, {.account = AorOf(1)}, act, "erase").ok());
  EXPECT_EQ(LatestEntry().sequence, entry.sequence) << "there was nothing to erase";
  EXPECT_EQ(store().GetTenant(kAcme)->books_version, after.books_version);
  EXPECT_EQ(store().VerifyAuditChain(kAcme)->first_invalid_sequence, 0);
}

TEST_P(AddressBookConformance, WhatWasErasedIsErasedInBatches) {
  Sync(Replacing(1, "a", {1, 2, 3, 4, 5}));
  Sync(Replacing(1, "b", {}));
  Sync(Replacing(1, "c", {1, 2, 3}));
  Sync(Replacing(2, "a", {1, 2}));
  Discard({.account = AorOf(1)});
  EXPECT_EQ(*store().EraseDiscarded(kAcme, 4), 4);
  EXPECT_EQ(*store().EraseDiscarded(kAcme, 3), 3);
  EXPECT_EQ(*store().EraseDiscarded(kAcme, 3), 1);
  EXPECT_EQ(*store().EraseDiscarded(kAcme, 3), 0);
  EXPECT_THAT(Contacts(2, "a"), ElementsAre(1, 2));
  EXPECT_EQ(CountAll(), (BookCounts{1, 2}));
}

TEST_P(AddressBookConformance, NoBookCrossesTenants) {
  // The same account, device, name of the sync and contacts in both.
  const BookSync sync = Replacing(1, "phone", {1, 2});
  const BookState acme = Sync(sync);
  const auto globex = store().SyncBook(kGlobex, sync, Conditions(kNow), kNow);
  ASSERT_TRUE(globex.ok()) << globex.status();
  EXPECT_NE(acme.token, globex->state.token);
  const BookKey key = Books(1).front().key;
  const BookKey other = Books(1, kNow, kGlobex).front().key;
  EXPECT_NE(key, other);
  EXPECT_THAT(Holders({1}), ElementsAre(Holder{key, 0}));
  EXPECT_THAT(Holders({1}, 1, other), IsEmpty());
  EXPECT_THAT(*store().FindBooks(kGlobex, {key}, kNow), IsEmpty());
  EXPECT_EQ(Try(Changing(1, "phone", globex->state.token, {3}, {})).refusal,
            SyncRefusal::kTokenInvalid);

  EXPECT_EQ(Discard({}), (BookCounts{1, 2}));
  EXPECT_THAT(Books(1), IsEmpty());
  EXPECT_THAT(Books(1, kNow, kGlobex), SizeIs(1));
  EXPECT_EQ(store().GetTenant(kGlobex)->books_version, 0);
  EXPECT_EQ(*store().EraseDiscarded(kGlobex, 100), 0);
  EXPECT_EQ(EraseAll(), 2);
  EXPECT_EQ(*store().CountBooks(kGlobex, {}), (BookCounts{1, 2}));
}

TEST_P(AddressBookConformance, EveryOperationOnBooksOfAnUnknownTenantIsNotFound) {
  const TenantId id = Id("nobody");
  const auto sync = store().SyncBook(id, Replacing(1, "phone", {1}), Conditions(kNow), kNow);
  EXPECT_TRUE(absl::IsNotFound(sync.status()));
  EXPECT_TRUE(absl::IsNotFound(store().ListBooks(id, AorOf(1), kNow).status()));
  EXPECT_TRUE(absl::IsNotFound(store().FindBooks(id, {}, kNow).status()));
  EXPECT_TRUE(absl::IsNotFound(store().FindHolders(id, 1, {}, std::nullopt, kNow).status()));
  EXPECT_TRUE(absl::IsNotFound(store().CountBooks(id, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(store().DiscardBooks(id, {}, By(kNow), "erase").status()));
  EXPECT_TRUE(absl::IsNotFound(store().EraseDiscarded(id, 1).status()));
}

}  // namespace
}  // namespace smartcontacts::storage
