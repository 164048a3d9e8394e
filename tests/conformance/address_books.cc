// What a sync does to a retained address book.

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "tests/conformance/address_book_conformance.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::kNow;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(AddressBookConformance, WhatWasSyncedIsReadAfterARestart) {
  BookSync sync = Replacing(1, "phone", {5, 3, 3, 9});
  sync.consent->agree_time = kNow - absl::Hours(5);
  const BookState state = Sync(sync);
  EXPECT_EQ(state.retained_count, 3) << "each contact once";
  EXPECT_EQ(state.sync_time, kNow);
  backend_->Reopen();
  const auto books = Books(1);
  ASSERT_THAT(books, SizeIs(1));
  EXPECT_EQ(books[0].device, Device("phone"));
  EXPECT_EQ(books[0].consent, *sync.consent);
  EXPECT_EQ(books[0].epoch, 1);
  EXPECT_EQ(books[0].retained_count, 3);
  EXPECT_EQ(books[0].sync_time, kNow);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(3, 5, 9));
  EXPECT_EQ(Sync(Changing(1, "phone", state.token, {4}, {})).retained_count, 4)
      << "the token is still good";
  EXPECT_THAT(Books(2), IsEmpty());
}

TEST_P(AddressBookConformance, TimesAreKeptToTheMicrosecond) {
  const absl::Time rounded = kNow + absl::Microseconds(123'456);
  const absl::Time now = rounded + absl::Nanoseconds(789);
  EXPECT_EQ(Sync(Replacing(1, "phone", {1}), now).sync_time, rounded);
  EXPECT_EQ(Book(1, "phone")->sync_time, rounded);
}

TEST_P(AddressBookConformance, WithoutATokenTheLastSyncWins) {
  const BookState first = Sync(Replacing(1, "phone", {1, 2, 3}));
  const absl::Time later = kNow + absl::Hours(1);
  const BookState second = Sync(Replacing(1, "phone", {3, 4}), later);
  EXPECT_NE(second.token, first.token);
  EXPECT_EQ(second.retained_count, 2);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(3, 4));
  EXPECT_EQ(Book(1, "phone")->sync_time, later);
  EXPECT_THAT(Books(1), SizeIs(1));
  EXPECT_EQ(Sync(Replacing(1, "phone", {})).retained_count, 0) << "an empty book is a book";
  EXPECT_THAT(Books(1), SizeIs(1));
  EXPECT_EQ(EraseAll(), 5) << "what was replaced is left to erase";
  EXPECT_EQ(CountAll(), (BookCounts{1, 0}));
}

TEST_P(AddressBookConformance, WithATokenTheBookIsChanged) {
  BookState state = Sync(Replacing(1, "phone", {1, 2, 3}));
  state = Sync(Changing(1, "phone", state.token, {3, 4, 4, 5}, {1, 77}));
  EXPECT_EQ(state.retained_count, 4) << "exactly, whatever was there already or was not";
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(2, 3, 4, 5));
  state = Sync(Changing(1, "phone", state.token, {2, 6}, {2, 6}));
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(2, 3, 4, 5, 6)) << "what is in both is added";
  const absl::Time later = kNow + absl::Hours(1);
  const BookState same = Sync(Changing(1, "phone", state.token, {}, {}), later);
  EXPECT_EQ(same.retained_count, 5);
  EXPECT_EQ(same.sync_time, later);
  EXPECT_NE(same.token, state.token);
  EXPECT_EQ(Book(1, "phone")->sync_time, later);
}

TEST_P(AddressBookConformance, OnlyTheTokenOfThePresentStateCounts) {
  const BookState old = Sync(Replacing(1, "phone", {1}));
  const BookState present = Sync(Changing(1, "phone", old.token, {2}, {}));
  const BookState other_device = Sync(Replacing(1, "tablet", {1}));
  const BookState other_account = Sync(Replacing(2, "phone", {1}));
  const SyncToken made_up{{1, 2, 3}};
  for (const SyncToken& token : {old.token, other_device.token, other_account.token, made_up}) {
    EXPECT_EQ(Try(Changing(1, "phone", token, {7}, {1})).refusal, SyncRefusal::kTokenInvalid);
  }
  BookSync other_epoch = Changing(1, "phone", present.token, {7}, {1});
  other_epoch.epoch = 2;
  EXPECT_EQ(Try(other_epoch).refusal, SyncRefusal::kTokenInvalid);
  EXPECT_EQ(Try(Changing(3, "phone", present.token, {7}, {})).refusal, SyncRefusal::kTokenInvalid)
      << "there is no book";
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1, 2));
  Sync(Replacing(1, "phone", {1, 2}));
  EXPECT_EQ(Try(Changing(1, "phone", present.token, {7}, {})).refusal, SyncRefusal::kTokenInvalid)
      << "the same contacts, but another book";
}

TEST_P(AddressBookConformance, ARepetitionChangesNothing) {
  const BookSync first = Replacing(1, "phone", {1, 2});
  BookState state = Sync(first);
  const BookSync second = Changing(1, "phone", state.token, {3}, {1});
  for (const BookSync* sync : {&first, &second}) {
    state = Sync(*sync);
    const BookState again = Sync(*sync, kNow + absl::Hours(1));
    EXPECT_EQ(again.token, state.token);
    EXPECT_EQ(again.retained_count, state.retained_count);
    EXPECT_EQ(again.sync_time, kNow);
    EXPECT_EQ(Book(1, "phone")->sync_time, kNow);
    BookSync other_content = *sync;
    other_content.added.push_back(Contact(9));
    EXPECT_EQ(Try(other_content).refusal, SyncRefusal::kSyncIdReused);
  }
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(2, 3));
}

TEST_P(AddressBookConformance, ALateRepetitionDoesNotUndoWhatCameAfter) {
  const BookSync replaced = Replacing(1, "phone", {1, 2});
  const BookSync changed = Changing(1, "phone", Sync(replaced).token, {3}, {});
  Sync(changed);
  Sync(Replacing(1, "phone", {4}));
  EXPECT_EQ(Try(replaced).refusal, SyncRefusal::kTokenInvalid) << "though it needs no token";
  EXPECT_EQ(Try(changed).refusal, SyncRefusal::kTokenInvalid);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(4));
}

TEST_P(AddressBookConformance, ConsentIsNeededOnceAndForEveryVersionOfThePolicy) {
  BookSync without = Replacing(1, "phone", {1});
  without.consent = std::nullopt;
  EXPECT_EQ(Try(without).refusal, SyncRefusal::kConsentRequired);
  BookSync to_another = Replacing(1, "phone", {1});
  to_another.consent->privacy_policy_version = "2025-01";
  EXPECT_EQ(Try(to_another).refusal, SyncRefusal::kConsentRequired);
  EXPECT_THAT(Books(1), IsEmpty());

  BookState state = Sync(Replacing(1, "phone", {1}));
  state = Sync(without);
  EXPECT_EQ(Book(1, "phone")->consent, kConsent) << "a replacement keeps it";
  EXPECT_EQ(Try(to_another).refusal, SyncRefusal::kConsentRequired);

  BookConditions conditions = Conditions(kNow);
  conditions.privacy_policy_version = "2027-01";
  BookSync sync = Changing(1, "phone", state.token, {2}, {});
  EXPECT_EQ(store().SyncBook(kAcme, sync, conditions, kNow)->refusal,
            SyncRefusal::kConsentRequired);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1));
  sync.consent = Consent{"2027-01", kNow};
  EXPECT_EQ(store().SyncBook(kAcme, sync, conditions, kNow)->refusal, std::nullopt);
  EXPECT_EQ(Book(1, "phone")->consent, *sync.consent);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1, 2));
}

TEST_P(AddressBookConformance, ADeviceRetainsNoMoreThanItMay) {
  EXPECT_EQ(Try(Replacing(1, "phone", {1, 2, 3, 4, 5, 6, 7, 8, 9})).refusal,
            SyncRefusal::kTooManyContacts);
  EXPECT_THAT(Books(1), IsEmpty());
  BookState state = Sync(Replacing(1, "phone", {1, 2, 3, 4, 5, 6, 7, 8, 8, 8}));
  EXPECT_EQ(state.retained_count, kContactsMax);
  EXPECT_EQ(Try(Changing(1, "phone", state.token, {9, 10}, {1})).refusal,
            SyncRefusal::kTooManyContacts);
  EXPECT_EQ(Try(Replacing(1, "phone", {1, 2, 3, 4, 5, 6, 7, 8, 9})).refusal,
            SyncRefusal::kTooManyContacts);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8)) << "nothing was changed";
  EXPECT_EQ(Sync(Changing(1, "phone", state.token, {9, 2}, {1})).retained_count, kContactsMax)
      << "one out, one in, and the token is still good";
  EXPECT_EQ(EraseAll(), 0) << "what was refused left nothing";
}

TEST_P(AddressBookConformance, AnAccountHasNoMoreDevicesThanItMay) {
  Sync(Replacing(1, "a", {1}));
  const absl::Time later = kNow + absl::Hours(24);
  Sync(Replacing(1, "b", {1}), later);
  Sync(Replacing(1, "c", {1}), later);
  EXPECT_EQ(Try(Replacing(1, "d", {1}), later).refusal, SyncRefusal::kTooManyDevices);
  Sync(Replacing(1, "c", {2}), later);
  Sync(Replacing(2, "d", {1}), later);
  EXPECT_EQ(Books(1, later).size(), 3U);
  const absl::Time expired = kNow + kPeriod + absl::Seconds(1);
  Sync(Replacing(1, "d", {1}), expired);
  EXPECT_EQ(Books(1, expired).size(), 3U) << "a book that has expired is none";
}

TEST_P(AddressBookConformance, OnlySubscribersRetain) {
  EXPECT_EQ(Try(Replacing(9, "phone", {1})).refusal, SyncRefusal::kNotASubscriber);
  EXPECT_THAT(Books(9), IsEmpty());
  EXPECT_EQ(CountAll(), BookCounts{});
}

TEST_P(AddressBookConformance, ABookThatWasNotSyncedForThePeriodIsGone) {
  const BookState state = Sync(Replacing(1, "phone", {1, 2}));
  const BookKey key = Book(1, "phone")->key;
  const absl::Time last = kNow + kPeriod;
  EXPECT_THAT(Contacts(1, "phone", last), ElementsAre(1, 2)) << "to the very moment";
  EXPECT_THAT(*store().FindBooks(kAcme, {key}, kNow), SizeIs(1));

  const absl::Time after = last + absl::Microseconds(1);
  EXPECT_THAT(Books(1, after), IsEmpty());
  EXPECT_THAT(*store().FindBooks(kAcme, {key}, after - kPeriod), IsEmpty());
  EXPECT_THAT(Holders({1, 2}, 1, std::nullopt, after), IsEmpty());
  EXPECT_THAT(Holders({1, 2}, 1, key, after), IsEmpty());
  EXPECT_EQ(Try(Changing(1, "phone", state.token, {3}, {}), after).refusal,
            SyncRefusal::kTokenInvalid);
  BookSync without_consent = Replacing(1, "phone", {3});
  without_consent.consent = std::nullopt;
  EXPECT_EQ(Try(without_consent, after).refusal, SyncRefusal::kConsentRequired);

  Sync(Replacing(1, "phone", {3}), after);
  EXPECT_THAT(Contacts(1, "phone", after), ElementsAre(3));
  EXPECT_EQ(EraseAll(), 2) << "what is left of the old book";
  EXPECT_THAT(Contacts(1, "phone", after), ElementsAre(3));
}

TEST_P(AddressBookConformance, ABookWhoseEpochHasNoSaltIsGone) {
  const BookState state = Sync(Replacing(1, "phone", {1}));
  const BookKey key = Book(1, "phone")->key;
  ASSERT_TRUE(
      store()
          .RotateEpoch(kAcme, fixtures::Salt(2), absl::Hours(1), By(kNow), storage::kAnyEpoch)
          .ok());
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1));
  const BookState changed = Sync(Changing(1, "phone", state.token, {2}, {}));
  EXPECT_EQ(changed.retained_count, 2) << "still of epoch 1";
  EXPECT_THAT(Holders({1}, /*epoch=*/2), IsEmpty()) << "the digests are of another salt";

  ASSERT_TRUE(
      store()
          .RotateEpoch(kAcme, fixtures::Salt(3), absl::Hours(1), By(kNow), storage::kAnyEpoch)
          .ok());
  EXPECT_THAT(Books(1), IsEmpty());
  EXPECT_THAT(*store().FindBooks(kAcme, {key}, kNow), IsEmpty());
  EXPECT_THAT(Holders({1}), IsEmpty());
  EXPECT_THAT(Holders({1}, 1, key), IsEmpty());
  EXPECT_EQ(Try(Changing(1, "phone", changed.token, {3}, {})).refusal, SyncRefusal::kTokenInvalid);
  EXPECT_EQ(CountAll(), (BookCounts{1, 2})) << "though it is not erased yet";
  BookSync sync = Replacing(1, "phone", {1});
  sync.epoch = 3;
  Sync(sync);
  EXPECT_EQ(Book(1, "phone")->epoch, 3);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1));
  EXPECT_EQ(EraseAll(), 2);
}

TEST_P(AddressBookConformance, ASyncIsNoEntryOfTheAuditLog) {
  const std::int64_t before = LatestEntry().sequence;
  const BookState state = Sync(Replacing(1, "phone", {1}));
  Sync(Changing(1, "phone", state.token, {2}, {}));
  EXPECT_EQ(LatestEntry().sequence, before);
}

TEST_P(AddressBookConformance, OfSyncsAtTheSameTimeOneStateIsLeft) {
  constexpr int kThreads = 8;
  std::vector<BookSync> syncs;
  for (int i = 0; i < kThreads; ++i) syncs.push_back(Replacing(1, "phone", {2 * i, 2 * i + 1}));
  const auto at_once = [this](const std::vector<BookSync>& all) {
    std::vector<SyncOutcome> outcomes(all.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < all.size(); ++i) {
      threads.emplace_back([&, i] { outcomes[i] = Try(all[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    return outcomes;
  };
  std::optional<SyncToken> token;
  for (const SyncOutcome& outcome : at_once(syncs)) EXPECT_EQ(outcome.refusal, std::nullopt);
  const std::vector<int> left = Contacts(1, "phone");
  ASSERT_THAT(left, SizeIs(2));
  EXPECT_EQ(left[0] + 1, left[1]) << "both of one sync";
  EXPECT_EQ(EraseAll(), 2 * (kThreads - 1));

  // One state has one successor.
  token = Sync(Replacing(1, "phone", {})).token;
  syncs.clear();
  for (int i = 0; i < kThreads; ++i) syncs.push_back(Changing(1, "phone", *token, {i}, {}));
  int succeeded = 0;
  for (const SyncOutcome& outcome : at_once(syncs)) {
    if (!outcome.refusal.has_value()) ++succeeded;
  }
  EXPECT_EQ(succeeded, 1);
  EXPECT_THAT(Contacts(1, "phone"), SizeIs(1));

  // A repetition that overtakes is one as well.
  std::set<decltype(SyncToken::bytes)> tokens;
  for (const SyncOutcome& outcome :
       at_once(std::vector<BookSync>(kThreads, Replacing(2, "phone", {1})))) {
    EXPECT_EQ(outcome.refusal, std::nullopt);
    tokens.insert(outcome.state.token.bytes);
  }
  EXPECT_THAT(tokens, SizeIs(1));

  // The limit holds among first syncs.
  syncs.clear();
  for (int i = 0; i < kThreads; ++i) syncs.push_back(Replacing(3, absl::StrCat("d", i), {1}));
  at_once(syncs);
  EXPECT_EQ(Books(3).size(), static_cast<std::size_t>(kDevicesMax));
}

TEST_P(AddressBookConformance, ABookOf100000IsSyncedAndChanged) {
  constexpr int kContacts = 100'000;
  std::vector<int> numbers(kContacts);
  for (int i = 0; i < kContacts; ++i) numbers[static_cast<std::size_t>(i)] = i;
  BookConditions conditions = Conditions(kNow);
  conditions.contacts_max = kContacts;
  const auto first = store().SyncBook(kAcme, Replacing(1, "phone", numbers), conditions, kNow);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->state.retained_count, kContacts);
  const BookKey key = Book(1, "phone")->key;
  EXPECT_THAT(Holders(numbers, 1, key), SizeIs(kContacts));
  EXPECT_THAT(Holders(numbers), SizeIs(kContacts));

  const std::vector<int> half(numbers.begin(), numbers.begin() + kContacts / 2);
  const auto second = store().SyncBook(
      kAcme, Changing(1, "phone", first->state.token, {kContacts}, half), conditions, kNow);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->state.retained_count, kContacts / 2 + 1);
  EXPECT_THAT(Holders(half, 1, key), IsEmpty());
  EXPECT_THAT(Holders({kContacts - 1, kContacts}, 1, key), SizeIs(2));
  EXPECT_EQ(Discard({.account = AorOf(1)}), (BookCounts{1, kContacts / 2 + 1}));
  EXPECT_EQ(EraseAll(10'000), kContacts / 2 + 1);
}

}  // namespace
}  // namespace smartcontacts::storage
