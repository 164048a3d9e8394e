// What subscribers choose for themselves, and what goes with them when they leave.

#include <gmock/gmock.h>

#include <thread>

#include "tests/conformance/address_book_conformance.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::Person;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::optional<bool> kAsBefore = std::nullopt;

TEST_P(AddressBookConformance, AChoiceIsReadAfterARestartAndTheRestStays) {
  EXPECT_EQ(store().GetSubscriber(kAcme, AorOf(1))->choice, SubscriberChoice{});
  const auto hidden = store().SetChoice(kAcme, AorOf(1), false, kAsBefore, By(kNow));
  ASSERT_TRUE(hidden.ok()) << hidden.status();
  EXPECT_EQ(hidden->choice, (SubscriberChoice{.discoverable = false, .announced = true}));
  EXPECT_THAT(hidden->identifiers, ElementsAre(fixtures::Global(491)));
  EXPECT_FALSE(hidden->visible());
  const auto quiet = store().SetChoice(kAcme, AorOf(1), kAsBefore, false, By(kNow));
  EXPECT_EQ(quiet->choice, (SubscriberChoice{.discoverable = false, .announced = false}));
  backend_->Reopen();
  EXPECT_EQ(*store().GetSubscriber(kAcme, AorOf(1)), *quiet);
  EXPECT_THAT(store().ListSubscribers(kAcme, std::nullopt, 10)->subscribers, Contains(*quiet));
  EXPECT_THAT(All(), Contains(*quiet));
  EXPECT_EQ(*store().GetSubscriber(kAcme, AorOf(2)), Person(2, {492}));
  EXPECT_EQ(*store().GetSubscriber(kGlobex, AorOf(1)), Person(1, {491})) << "of another tenant";
}

TEST_P(AddressBookConformance, AChoiceIsANewRevisionIfItChangesAnything) {
  const Tenant before = *store().GetTenant(kAcme);
  ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), false, true, By(kNow)).ok());
  const Tenant after = *store().GetTenant(kAcme);
  EXPECT_EQ(after.revision, before.revision + 1);
  EXPECT_GT(after.version, before.version);
  const Changes changes = Read(before.revision);
  EXPECT_THAT(changes.present, SizeIs(1));
  EXPECT_FALSE(changes.present.at(AorOf(1).value()).subscriber->visible());

  for (const auto discoverable : {kAsBefore, std::optional<bool>(false)}) {
    ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), discoverable, kAsBefore, By(kNow)).ok());
  }
  EXPECT_EQ(*store().GetTenant(kAcme), after) << "nothing changed";
  ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), kAsBefore, false, By(kNow)).ok());
  EXPECT_EQ(store().GetTenant(kAcme)->revision, after.revision + 1);
}

TEST_P(AddressBookConformance, AChoiceIsInTheLog) {
  const Act act{.actor = "account", .time = kNow + absl::Hours(1)};
  ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), false, kAsBefore, act).ok());
  const AuditEntry entry = LatestEntry();
  EXPECT_EQ(entry.actor, "account");
  EXPECT_EQ(entry.action, "discoverability.set");
  EXPECT_EQ(entry.time, act.time);
}

TEST_P(AddressBookConformance, VisibleRevisionsFollowTheChoice) {
  const auto choose = [this](bool discoverable) {
    ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), discoverable, kAsBefore, By(kNow)).ok());
  };
  const auto directory_says = [this](bool discoverable) {
    Subscriber person = Person(1, {491});
    person.discoverable = discoverable;
    Upsert({person});
  };
  const auto revisions = [this] { return Read(0).present.at(AorOf(1).value()).visible_revisions; };
  EXPECT_THAT(revisions(), ElementsAre(1));
  ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), kAsBefore, false, By(kNow)).ok());  // 2
  EXPECT_THAT(revisions(), ElementsAre(1)) << "nothing about being found";
  choose(true);  // 3: as it was
  EXPECT_THAT(revisions(), ElementsAre(1));
  directory_says(false);  // 4: but the subscriber chose
  EXPECT_TRUE(store().GetSubscriber(kAcme, AorOf(1))->visible());
  EXPECT_THAT(revisions(), ElementsAre(1));
  directory_says(true);  // 5
  EXPECT_THAT(revisions(), ElementsAre(1));
  choose(false);  // 6
  choose(true);   // 7
  EXPECT_THAT(revisions(), ElementsAre(7));
  choose(false);          // 8
  directory_says(false);  // 9
  directory_says(true);   // 10: still hidden
  EXPECT_FALSE(store().GetSubscriber(kAcme, AorOf(1))->visible());
  choose(true);  // 11
  EXPECT_THAT(revisions(), ElementsAre(11));
}

TEST_P(AddressBookConformance, WhoIsDisabledIsNotShownByAChoice) {
  Subscriber person = Person(1, {491});
  person.enabled = false;
  Upsert({person});                                                                        // 2
  EXPECT_FALSE(store().SetChoice(kAcme, AorOf(1), true, kAsBefore, By(kNow))->visible());  // 3
  Upsert({Person(1, {491})});                                                              // 4
  EXPECT_THAT(Read(0).present.at(AorOf(1).value()).visible_revisions, ElementsAre(4));
}

TEST_P(AddressBookConformance, AChoiceOutlivesChangesAndImports) {
  const SubscriberChoice choice{.discoverable = false, .announced = false};
  ASSERT_TRUE(
      store().SetChoice(kAcme, AorOf(1), choice.discoverable, choice.announced, By(kNow)).ok());
  const auto choice_now = [this] { return store().GetSubscriber(kAcme, AorOf(1))->choice; };
  const DirectoryCounts same = Upsert({Person(1, {491})});
  EXPECT_EQ(same.unchanged, 1) << "a choice is no difference";
  EXPECT_EQ(choice_now(), choice);
  Subscriber with_choice = Person(1, {491});
  with_choice.choice.discoverable = true;
  EXPECT_EQ(Upsert({with_choice}).unchanged, 1) << "nor is it the directory's to make";
  EXPECT_EQ(Upsert({Person(1, {491, 4911})}).changed, 1);
  EXPECT_EQ(choice_now(), choice);

  const auto import = Begin(/*large_removal_allowed=*/true);
  ASSERT_TRUE(import->Stage({{Person(1, {491}), Person(2, {492})}}).ok());
  const auto counts = import->Commit();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->changed, 1);
  EXPECT_EQ(choice_now(), choice);
  EXPECT_FALSE(Read(0).present.at(AorOf(1).value()).subscriber->visible());
}

TEST_P(AddressBookConformance, AChoiceGoesWithTheSubscriber) {
  ASSERT_TRUE(store().SetChoice(kAcme, AorOf(1), false, false, By(kNow)).ok());
  Remove({AorOf(1)});
  Upsert({Person(1, {491})});
  EXPECT_EQ(*store().GetSubscriber(kAcme, AorOf(1)), Person(1, {491}));
}

TEST_P(AddressBookConformance, WhoIsNotThereCannotChoose) {
  const AuditEntry latest = LatestEntry();
  for (const auto& [id, number] : {std::pair{kAcme, 9}, std::pair{Id("nobody"), 1}}) {
    const auto chosen = store().SetChoice(id, AorOf(number), false, false, By(kNow));
    EXPECT_TRUE(absl::IsNotFound(chosen.status())) << chosen.status();
  }
  EXPECT_EQ(LatestEntry(), latest);
}

TEST_P(AddressBookConformance, ChoicesAtTheSameTimeAreNotLost) {
  std::vector<Subscriber> people;
  for (int i = 10; i < 18; ++i) people.push_back(Person(i, {490 + i}));
  Upsert(people);
  const std::int64_t before = store().GetTenant(kAcme)->revision;
  std::vector<std::thread> threads;
  for (int i = 10; i < 18; ++i) {
    threads.emplace_back([this, i] {
      EXPECT_TRUE(store().SetChoice(kAcme, AorOf(i), false, kAsBefore, By(kNow)).ok());
      EXPECT_TRUE(store().SetChoice(kAcme, AorOf(i), kAsBefore, false, By(kNow)).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().GetTenant(kAcme)->revision, before + 16);
  for (int i = 10; i < 18; ++i) {
    EXPECT_EQ(store().GetSubscriber(kAcme, AorOf(i))->choice,
              (SubscriberChoice{.discoverable = false, .announced = false}));
  }
}

// ---- Who leaves takes their address books along ----

TEST_P(AddressBookConformance, ARemovalErasesTheBooks) {
  Sync(Replacing(1, "phone", {1, 2, 3}));
  Sync(Replacing(1, "tablet", {4}));
  Sync(Replacing(2, "phone", {1}));
  const BookKey key = Book(1, "phone")->key;
  const Tenant before = *store().GetTenant(kAcme);
  EXPECT_EQ(Remove({AorOf(1)}).removed, 1);
  EXPECT_GT(store().GetTenant(kAcme)->books_version, before.books_version);
  const AuditEntry entry = LatestEntry();
  EXPECT_EQ(entry.action, "directory.change");
  EXPECT_THAT(entry.counts, ElementsAre(Count{"removed", 1}, Count{"consents", 2},
                                        Count{"retained_contacts", 4}));
  const auto expect_gone = [&] {
    EXPECT_THAT(Books(1), IsEmpty());
    EXPECT_THAT(*store().FindBooks(kAcme, {key}, kNow), IsEmpty());
    EXPECT_THAT(Holders({1, 2, 3, 4}), SizeIs(1)) << "the other account's";
    EXPECT_EQ(CountAll(), (BookCounts{1, 1}));
  };
  expect_gone();
  Upsert({Person(1, {491})});
  expect_gone();
  EXPECT_EQ(EraseAll(), 4);
  Sync(Replacing(1, "phone", {7}));
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(7));
}

TEST_P(AddressBookConformance, AnImportErasesTheBooksOfThoseWhoLeft) {
  Sync(Replacing(1, "phone", {1, 2}));
  Sync(Replacing(3, "phone", {3}));
  const Tenant before = *store().GetTenant(kAcme);
  const auto import = Begin(/*large_removal_allowed=*/true);
  ASSERT_TRUE(import->Stage({{Person(2, {492}), Person(3, {4933})}}).ok());
  const AuditEntry latest = LatestEntry();
  ASSERT_TRUE(import->Preview().ok());
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1, 2)) << "a preview changes nothing";
  EXPECT_EQ(*store().GetTenant(kAcme), before);
  EXPECT_EQ(LatestEntry(), latest);
  ASSERT_TRUE(import->Commit().ok());
  EXPECT_THAT(Books(1), IsEmpty());
  EXPECT_THAT(Contacts(3, "phone"), ElementsAre(3)) << "who was changed keeps the book";
  EXPECT_GT(store().GetTenant(kAcme)->books_version, before.books_version);
  const AuditEntry entry = LatestEntry();
  EXPECT_EQ(entry.action, "directory.import");
  EXPECT_THAT(entry.counts, ElementsAre(Count{"changed", 1}, Count{"removed", 1},
                                        Count{"consents", 1}, Count{"retained_contacts", 2}));
  EXPECT_EQ(EraseAll(), 2);
}

TEST_P(AddressBookConformance, AChangeThatIsRefusedErasesNothing) {
  Sync(Replacing(1, "phone", {1}));
  const AuditEntry latest = LatestEntry();
  const auto refused = store().Apply(
      kAcme, {.upserts = {Person(4, {}), Person(5, {})}, .removals = {AorOf(1)}}, 3, By(kNow));
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  {
    const auto import = Begin();
    ASSERT_TRUE(import->Stage({{Person(2, {492})}}).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(import->Commit().status()));
  }
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1));
  EXPECT_EQ(LatestEntry(), latest);
  EXPECT_EQ(store().GetTenant(kAcme)->books_version, 0);
}

TEST_P(AddressBookConformance, AChangeThatRemovesNobodyWithABookLeavesTheBooksVersion) {
  Sync(Replacing(1, "phone", {1}));
  Remove({AorOf(2), AorOf(77)});
  Upsert({Person(1, {4911})});
  EXPECT_EQ(store().GetTenant(kAcme)->books_version, 0);
  EXPECT_THAT(Contacts(1, "phone"), ElementsAre(1));
}

}  // namespace
}  // namespace smartcontacts::storage
