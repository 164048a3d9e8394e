#include "service/private_match/sealed_directory.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "crypto/locator_filter.h"
#include "crypto/sealed_entry.h"
#include "crypto/secret.h"
#include "service/error.h"
#include "service/private_match/sealed_answer.h"

namespace smartcontacts::service {
namespace {

using EntryChange = storage::SealedDirectoryStore::EntryChange;
using testing::IsEmpty;

constexpr std::size_t kLabelSize = 64;
const std::size_t kEntrySize = crypto::SealedEntrySize(kLabelSize);

crypto::Locator LocatorOf(std::uint64_t n) {
  crypto::Locator locator{};
  for (std::size_t i = 0; i < 8; ++i)
    locator.bytes[i] = static_cast<std::uint8_t>(n >> (56 - 8 * i));
  return locator;
}

crypto::Tag OwnerOf(std::uint8_t n) {
  crypto::Tag tag{};
  tag.bytes[0] = n;
  return tag;
}

// The entry of an owner under a locator; `version` makes it another one.
std::string EntryOf(const crypto::Locator& locator, std::uint8_t owner, std::uint8_t version = 0) {
  std::string entry(kEntrySize, static_cast<char>(owner));
  std::copy(locator.bytes.begin(), locator.bytes.end(), entry.begin());
  entry[crypto::Locator::kSize] = static_cast<char>(version);
  return entry;
}

EntryChange Came(std::uint64_t locator, std::uint8_t owner, std::int64_t revision,
                 std::uint8_t version = 0) {
  return {LocatorOf(locator), OwnerOf(owner), revision,
          EntryOf(LocatorOf(locator), owner, version)};
}
EntryChange Went(std::uint64_t locator, std::uint8_t owner, std::int64_t revision) {
  return {LocatorOf(locator), OwnerOf(owner), revision, ""};
}

storage::SealedDirectoryState StateAt(std::int64_t revision) {
  return {.epoch = 1, .revision = revision, .label_size = kLabelSize, .complete = true};
}

std::string Bytes(const crypto::Locator& locator) {
  return {reinterpret_cast<const char*>(locator.bytes.data()), crypto::Locator::kSize};
}

TEST(SealedDirectoryTest, EntriesAreInTheOrderOfTheirBytes) {
  const auto directory = SealedDirectory::Build(
      nullptr, {Came(3, 1, 1), Came(1, 1, 1), Came(2, 2, 1, 9), Came(2, 1, 1, 7)}, StateAt(1));
  EXPECT_EQ(directory->entries(), EntryOf(LocatorOf(1), 1) + EntryOf(LocatorOf(2), 1, 7) +
                                      EntryOf(LocatorOf(2), 2, 9) + EntryOf(LocatorOf(3), 1));
  EXPECT_EQ(directory->entry_count(), 4U);
}

TEST(SealedDirectoryTest, ChangesNameWhatWasTouchedAndAllThatIsThereNow) {
  const auto first = SealedDirectory::Build(
      nullptr, {Came(1, 1, 1), Came(2, 1, 1), Came(2, 2, 1, 5), Came(3, 3, 1)}, StateAt(1));
  const auto second = SealedDirectory::Build(
      first.get(), {Went(2, 1, 2), Went(3, 3, 2), Came(4, 4, 2)}, StateAt(2));
  const SealedChanges changes = second->ChangesSince(1);
  EXPECT_EQ(changes.removed, Bytes(LocatorOf(2)) + Bytes(LocatorOf(3)) + Bytes(LocatorOf(4)));
  EXPECT_EQ(changes.entries, EntryOf(LocatorOf(2), 2, 5) + EntryOf(LocatorOf(4), 4))
      << "the other owner of 2 is named again";
  EXPECT_THAT(second->ChangesSince(2).removed, IsEmpty());
  EXPECT_THAT(second->ChangesSince(2).entries, IsEmpty());
}

TEST(SealedDirectoryTest, WhoComesBackIsNotRemembered) {
  const auto first = SealedDirectory::Build(nullptr, {Came(1, 1, 1)}, StateAt(1));
  const auto second = SealedDirectory::Build(first.get(), {Went(1, 1, 2)}, StateAt(2));
  const auto third = SealedDirectory::Build(second.get(), {Came(1, 1, 3, 8)}, StateAt(3));
  EXPECT_EQ(third->ChangesSince(1).entries, EntryOf(LocatorOf(1), 1, 8));
  EXPECT_EQ(third->ChangesSince(1).removed, Bytes(LocatorOf(1)));
}

// A client that follows the changes has what one has that loads the whole.
TEST(SealedDirectoryTest, FollowingLeadsToTheWhole) {
  std::mt19937 random(20261125);
  std::map<std::pair<int, int>, int> model;  // (locator, owner) to version
  std::multimap<std::string, std::string> followed;
  std::shared_ptr<const SealedDirectory> directory =
      SealedDirectory::Build(nullptr, {}, StateAt(1));
  std::int64_t seen = 1;
  for (int revision = 2; revision < 300; ++revision) {
    std::map<std::pair<int, int>, EntryChange> changes;
    for (int i = static_cast<int>(random() % 6); i > 0; --i) {
      const auto locator = random() % 40;
      const auto owner = static_cast<std::uint8_t>(random() % 3);
      const std::pair key(locator, owner);
      if (model.contains(key)) {
        changes.insert_or_assign(key, Went(locator, owner, revision));
        model.erase(key);
      } else {
        const auto version = static_cast<std::uint8_t>(random());
        changes.insert_or_assign(key, Came(locator, owner, revision, version));
        model[key] = version;
      }
    }
    std::vector<EntryChange> list;
    for (const auto& [key, change] : changes) list.push_back(change);
    directory = SealedDirectory::Build(directory.get(), list, StateAt(revision));
    if (random() % 3 != 0) continue;
    const SealedChanges since = directory->ChangesSince(seen);
    seen = revision;
    for (std::size_t i = 0; i < since.removed.size(); i += crypto::Locator::kSize) {
      followed.erase(since.removed.substr(i, crypto::Locator::kSize));
    }
    for (std::size_t i = 0; i < since.entries.size(); i += kEntrySize) {
      const std::string entry = since.entries.substr(i, kEntrySize);
      followed.emplace(entry.substr(0, crypto::Locator::kSize), entry);
    }
    std::multiset<std::string> have;
    for (const auto& [locator, entry] : followed) have.insert(entry);
    std::string all;
    for (const std::string& entry : have) all += entry;
    ASSERT_EQ(all, directory->entries()) << "at revision " << revision;
  }
}

TEST(SealedDirectoryTest, BucketsTogetherAreTheWhole) {
  std::mt19937_64 random(1);
  std::vector<EntryChange> changes;
  for (int i = 0; i < 70'000; ++i) changes.push_back(Came(random(), 1, 1));
  const auto directory = SealedDirectory::Build(nullptr, changes, StateAt(1));
  EXPECT_EQ(directory->bucket_bits(), 10U);
  std::string all;
  for (std::uint32_t bucket = 0; bucket < 1024; ++bucket) {
    const std::string_view entries = directory->Bucket(bucket);
    for (std::size_t i = 0; i < entries.size(); i += kEntrySize) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(entries.data() + i);
      ASSERT_EQ(std::uint32_t{bytes[0]} << 2 | bytes[1] >> 6, bucket);
    }
    all += entries;
  }
  EXPECT_EQ(all, directory->entries());

  const auto filter = crypto::LocatorFilter::Parse(std::string(directory->Filter()));
  ASSERT_TRUE(filter.ok()) << filter.status();
  std::vector<crypto::Locator> there;
  for (const EntryChange& change : changes) there.push_back(change.locator);
  EXPECT_EQ(filter->ProbablyContained(there).size(), there.size());
}

class SealedAnswerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::InitializeOrDie(); }

  static Reason ReasonOf(const absl::StatusOr<SealedAnswer>& answer) {
    return GetError(answer.status()).value().reason;
  }
  absl::StatusOr<SealedAnswer> Ask(const SealedRequest& request) {
    return AnswerSealed(directory_, request, keys_);
  }

  const crypto::TenantKeys keys_{crypto::SecretKey::Generate()};
  std::shared_ptr<const SealedDirectory> directory_ = [] {
    storage::SealedDirectoryState state = StateAt(9);
    state.changes_floor = 4;
    return SealedDirectory::Build(nullptr, {Came(1, 1, 4), Came(2, 1, 8)}, state);
  }();
};

TEST_F(SealedAnswerTest, WhatIsSignedIsWhatIsSent) {
  using Part = crypto::SealedDirectoryPart;
  for (const SealedRequest& request :
       {SealedRequest{.part = Part::kWhole}, SealedRequest{.part = Part::kFilter},
        SealedRequest{.part = Part::kChanges, .since_revision = 5},
        SealedRequest{.part = Part::kBuckets, .revision = 9, .buckets = {0}}}) {
    const absl::StatusOr<SealedAnswer> answer = Ask(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    crypto::Sha256 hash;
    hash.Update(answer->removed_locators);
    for (const std::string_view entries : answer->entries)
      hash.Update({entries.data(), entries.size()});
    hash.Update({answer->filter.data(), answer->filter.size()});
    EXPECT_EQ(answer->header.content_hash, hash.Finish());
    EXPECT_TRUE(crypto::Signer::Verify(
        crypto::SignaturePurpose::kSealedDirectory, crypto::SignedBytes(answer->header),
        {reinterpret_cast<const char*>(answer->signature.data()), answer->signature.size()},
        keys_.sealed_directory_signer.public_key()));
    EXPECT_EQ(answer->header.since_revision, request.since_revision);
    EXPECT_EQ(answer->header.buckets, request.buckets);
    EXPECT_EQ(answer->header.revision, 9);
  }
}

TEST_F(SealedAnswerTest, WhatCannotBeAnsweredIsRefused) {
  using Part = crypto::SealedDirectoryPart;
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kChanges, .since_revision = 3})), Reason::kRevisionExpired);
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kChanges, .since_revision = 10})),
            Reason::kRevisionExpired);
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kChanges, .since_revision = -1})), Reason::kFieldInvalid);
  EXPECT_TRUE(Ask({.part = Part::kChanges, .since_revision = 4}).ok());
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kBuckets, .revision = 8, .buckets = {0}})),
            Reason::kRevisionExpired);
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kBuckets, .revision = 9})), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kBuckets, .revision = 9, .buckets = {1}})),
            Reason::kFieldInvalid)
      << "there is one bucket";
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kBuckets, .revision = 9, .buckets = {0, 0}})),
            Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(Ask({.part = Part::kBuckets,
                          .revision = 9,
                          .buckets = std::vector<std::uint32_t>(kBucketsPerRequestMax + 1)})),
            Reason::kBatchTooLarge);
}

}  // namespace
}  // namespace smartcontacts::service
