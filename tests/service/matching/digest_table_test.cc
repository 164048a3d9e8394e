#include "service/matching/digest_table.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace smartcontacts::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

crypto::Digest DigestOf(std::uint8_t first, std::uint8_t last) {
  crypto::Digest digest{};
  digest.bytes.front() = first;
  digest.bytes.back() = last;
  return digest;
}

// The records found for each position.
std::map<std::size_t, std::vector<std::uint32_t>> Find(const DigestTable& table,
                                                       const std::vector<crypto::Digest>& digests) {
  std::map<std::size_t, std::vector<std::uint32_t>> found;
  table.Find(digests, [&found](std::size_t position, const DigestEntry& entry) {
    found[position].push_back(entry.record);
    return true;
  });
  return found;
}

TEST(DigestTable, AnEmptyTableHasNobody) {
  EXPECT_THAT(Find(DigestTable({}), {DigestOf(0, 0), DigestOf(1, 0)}), IsEmpty());
}

TEST(DigestTable, DigestsThatShareAPlaceAndAFingerprintAreToldApart) {
  // All bytes that place and fingerprint come from are the same.
  const DigestTable table({{.digest = DigestOf(7, 1), .record = 1},
                           {.digest = DigestOf(7, 2), .record = 2},
                           {.digest = DigestOf(7, 3), .record = 3}});
  const auto found = Find(table, {DigestOf(7, 3), DigestOf(7, 9), DigestOf(7, 1)});
  EXPECT_THAT(found, testing::SizeIs(2));
  EXPECT_THAT(found.at(0), ElementsAre(3));
  EXPECT_THAT(found.at(2), ElementsAre(1));
}

TEST(DigestTable, EntriesOfOneDigestComeInTheOrderOfTheirRecords) {
  std::vector<DigestEntry> entries;
  for (std::uint32_t record = 0; record < 100; ++record) {
    entries.push_back({.digest = DigestOf(record % 2 == 0 ? 1 : 2, 0), .record = record});
  }
  const auto found = Find(DigestTable(entries), {DigestOf(1, 0)});
  ASSERT_EQ(found.at(0).size(), 50U);
  EXPECT_TRUE(std::is_sorted(found.at(0).begin(), found.at(0).end()));
}

TEST(DigestTable, ItStopsAtTheDigestWhereItIsToldTo) {
  const DigestTable table({{.digest = DigestOf(1, 0), .record = 1},
                           {.digest = DigestOf(1, 0), .record = 2},
                           {.digest = DigestOf(2, 0), .record = 3}});
  std::vector<std::uint32_t> records;
  const std::vector<crypto::Digest> digests = {DigestOf(1, 0), DigestOf(2, 0)};
  table.Find(digests, [&records](std::size_t, const DigestEntry& entry) {
    records.push_back(entry.record);
    return false;
  });
  EXPECT_THAT(records, ElementsAre(1, 3));
}

TEST(DigestTable, AgreesWithAnOrdinaryMultimap) {
  std::mt19937_64 random(1);
  for (const int size : {1, 2, 3, 15, 16, 17, 100, 5000}) {
    std::multimap<crypto::Digest, std::uint32_t> model;
    std::vector<DigestEntry> entries;
    // Few values in each byte, so that places, fingerprints and whole digests collide.
    const auto any = [&random, size] {
      crypto::Digest digest{};
      for (const std::size_t i : {0, 1, 8, 15}) {
        digest.bytes[i] = static_cast<std::uint8_t>(random() % (size > 100 ? 16 : 4));
      }
      return digest;
    };
    for (int i = 0; i < size; ++i) {
      entries.push_back({.digest = any(), .record = static_cast<std::uint32_t>(i)});
      model.emplace(entries.back().digest, entries.back().record);
    }
    const DigestTable table(entries);
    std::vector<crypto::Digest> asked;
    for (int i = 0; i < 300; ++i) asked.push_back(any());
    const auto found = Find(table, asked);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      std::vector<std::uint32_t> expected;
      const auto [begin, end] = model.equal_range(asked[i]);
      for (auto entry = begin; entry != end; ++entry) expected.push_back(entry->second);
      const auto answer = found.find(i);
      EXPECT_EQ(answer == found.end() ? std::vector<std::uint32_t>() : answer->second, expected);
    }
  }
}

}  // namespace
}  // namespace smartcontacts::service
