#include "service/matching/directory_snapshot.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/conformance/fixtures.h"

namespace smartcontacts::service {
namespace {

using fixtures::AorOf;
using fixtures::Global;
using fixtures::Person;
using fixtures::Salt;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Found = std::vector<std::pair<std::size_t, std::string>>;
using SnapshotPointer = std::shared_ptr<const DirectorySnapshot>;

const std::vector<storage::EpochRecord> kEpochs = {{.number = 2, .salt = Salt(2)},
                                                   {.number = 1, .salt = Salt(1)}};

crypto::Tag TagOf(const Aor& aor) {
  crypto::Tag tag{};
  std::copy_n(aor.value().begin(), std::min<std::size_t>(aor.value().size(), 16),
              tag.bytes.begin());
  return tag;
}

storage::DirectoryEntry Entry(const Subscriber& subscriber, std::int64_t revision) {
  return {.tag = TagOf(subscriber.aor),
          .subscriber = subscriber,
          .visible_revisions = std::vector<std::int64_t>(subscriber.identifiers.size(), revision)};
}

storage::DirectoryEntry Removal(const Aor& aor) { return {.tag = TagOf(aor)}; }

Found Match(const DirectorySnapshot& snapshot, const std::vector<std::int64_t>& numbers,
            std::int64_t since = 0, std::int64_t epoch = 2) {
  std::vector<crypto::Digest> digests;
  const crypto::Digester digester(Salt(static_cast<std::uint8_t>(epoch)));
  for (const std::int64_t number : numbers) digests.push_back(digester(Global(number)));
  Found found;
  snapshot.Match(epoch, digests, since, [&found](std::size_t position, std::string_view aor) {
    found.emplace_back(position, std::string(aor));
  });
  return found;
}

TEST(DirectorySnapshot, FindsSubscribersInEveryEpochAndInOrder) {
  const SnapshotPointer snapshot = DirectorySnapshot::Build(
      nullptr, {Entry(Person(2, {491, 492}), 1), Entry(Person(1, {491}), 1)}, kEpochs, 1);
  for (const std::int64_t epoch : {1, 2}) {
    EXPECT_THAT(Match(*snapshot, {499, 491, 492}, 0, epoch),
                ElementsAre(Pair(1, "sip:1@acme.example"), Pair(1, "sip:2@acme.example"),
                            Pair(2, "sip:2@acme.example")));
  }
  EXPECT_FALSE(snapshot->HasEpoch(3));
}

TEST(DirectorySnapshot, DisabledAndHiddenSubscribersAreNotFoundButKnown) {
  Subscriber disabled = Person(1, {491});
  disabled.enabled = false;
  Subscriber hidden = Person(2, {492});
  hidden.discoverable = false;
  hidden.matching_access = MatchingAccess::kDenied;
  const SnapshotPointer snapshot =
      DirectorySnapshot::Build(nullptr, {Entry(disabled, 1), Entry(hidden, 1)}, kEpochs, 1);
  EXPECT_THAT(Match(*snapshot, {491, 492}), IsEmpty());
  EXPECT_FALSE(snapshot->FindAccount("sip:1@acme.example")->enabled);
  EXPECT_EQ(snapshot->FindAccount("sip:2@acme.example")->matching_access, MatchingAccess::kDenied);
  EXPECT_EQ(snapshot->FindAccount("sip:3@acme.example"), std::nullopt);
}

TEST(DirectorySnapshot, SinceARevisionOnlyWhatBecameVisibleLater) {
  const SnapshotPointer snapshot = DirectorySnapshot::Build(
      nullptr, {Entry(Person(1, {491}), 3), Entry(Person(2, {491}), 5)}, kEpochs, 5);
  EXPECT_THAT(Match(*snapshot, {491}, 2), testing::SizeIs(2));
  EXPECT_THAT(Match(*snapshot, {491}, 3), ElementsAre(Pair(0, "sip:2@acme.example")));
  EXPECT_THAT(Match(*snapshot, {491}, 5), IsEmpty());
}

TEST(DirectorySnapshot, HoldsIsAboutTheNumberAndThePerson) {
  const SnapshotPointer snapshot = DirectorySnapshot::Build(
      nullptr, {Entry(Person(1, {491}), 1), Entry(Person(2, {492}), 1)}, kEpochs, 1);
  const crypto::Digester digester(Salt(2));
  EXPECT_TRUE(snapshot->Holds(2, digester(Global(491)), "sip:1@acme.example"));
  EXPECT_FALSE(snapshot->Holds(2, digester(Global(491)), "sip:2@acme.example"));
  EXPECT_FALSE(snapshot->Holds(2, digester(Global(493)), "sip:1@acme.example"));
}

TEST(DirectorySnapshot, ANumberOfManyNamesTheFirst) {
  std::vector<storage::DirectoryEntry> entries;
  for (int i = 0; i < 2 * kMatchesPerDigestMax; ++i)
    entries.push_back(Entry(Person(1000 + i, {491}), 1));
  const SnapshotPointer snapshot = DirectorySnapshot::Build(nullptr, entries, kEpochs, 1);
  const Found found = Match(*snapshot, {491});
  ASSERT_EQ(found.size(), static_cast<std::size_t>(kMatchesPerDigestMax));
  EXPECT_EQ(found.front().second, "sip:1000@acme.example");
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  const crypto::Digester digester(Salt(2));
  EXPECT_TRUE(snapshot->Holds(2, digester(Global(491)), "sip:1060@acme.example"))
      << "but nobody is taken for gone";
}

TEST(DirectorySnapshot, TheIncrementalFloorLeavesATenth) {
  std::vector<storage::DirectoryEntry> entries;
  for (int i = 0; i < 100; ++i) entries.push_back(Entry(Person(1000 + i, {4900 + i}), 1 + i));
  EXPECT_EQ(DirectorySnapshot::Build(nullptr, entries, kEpochs, 100)->incremental_floor(), 90);
  EXPECT_EQ(DirectorySnapshot::Build(nullptr, {}, kEpochs, 0)->incremental_floor(), 0);
}

TEST(DirectorySnapshot, FollowingChangesArrivesWhereBuildingAnewDoes) {
  std::mt19937 random(7);
  const auto below = [&random](int bound) { return static_cast<int>(random() % bound); };
  std::map<Aor, storage::DirectoryEntry> model;
  SnapshotPointer followed = DirectorySnapshot::Build(nullptr, {}, kEpochs, 0);
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < 20; ++i) numbers.push_back(4900 + i);
  for (int revision = 1; revision <= 300; ++revision) {
    std::map<Aor, storage::DirectoryEntry> changes;
    for (int i = below(5); i >= 0; --i) {
      const int number = 100 + below(30);
      if (below(3) == 0) {
        changes.insert_or_assign(AorOf(number), Removal(AorOf(number)));
        continue;
      }
      Subscriber person = Person(number, {4900 + below(20)});
      person.enabled = below(5) != 0;
      changes.insert_or_assign(person.aor, Entry(person, revision));
    }
    std::vector<storage::DirectoryEntry> delta;
    for (const auto& [aor, entry] : changes) {
      delta.push_back(entry);
      if (entry.subscriber.has_value()) {
        model.insert_or_assign(aor, entry);
      } else {
        model.erase(aor);
      }
    }
    std::shuffle(delta.begin(), delta.end(), random);
    followed = DirectorySnapshot::Build(followed.get(), delta, kEpochs, revision);

    std::vector<storage::DirectoryEntry> all;
    for (const auto& [aor, entry] : model) all.push_back(entry);
    const SnapshotPointer anew = DirectorySnapshot::Build(nullptr, all, kEpochs, revision);
    const std::int64_t since = below(revision);
    for (const std::int64_t epoch : {1, 2}) {
      ASSERT_EQ(Match(*followed, numbers, since, epoch), Match(*anew, numbers, since, epoch));
    }
    ASSERT_EQ(followed->subscriber_count(), model.size());
    ASSERT_EQ(followed->incremental_floor(), anew->incremental_floor());
    for (int number = 100; number < 130; ++number) {
      const auto account = followed->FindAccount(AorOf(number).value());
      const auto expected = model.find(AorOf(number));
      ASSERT_EQ(account.has_value(), expected != model.end());
      if (account.has_value()) {
        ASSERT_EQ(account->enabled, expected->second.subscriber->enabled);
      }
    }
  }
}

}  // namespace
}  // namespace smartcontacts::service
