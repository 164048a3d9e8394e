// The whole life of retained contacts, as the people concerned see it: an account that retains, a
// person who joins, is announced on another server, and hides; an export, an erasure, a purge; an
// old backup that somebody restores; an auditor.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using grpc::StatusCode;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kJoiner[] = "tel:+493023125111";
constexpr char kOther[] = "tel:+493023125112";

class StoryTest : public ServerTest {
 protected:
  // A tenant that offers retention, with one account that retains two contacts.
  void Fill(const std::string& tenant) {
    CreateTenant(tenant);
    OfferRetention(*this, tenant);
    Upsert(tenant, "101", {"tel:+493023125101"});
    EXPECT_EQ(Device(*this, tenant, "101").Replace({kJoiner, kOther}).retained_count(), 2);
  }

  json AdminJson(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--output", "json"});
    const Finished result = Admin(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  }

  void ExpectRefused(const std::vector<std::string>& arguments, const std::string& reason) {
    const Finished result = Admin(arguments);
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_THAT(result.err, HasSubstr(reason));
  }
  void ExpectChainHolds(const std::string& tenant) {
    const Finished verified = Admin({"audit", "verify", tenant});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  }

  void ExpectReceipt(const std::string& file, const std::string& part) {
    const Finished verified = Admin({"purge", "verify", file});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    EXPECT_THAT(verified.out, HasSubstr(part));
    // What was signed says something else, or what people read.
    const json receipt = json::parse(ReadFile(file));
    std::string bytes;
    v1::ReceiptStatement statement;
    ASSERT_TRUE(absl::Base64Unescape(receipt["statement"].get<std::string>(), &bytes) &&
                statement.ParseFromString(bytes));
    statement.mutable_counts(0)->set_count(statement.counts(0).count() + 1);
    json altered = receipt;
    altered["statement"] = absl::Base64Escape(statement.SerializeAsString());
    ExpectNotValid(file, altered, "the signature is not this service's");
    altered = receipt;
    altered["about"]["tenant_id"] = "initech";
    ExpectNotValid(file, altered, "\"about\" is not what was signed");
  }
  void ExpectNotValid(const std::string& file, const json& receipt, const std::string& why) {
    WriteFile(file + "-altered", receipt.dump());
    const Finished verified = Admin({"purge", "verify", file + "-altered"});
    EXPECT_EQ(verified.exit_code, 1);
    EXPECT_THAT(verified.out, HasSubstr("NOT VALID"));
    EXPECT_THAT(verified.err, HasSubstr("the receipt is not valid: " + why));
  }
};

TEST_F(StoryTest, FromConsentToTheLastTrace) {
  StartServer();
  Fill("acme");
  Fill("globex");
  const std::string backup = BackUpData();
  const std::unique_ptr<Server> replica = MakeReplica();
  if (replica != nullptr) replica->StartServer();
  Server& elsewhere = replica != nullptr ? *replica : *this;

  // Somebody joins, and is announced on another server; hides, and is gone there.
  Device phone(*this, "acme", "101");
  const auto watch = phone.Watch("", &elsewhere);
  EXPECT_THAT(watch->UntilHeartbeat(), IsEmpty());
  Upsert("acme", "111", {kJoiner});
  EXPECT_THAT(watch->Events(1), ElementsAre("+ sip:111@acme.example"));
  ASSERT_TRUE(Device(*this, "acme", "111").SetDiscoverability(false, {}).ok());
  EXPECT_THAT(watch->Events(1), ElementsAre("- sip:111@acme.example"));

  // The owner exports what is held, and has it erased.
  const Finished exported = Phone({"my-data", "--output", "json"}, phone.token());
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_THAT(exported.out, AllOf(HasSubstr("tel:+493023125101"), HasSubstr(kPolicyVersion),
                                  HasSubstr("phone"), Not(HasSubstr("23125112"))));
  const std::string erased = directory_ / "erased.json";
  const Finished erasure =
      Phone({"erase", "--all", "--yes", "--receipt-file", erased}, phone.token());
  ASSERT_EQ(erasure.exit_code, 0) << erasure.err;
  EXPECT_TRUE(Fails(watch->Finish(), StatusCode::NOT_FOUND, "NOT_FOUND"));
  ExpectReceipt(erased, "sip:101@acme.example");

  // The customer leaves; the operator purges the tenant.
  phone.Replace({kJoiner});
  const auto last_watch = phone.Watch("", &elsewhere);
  EXPECT_THAT(last_watch->UntilHeartbeat(), IsEmpty());
  const std::string purged = directory_ / "purged.json";
  const Finished purge =
      Admin({"purge", "--tenant", "acme", "--everything", "--yes", "--receipt-file", purged});
  ASSERT_EQ(purge.exit_code, 0) << purge.out << purge.err;
  EXPECT_TRUE(Fails(last_watch->Finish(), StatusCode::PERMISSION_DENIED, "TENANT_UNKNOWN"));
  ExpectReceipt(purged, "acme");
  const std::string token = Token("acme", "101");
  v1::MatchContactsRequest request;
  for (Server* server : {static_cast<Server*>(this), &elsewhere}) {
    const absl::Time deadline = absl::Now() + absl::Seconds(5);
    grpc::Status status;
    do {
      status = server->Match(token, request);
    } while (DetailsOf(status).reason != "TENANT_UNKNOWN" && absl::Now() < deadline);
    EXPECT_TRUE(Fails(status, StatusCode::PERMISSION_DENIED, "TENANT_UNKNOWN"));
  }
  ExpectRefused({"tenant", "get", "acme"}, "NOT_FOUND");

  // The auditor: the log outlives the tenant, holds together, and names nobody.
  ExpectChainHolds("acme");
  const Finished log = Admin({"audit", "list", "acme"});
  EXPECT_THAT(log.out, AllOf(HasSubstr("tenant.create"), HasSubstr("directory.change"),
                             HasSubstr("discoverability.set"), HasSubstr("erase"),
                             HasSubstr("purge"), HasSubstr("operator:admin")));
  EXPECT_THAT(log.out, AllOf(Not(HasSubstr("sip:")), Not(HasSubstr("tel:"))));

  // Somebody restores an old backup of the data. Of the purged tenant nothing can be read.
  if (replica != nullptr) replica->StopServer();
  StopServer();
  RestoreData(backup);
  StartServer();
  EXPECT_THAT(MatchesOf(Token("globex", "101"), {"tel:+493023125101"}),
              ElementsAre("0 sip:101@globex.example"));
  EXPECT_EQ(Device(*this, "globex", "101").MyData().address_books(0).retained_count(), 2);
  EXPECT_TRUE(Fails(Match(Token("acme", "101"), request), StatusCode::INTERNAL, "INTERNAL"));
  ExpectRefused({"directory", "list", "acme"}, "INTERNAL");
  ExpectRefused({"epoch", "list", "acme"}, "INTERNAL");
  EXPECT_THAT(server_->Err(), HasSubstr("the tenant's key is not in the key store"));

  // And what the backup brought back is purged again.
  EXPECT_EQ(Admin({"purge", "--tenant", "acme", "--everything", "--yes"}).exit_code, 0);
  ExpectRefused({"tenant", "get", "acme"}, "NOT_FOUND");
  ExpectChainHolds("acme");
  ExpectChainHolds("globex");
  EXPECT_THAT(AdminJson({"audit", "list", "globex"}).dump(), Not(HasSubstr("purge")));
}

}  // namespace
}  // namespace smartcontacts::integration
