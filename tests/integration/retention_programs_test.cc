// `smart-contacts sync`, `watch` and `discoverability`, as people use them.

#include <gmock/gmock.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kAlice[] = "tel:+493023125111";

class RetentionProgramsTest : public ServerTest {
 protected:
  void SetUp() override {
    StartServer();
    CreateTenant("acme");
    OfferRetention(*this, "acme");
    Upsert("acme", "101", {"tel:+493023125101"});
    WriteBook("Alice,+49 30 23125111\nBob,+49 30 23125112\n");
    token_ = Token("acme", "101");
  }

  void WriteBook(const std::string& lines) { WriteFile(book_, "Name,Phone\n" + lines); }

  Finished Sync(std::vector<std::string> further = {}) {
    further.insert(further.begin(), {"sync", book_, "--state-file", state_});
    return Phone(further, token_);
  }
  Finished SyncWithConsent() { return Sync({"--agree-to", kPolicyVersion}); }
  Finished WatchOnce(std::vector<std::string> further = {"--book", ""}) {
    if (further == std::vector<std::string>{"--book", ""}) further[1] = book_;
    further.insert(further.begin(), {"watch", "--once", "--state-file", state_});
    return Phone(further, token_);
  }
  Finished Discoverability(const std::vector<std::string>& further = {}) {
    std::vector<std::string> arguments = {"discoverability"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return Phone(arguments, token_);
  }
  int Retained() {
    const v1::GetMyDataResponse data = Device(*this, "acme", "101").MyData();
    return data.address_books_size() == 0
               ? 0
               : static_cast<int>(data.address_books(0).retained_count());
  }
  // Waits until `process` has printed `text`.
  static void AwaitOutput(const Process& process, const std::string& text) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!absl::StrContains(process.Out(), text) && absl::Now() < deadline)
      absl::SleepFor(absl::Milliseconds(10));
    ASSERT_THAT(process.Out(), HasSubstr(text)) << process.Err();
  }

  const std::string book_ = directory_ / "book.csv";
  const std::string state_ = directory_ / "device.json";
  std::string token_;
};

TEST_F(RetentionProgramsTest, NothingIsSentBeforeThePersonAgreesToThisVersion) {
  Finished result = Sync();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("--agree-to 2026-11"), HasSubstr("nothing was sent"),
                                HasSubstr("https://acme.example/privacy")));
  result = Sync({"--agree-to", "2025-01"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("names another version"));
  EXPECT_EQ(Retained(), 0);
  // Nor does a setting agree for anybody.
  WriteFile(directory_ / "token", token_);
  result = RunProgram(kPhoneProgram,
                      {"sync", book_, "--state-file", state_, "--server", app_address_,
                       "--plaintext", "--token-file", directory_ / "token"},
                      {"SMART_CONTACTS_AGREE_TO=2026-11"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(Retained(), 0);

  result = SyncWithConsent();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("2 contacts are retained until 20"),
                                HasSubstr("2 added, 0 removed (everything was sent)")));
  EXPECT_EQ(Retained(), 2);
}

TEST_F(RetentionProgramsTest, AfterTheFirstSyncOnlyChangesAreSentAndNobodyIsAsked) {
  ASSERT_EQ(SyncWithConsent().exit_code, 0);
  WriteBook("Bob,+49 30 23125112\nCarol,+49 30 23125113\nDan,+49 30 23125114\n");
  const Finished changed = Sync({"--output", "json"});
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  json document = json::parse(changed.out);
  EXPECT_GT(document["expire_time"].get<std::string>(), "2026");
  document.erase("expire_time");
  EXPECT_EQ(
      document,
      json({{"retained_count", 3}, {"added_count", 2}, {"removed_count", 1}, {"full", false}}));
  EXPECT_EQ(Retained(), 3);
  // Until the privacy policy changes.
  OfferRetention(*this, "acme", 30, "2026-12");
  const Finished asked = Sync();
  EXPECT_EQ(asked.exit_code, 1);
  EXPECT_THAT(asked.err, HasSubstr("--agree-to 2026-12"));
  EXPECT_EQ(Sync({"--agree-to", "2026-12"}).exit_code, 0);
}

TEST_F(RetentionProgramsTest, WhoErasedElsewhereIsAskedAgain) {
  ASSERT_EQ(SyncWithConsent().exit_code, 0);
  ASSERT_EQ(Phone({"erase", "--all", "--yes"}, token_).exit_code, 0);
  const Finished watch = WatchOnce();
  EXPECT_EQ(watch.exit_code, 1);
  EXPECT_THAT(watch.err, HasSubstr("sync again"));
  const Finished asked = Sync();
  EXPECT_EQ(asked.exit_code, 1);
  EXPECT_THAT(asked.err, HasSubstr("--agree-to"));
  EXPECT_EQ(Retained(), 0);
  EXPECT_EQ(SyncWithConsent().exit_code, 0);
  EXPECT_EQ(Retained(), 2);
}

TEST_F(RetentionProgramsTest, WhereItIsNotOfferedOrNotAllowedThatIsSaid) {
  OfferRetention(*this, "acme", 0);
  Finished result = SyncWithConsent();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("does not offer to retain contacts; nothing was sent"));
  Upsert("acme", "101", {}, true, true, admin::v1::MATCHING_ACCESS_DENIED);
  result = SyncWithConsent();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("switched off for this account"));
}

TEST_F(RetentionProgramsTest, AWatchShowsWhatIsNewSinceTheLastAndByName) {
  const Finished early = WatchOnce();
  EXPECT_EQ(early.exit_code, 1);
  EXPECT_THAT(early.err, HasSubstr("sync"));
  Upsert("acme", "111", {kAlice});
  ASSERT_EQ(SyncWithConsent().exit_code, 0);
  Finished watch = WatchOnce();
  ASSERT_EQ(watch.exit_code, 0) << watch.err;
  EXPECT_EQ(watch.out, "announced  sip:111@acme.example  Alice (+49 30 23125111)\n");
  EXPECT_EQ(WatchOnce().out, "") << "it was shown before";
  Upsert("acme", "112", {"tel:+493023125112"});
  ASSERT_TRUE(Device(*this, "acme", "111").SetDiscoverability(false, {}).ok());
  watch = WatchOnce({"--output", "json"});
  ASSERT_EQ(watch.exit_code, 0) << watch.err;
  EXPECT_THAT(watch.out,
              AllOf(HasSubstr("{\"event\":\"announced\",\"aor\":\"sip:112@acme.example\"}\n"),
                    HasSubstr("{\"event\":\"revoked\",\"aor\":\"sip:111@acme.example\"}\n")));
}

TEST_F(RetentionProgramsTest, AWatchGoesOnThroughARestartAndANewTokenUntilItIsInterrupted) {
  ASSERT_EQ(SyncWithConsent().exit_code, 0);
  const std::string token_file = directory_ / "token";
  WriteFile(token_file, token_);
  Process watch({kPhoneProgram, "watch", "--state-file", state_, "--book", book_, "--server",
                 app_address_, "--plaintext", "--token-file", token_file},
                directory_ / "watch");
  Upsert("acme", "111", {kAlice});
  AwaitOutput(watch, "announced  sip:111@acme.example  Alice");

  // The server comes back on the same port, and takes tokens of another key only.
  StopServer();
  for (const char* file : {"/dev-signing-key.jwk", "/dev-jwks.json"}) {
    ASSERT_TRUE(std::filesystem::remove(data_ + file)) << file;
  }
  ASSERT_EQ(
      RunProgram(kAdminProgram, {"token", "new-key", "--key-file", data_ + "/dev-signing-key.jwk",
                                 "--jwks-file", data_ + "/dev-jwks.json"})
          .exit_code,
      0);
  WriteFile(token_file, Token("acme", "101"));
  std::vector<std::string> arguments = DevArguments();
  *std::next(std::find(arguments.begin(), arguments.end(), "--listen")) = app_address_;
  server_ = Serve(arguments);
  AwaitServing();
  admin_ = grpc::CreateChannel(admin_address_, grpc::InsecureChannelCredentials());
  Upsert("acme", "112", {"tel:+493023125112"});
  AwaitOutput(watch, "announced  sip:112@acme.example  Bob");
  EXPECT_THAT(watch.Err(), HasSubstr("trying again in"));

  watch.Signal(SIGTERM);
  const Finished finished = watch.Wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(WatchOnce().exit_code, 1) << "the token of before is refused";
}

TEST_F(RetentionProgramsTest, DiscoverabilityIsShownAndSetAndWhatIsNotNamedStays) {
  Finished result = Discoverability();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("DISCOVERABLE"), HasSubstr("yes")));
  EXPECT_THAT(result.out, Not(HasSubstr("no")));
  const auto set = [&](const std::vector<std::string>& options) {
    std::vector<std::string> all = options;
    all.insert(all.end(), {"--output", "json"});
    const Finished changed = Discoverability(all);
    EXPECT_EQ(changed.exit_code, 0) << changed.err;
    return json::parse(changed.out);
  };
  EXPECT_EQ(set({"--announced", "no"}), json({{"discoverable", true}, {"announced", false}}));
  Upsert("acme", "102", {"tel:+493023125102"});
  const std::string other = Token("acme", "102");
  EXPECT_EQ(MatchesOf(other, {"tel:+493023125101"}).size(), 1U);
  EXPECT_EQ(set({"--discoverable", "no"}), json({{"discoverable", false}, {"announced", false}}));
  EXPECT_THAT(MatchesOf(other, {"tel:+493023125101"}), IsEmpty());
  EXPECT_EQ(set({}), json({{"discoverable", false}, {"announced", false}}));
  EXPECT_EQ(set({"--discoverable", "yes", "--announced", "yes"}),
            json({{"discoverable", true}, {"announced", true}}));
  EXPECT_EQ(MatchesOf(other, {"tel:+493023125101"}).size(), 1U);

  EXPECT_EQ(Discoverability({"--discoverable", "maybe"}).exit_code, 2);
  result = Phone({"discoverability"}, Token("acme", "199"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("not in the directory"));
}

}  // namespace
}  // namespace smartcontacts::integration
