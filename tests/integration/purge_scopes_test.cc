// `smart-contacts-admin purge`: of what is retained exactly that is removed which was named.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

constexpr char kAlice[] = "tel:+493023125111";
constexpr char kBob[] = "tel:+493023125112";
constexpr char kCarol[] = "tel:+493023125113";

constexpr char kFirst[] = "sip:101@acme.example";

// Two tenants. In acme two accounts retain contacts, the first of them of two devices.
class PurgeScopesTest : public ServerTest {
 protected:
  static constexpr int kRetentionDays = 300;

  void SetUp() override {
    StartServer();
    for (const char* tenant : {"acme", "globex"}) {
      CreateTenant(tenant);
      OfferRetention(*this, tenant, kRetentionDays);
      for (const char* user : {"101", "102"}) Upsert(tenant, user, {absl::StrCat("tel:+49", user)});
    }
    Device(*this, "acme", "101", "phone").Replace({kAlice, kBob, kCarol});
    Device(*this, "acme", "101", "tablet").Replace({kAlice, kBob});
    Device(*this, "acme", "102", "phone").Replace({kAlice});
    Device(*this, "globex", "101", "phone").Replace({kAlice, kBob});
  }

  // "TENANT USER DEVICE COUNT" of everything that is retained.
  std::vector<std::string> Retained() {
    std::vector<std::string> books;
    for (const char* tenant : {"acme", "globex"}) {
      for (const char* user : {"101", "102"}) {
        const v1::GetMyDataResponse data = Device(*this, tenant, user).MyData();
        for (const v1::AddressBookData& book : data.address_books()) {
          books.push_back(
              absl::StrCat(tenant, " ", user, " ", book.device_id(), " ", book.retained_count()));
        }
      }
    }
    return books;
  }

  Finished Purge(std::vector<std::string> scope, const std::string& mode = "--yes") {
    scope.insert(scope.begin(), {"purge", "--tenant", "acme", mode, "--output", "json"});
    return Admin(scope);
  }
  // {"KIND": COUNT} of what a dry run or a purge printed.
  static json CountsOf(const Finished& purge) {
    const json document = json::parse(purge.out);
    json counts;
    for (const json& count : document["counts"]) {
      const json& number = count["count"];  // of a message it is text
      counts[count["kind"].get<std::string>()] =
          number.is_string() ? std::stoi(number.get<std::string>()) : number.get<int>();
    }
    return counts;
  }
  // A dry run removes nothing and tells the same numbers as the purge, which leaves `left`.
  void ExpectPurged(const std::vector<std::string>& scope, int books, int contacts,
                    const std::vector<std::string>& left) {
    const json counts = {{"consents", books}, {"retained_contacts", contacts}};
    const std::vector<std::string> before = Retained();
    const Finished dry_run = Purge(scope, "--dry-run");
    ASSERT_EQ(dry_run.exit_code, 0) << dry_run.err;
    EXPECT_EQ(CountsOf(dry_run), counts);
    EXPECT_EQ(Retained(), before);

    const Finished purge = Purge(scope);
    ASSERT_EQ(purge.exit_code, 0) << purge.err;
    EXPECT_EQ(CountsOf(purge), counts);
    EXPECT_THAT(Retained(), UnorderedElementsAreArray(left));
  }

  // As if the devices had not synced since.
  void Age(int days) {
    Execute(absl::StrCat("UPDATE address_books SET sync_time = sync_time - ",
                         std::int64_t{days} * 24 * 3600 * 1'000'000));
  }
};

TEST_F(PurgeScopesTest, OfATenantTheRetainedContactsGoAndItsDirectoryAndOtherTenantsStay) {
  ExpectPurged({}, 3, 6, {"globex 101 phone 2"});
  EXPECT_EQ(Revision("acme"), 2);
  EXPECT_EQ(MatchesOf(Token("acme", "101"), {"tel:+49102"}).size(), 1U);
}

TEST_F(PurgeScopesTest, OfAnAccountAllDevicesGoAndNobodyElses) {
  ExpectPurged({"--account", kFirst}, 2, 5, {"acme 102 phone 1", "globex 101 phone 2"});
}

TEST_F(PurgeScopesTest, OfADeviceNothingElseGoes) {
  ExpectPurged({"--account", kFirst, "--device", "phone"}, 1, 3,
               {"acme 101 tablet 2", "acme 102 phone 1", "globex 101 phone 2"});
  ExpectPurged({"--account", kFirst, "--device", "phone"}, 0, 0, Retained());
}

TEST_F(PurgeScopesTest, OnlyDevicesThatWereSilentForSoLongGo) {
  Age(/*days=*/40);
  Device(*this, "acme", "101", "tablet").Replace({kCarol});
  Device(*this, "acme", "102", "watch").Replace({kCarol, kBob});
  const std::vector<std::string> all = Retained();
  ExpectPurged({"--older-than", "41d"}, 0, 0, all);
  ExpectPurged({"--older-than", "6w", "--account", kFirst}, 0, 0, all);
  ExpectPurged({"--older-than", "39d", "--account", kFirst}, 1, 3,
               {"acme 101 tablet 1", "acme 102 phone 1", "acme 102 watch 2", "globex 101 phone 2"});
  ExpectPurged({"--older-than", "936h"}, 1, 1,
               {"acme 101 tablet 1", "acme 102 watch 2", "globex 101 phone 2"});
  ExpectPurged({"--older-than", "1h", "--account", "sip:102@acme.example", "--device", "watch"}, 0,
               0, Retained());
}

TEST_F(PurgeScopesTest, TheReceiptNamesTheScopeAndIsVerified) {
  const std::string file = directory_ / "receipt.json";
  ASSERT_EQ(Purge({"--account", kFirst, "--device", "tablet", "--receipt-file", file}).exit_code,
            0);
  const Finished verified = Admin({"purge", "verify", file});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, AllOf(HasSubstr(kFirst), HasSubstr("tablet"),
                                  HasSubstr("1 consents, 2 retained contacts")));
}

TEST_F(PurgeScopesTest, WhatTheServiceRefusesTheProgramRefusesFirst) {
  const std::vector<std::string> before = Retained();
  for (const char* duration : {"59m", "0h", "30", "3651d", "36600d", "-1d", "d", "1h30"}) {
    const Finished result = Purge({"--older-than", duration});
    EXPECT_EQ(result.exit_code, 2) << duration;
    EXPECT_THAT(result.err, HasSubstr("--older-than")) << duration;
  }
  EXPECT_EQ(Purge({"--device", "phone"}).exit_code, 2) << "whose?";
  for (const char* option : {"--account", "--older-than"}) {
    EXPECT_EQ(Purge({"--everything", option, "30d"}).exit_code, 2) << option;
  }
  // The largest that passes is the largest that is accepted.
  EXPECT_EQ(Purge({"--older-than", "3650d"}).exit_code, 0);
  EXPECT_EQ(Retained(), before);
}

TEST_F(PurgeScopesTest, WithoutYesOrATerminalNothingIsRemoved) {
  const std::vector<std::string> before = Retained();
  const Finished result = Admin({"purge", "--tenant", "acme"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--yes"));
  EXPECT_EQ(Retained(), before);
}

}  // namespace
}  // namespace smartcontacts::integration
