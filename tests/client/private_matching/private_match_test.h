// What tests of whole runs share.

#ifndef SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_PRIVATE_MATCH_TEST_H_
#define SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_PRIVATE_MATCH_TEST_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/private_matching/private_book_matcher.h"
#include "client/private_matching/private_state_file.h"
#include "tests/client/private_matching/fake_private_service.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::client {

// The number `i` as it stands in a book, and its identifier.
inline std::string Number(int i) { return absl::StrCat("+493012", 10000 + i); }
inline std::string Id(int i) { return "tel:" + Number(i); }
inline std::string AorOf(int i) { return absl::StrCat("sip:", 100 + i, "@acme.example"); }

inline std::string Book(const std::vector<int>& numbers) {
  std::string book;
  for (const int i : numbers) {
    absl::StrAppend(&book, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Contact ", i, "\r\nTEL:", Number(i),
                    "\r\nEND:VCARD\r\n");
  }
  return book;
}

class PrivateMatchTest : public testing::Test {
 protected:
  absl::StatusOr<PrivateBookSummary> Match(const std::vector<int>& numbers) {
    return MatchText(Book(numbers));
  }

  absl::StatusOr<PrivateBookSummary> MatchText(const std::string& text) {
    return MatchUnder(service_.Policy(), text);
  }

  // `found_` gets "NAME: AOR" for each match.
  absl::StatusOr<PrivateBookSummary> MatchUnder(const v1::GetPolicyResponse& policy,
                                                const std::string& text) {
    found_.clear();
    service_.batches_.clear();
    service_.directory_requests_.clear();
    std::istringstream book(text);
    return MatchBookPrivately(service_.connection(), policy, book, state_path_,
                              [this](const FoundContact& contact) {
                                found_.push_back(contact.name + ": " + contact.aor);
                              });
  }

  // Names and contents of all files there are.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().extension() == ".lock") continue;
      files[entry.path().filename().string()] = ReadFile(entry.path().string());
    }
    return files;
  }

  PrivateState Kept() const { return **PrivateStateFile::Open(state_path_)->Read(); }

  FakePrivateService service_;
  const TemporaryDirectory directory_;
  const std::string state_path_ = directory_ / "state";
  std::vector<std::string> found_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_PRIVATE_MATCH_TEST_H_
