// The subscriber's rights: to see what is held, to have it erased, to hide.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAlice[] = "tel:+493023125111";

class RightsTest : public ServerTest {
 protected:
  void SetUp() override {
    StartServer();
    CreateTenant("acme");
    OfferRetention(*this, "acme");
    Upsert("acme", "101", {"tel:+493023125101", "tel:101;phone-context=acme.example"});
  }
};

TEST_F(RightsTest, AllThatIsHeldIsShownWithWhyAndUntilWhen) {
  // What comes back in a second must not be seen.
  ASSERT_EQ(Admin({"tenant", "update", "acme", "--match-quota", "1000:1"}).exit_code, 0);
  Device phone(*this, "acme", "101");
  phone.Replace({kAlice});
  MatchesOf(phone.token(), {kAlice});
  const v1::GetMyDataResponse data = phone.MyData();
  EXPECT_EQ(data.aor(), "sip:101@acme.example");
  EXPECT_THAT(data.directory().identifiers(),
              ElementsAre("tel:+493023125101", "tel:101;phone-context=acme.example"));
  EXPECT_TRUE(data.directory().enabled());
  EXPECT_TRUE(data.directory().discoverability().discoverable());
  EXPECT_TRUE(data.directory().discoverability().announced());
  EXPECT_FALSE(data.directory().purpose().has_expire_time());
  ASSERT_EQ(data.address_books_size(), 1);
  const v1::AddressBookData& book = data.address_books(0);
  EXPECT_EQ(book.device_id(), "phone");
  EXPECT_EQ(book.retained_count(), 1);
  EXPECT_EQ(book.consent().privacy_policy_version(), kPolicyVersion);
  EXPECT_GT(book.consent().agree_time().seconds(), 0);
  EXPECT_EQ(book.purpose().expire_time().seconds() - book.sync_time().seconds(), 30 * 24 * 3600);
  EXPECT_EQ(book.purpose().legal_basis(), "GDPR 6(1)(a)");
  ASSERT_EQ(data.quotas_size(), 3);
  EXPECT_EQ(data.quotas(0).name(), "full");
  // One for the match, one for the sync.
  EXPECT_EQ(data.quotas(0).available(), 1'000 - 2);
  // Who is not in the directory is told that nothing is held.
  Device stranger(*this, "acme", "199");
  EXPECT_FALSE(stranger.MyData().has_directory());
  EXPECT_THAT(stranger.MyData().address_books(), IsEmpty());
}

TEST_F(RightsTest, ErasingLeavesNothingAndGivesAReceipt) {
  Device phone(*this, "acme", "101");
  Device tablet(*this, "acme", "101", "tablet");
  phone.Replace({kAlice, "tel:+493023125112"});
  tablet.Replace({kAlice});
  v1::EraseMyDataResponse response;
  ASSERT_TRUE(phone.Erase("", &response).ok());
  EXPECT_THAT(phone.MyData().address_books(), IsEmpty());
  v1::ReceiptStatement statement;
  ASSERT_TRUE(statement.ParseFromString(response.receipt().statement()));
  EXPECT_EQ(statement.tenant_id(), "acme");
  EXPECT_EQ(statement.aor(), "sip:101@acme.example");
  EXPECT_EQ(statement.counts(0).count(), 2);
  EXPECT_EQ(statement.counts(1).count(), 3);
  EXPECT_EQ(statement.receipt_id().size(), 16U);
  EXPECT_TRUE(Valid(response.receipt()));
  v1::Receipt tampered = response.receipt();
  statement.mutable_counts(1)->set_count(4);
  tampered.set_statement(statement.SerializeAsString());
  EXPECT_FALSE(Valid(tampered));
  // The consent is gone with it.
  v1::SyncAddressBookRequest start = phone.Start();
  start.mutable_start()->clear_consent();
  EXPECT_TRUE(Fails(phone.Send({start, Device::Finish(0)}), StatusCode::FAILED_PRECONDITION,
                    "CONSENT_REQUIRED"));
  // Safe to repeat.
  EXPECT_TRUE(phone.Erase("").ok());
}

TEST_F(RightsTest, ErasingOneDeviceLeavesTheOthers) {
  Device phone(*this, "acme", "101");
  Device tablet(*this, "acme", "101", "tablet");
  phone.Replace({kAlice});
  tablet.Replace({kAlice});
  ASSERT_TRUE(phone.Erase("phone").ok());
  ASSERT_EQ(phone.MyData().address_books_size(), 1);
  EXPECT_EQ(phone.MyData().address_books(0).device_id(), "tablet");
  EXPECT_TRUE(Fails(phone.Erase("phone"), StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Fails(phone.Erase("not a device"), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

TEST_F(RightsTest, AChoiceStandsAgainstTheDirectoryUntilTheSubscriberLeaves) {
  Upsert("acme", "102", {"tel:+493023125102"}, /*enabled=*/true, /*discoverable=*/false);
  Device phone(*this, "acme", "101");
  const std::vector<std::string> both = {"tel:+493023125101", "tel:+493023125102"};
  EXPECT_THAT(MatchesOf(phone.token(), both), ElementsAre("0 sip:101@acme.example"));
  // The one hides; the other, who starts hidden, shows.
  ASSERT_TRUE(phone.SetDiscoverability(false, {}).ok());
  ASSERT_TRUE(Device(*this, "acme", "102").SetDiscoverability(true, {}).ok());
  EXPECT_THAT(MatchesOf(phone.token(), both), ElementsAre("1 sip:102@acme.example"));
  EXPECT_FALSE(phone.MyData().directory().discoverability().discoverable());
  // What the PBX registers again changes neither.
  Upsert("acme", "101", {"tel:+493023125101"});
  Upsert("acme", "102", {"tel:+493023125102"}, true, false);
  EXPECT_THAT(MatchesOf(phone.token(), both), ElementsAre("1 sip:102@acme.example"));
  Remove("acme", "101");
  Upsert("acme", "101", {"tel:+493023125101"});
  EXPECT_THAT(MatchesOf(phone.token(), both),
              ElementsAre("0 sip:101@acme.example", "1 sip:102@acme.example"));
}

TEST_F(RightsTest, WhatCannotBeChosenIsRefused) {
  Device phone(*this, "acme", "101");
  EXPECT_TRUE(
      Fails(phone.SetDiscoverability({}, {}), StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(Fails(Device(*this, "acme", "199").SetDiscoverability(false, {}),
                    StatusCode::NOT_FOUND, "NOT_FOUND"));
}

}  // namespace
}  // namespace smartcontacts::integration
