// That the examples hold what the demo shows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/address_book/address_book.h"
#include "client/directory_file/directory_file.h"
#include "domain/names.h"

namespace smartcontacts::client {
namespace {

std::ifstream Open(const std::string& name) {
  return std::ifstream(std::string(SMART_CONTACTS_SOURCE_DIR) + "/examples/" + name,
                       std::ios::binary);
}

std::vector<DirectoryLine> ReadDirectory(const std::string& name) {
  std::vector<DirectoryLine> lines;
  std::ifstream input = Open(name);
  const absl::Status status = ReadDirectoryFile(input, {.on_line =
                                                            [&lines](const DirectoryLine& line) {
                                                              lines.push_back(line);
                                                              return absl::OkStatus();
                                                            },
                                                        .on_rejected =
                                                            [](const RejectedLine& line) {
                                                              ADD_FAILURE() << line.line << ": "
                                                                            << line.reason;
                                                              return absl::OkStatus();
                                                            }});
  EXPECT_EQ(status, absl::OkStatus());
  return lines;
}

std::map<std::string, int> CountNumbers(const std::vector<DirectoryLine>& lines) {
  std::map<std::string, int> counts;
  for (const DirectoryLine& line : lines) {
    for (const std::string& number : line.numbers) ++counts[number];
  }
  return counts;
}

TEST(Examples, TheDirectoriesShowEveryKindOfSubscriber) {
  const auto acme = ReadDirectory("directory-acme.csv");
  const auto globex = ReadDirectory("directory-globex.csv");
  EXPECT_GE(acme.size(), 200U);
  EXPECT_GE(acme.size() + globex.size(), 320U);
  std::set<std::string> aors;
  std::set<std::size_t> extension_sizes;
  for (const DirectoryLine& line : acme) {
    const auto aor = Aor::Parse(line.aor);
    ASSERT_TRUE(aor.ok());
    EXPECT_EQ(aor->domain(), "acme.example");
    EXPECT_TRUE(aors.insert(aor->value()).second) << line.line;
    extension_sizes.insert(line.extension.size());
  }
  EXPECT_THAT(extension_sizes, testing::ElementsAre(2, 3, 4, 5, 6));
  const auto has = [&acme](auto condition) {
    return std::any_of(acme.begin(), acme.end(), condition);
  };
  EXPECT_TRUE(has([](const DirectoryLine& line) { return !line.enabled; }));
  EXPECT_TRUE(has([](const DirectoryLine& line) { return !line.discoverable; }));
  EXPECT_TRUE(has([](const DirectoryLine& line) { return line.numbers.size() > 1; }));
  EXPECT_TRUE(has(
      [](const DirectoryLine& line) { return line.matching_access == MatchingAccess::kDenied; }));
}

TEST(Examples, SomeNumbersAreShared) {
  const auto acme = CountNumbers(ReadDirectory("directory-acme.csv"));
  const auto globex = CountNumbers(ReadDirectory("directory-globex.csv"));
  EXPECT_TRUE(std::any_of(acme.begin(), acme.end(), [](const auto& n) { return n.second > 1; }));
  EXPECT_TRUE(std::any_of(acme.begin(), acme.end(),
                          [&globex](const auto& n) { return globex.count(n.first) > 0; }));
}

TEST(Examples, TheAddressBookIsReadWholeAndHoldsEverybodyWhoIsExpected) {
  std::set<std::string> names;
  std::ifstream book = Open("address-book.vcf");
  const auto read = ReadAddressBook(book, [&names](const Contact& contact) {
    EXPECT_TRUE(names.insert(contact.name).second) << contact.name;
    return absl::OkStatus();
  });
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_GE(read->contacts, 520);
  EXPECT_EQ(read->damaged, 0);

  std::map<std::string, std::set<std::string>> found;
  std::ifstream expected = Open("expected-matches.csv");
  std::string line;
  std::getline(expected, line);
  EXPECT_EQ(line, "tenant,contact,aor");
  while (std::getline(expected, line)) {
    const std::size_t first = line.find(',');
    const std::string name = line.substr(first + 1, line.rfind(',') - first - 1);
    EXPECT_EQ(names.count(name), 1U) << name;
    found[line.substr(0, first)].insert(name);
  }
  EXPECT_GE(found["acme"].size(), names.size() * 30 / 100);
  EXPECT_LE(found["acme"].size(), names.size() * 40 / 100);
  EXPECT_GE(found["globex"].size(), 20U);
}

}  // namespace
}  // namespace smartcontacts::client
