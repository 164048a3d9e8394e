// What an app is told.

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAlice[] = "tel:+493023125001";
constexpr char kBob[] = "tel:+493023125002";
constexpr char kNobody[] = "tel:+493023125999";

class MatchingTest : public ServerTest {
 protected:
  MatchingTest() {
    StartServer();
    CreateTenant("acme");
    CreateTenant("globex");
    caller_ = Token("acme", "caller");
  }

  v1::MatchContactsResponse Ask(v1::MatchContactsRequest request) {
    v1::MatchContactsResponse response;
    const grpc::Status status = Match(caller_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  v1::MatchContactsRequest Since(std::int64_t revision, const std::vector<std::string>& identifiers,
                                 const std::vector<std::pair<std::uint32_t, std::string>>& known) {
    v1::MatchContactsRequest request = Request(caller_, identifiers);
    request.set_since_revision(revision);
    for (const auto& [index, aor] : known) {
      v1::Match& match = *request.add_known_matches();
      match.set_index(index);
      match.set_aor(aor);
    }
    return request;
  }

  std::string caller_;
};

TEST_F(MatchingTest, NamesMatchesByTheirIndexAndInOrder) {
  Upsert("acme", "bob", {kBob, "tel:102;phone-context=acme.example"});
  Upsert("acme", "alice", {kAlice});
  EXPECT_THAT(
      MatchesOf(caller_, {kNobody, kBob, kAlice, "tel:102;phone-context=acme.example"}),
      ElementsAre("1 sip:bob@acme.example", "2 sip:alice@acme.example", "3 sip:bob@acme.example"));
}

TEST_F(MatchingTest, SeveralSubscribersWithOneNumberComeInTheByteOrderOfTheirAddresses) {
  Upsert("acme", "zoe", {kAlice});
  Upsert("acme", "Bob", {kAlice});
  Upsert("acme", "alice", {kAlice});
  EXPECT_THAT(
      MatchesOf(caller_, {kAlice}),
      ElementsAre("0 sip:Bob@acme.example", "0 sip:alice@acme.example", "0 sip:zoe@acme.example"));
}

TEST_F(MatchingTest, NothingCrossesTenants) {
  Upsert("acme", "alice", {kAlice});
  Upsert("globex", "bob", {kAlice, kBob});
  EXPECT_THAT(MatchesOf(caller_, {kAlice, kBob}), ElementsAre("0 sip:alice@acme.example"));
  EXPECT_THAT(MatchesOf(Token("globex", "caller"), {kAlice, kBob}),
              ElementsAre("0 sip:bob@globex.example", "1 sip:bob@globex.example"));
  // Digests of one tenant mean nothing in another.
  v1::MatchContactsRequest request = Request(Token("globex", "caller"), {kAlice});
  EXPECT_THAT(Ask(request).matches(), IsEmpty());
}

TEST_F(MatchingTest, DisabledAndHiddenSubscribersAreNotFound) {
  Upsert("acme", "disabled", {kAlice}, /*enabled=*/false);
  Upsert("acme", "hidden", {kBob}, /*enabled=*/true, /*discoverable=*/false);
  EXPECT_THAT(MatchesOf(caller_, {kAlice, kBob}), IsEmpty());
}

TEST_F(MatchingTest, ASubscriberWithASubAddressIsAnotherPerson) {
  Upsert("acme", "alice", {absl::StrCat(kAlice, ";ext=12")});
  EXPECT_THAT(MatchesOf(caller_, {kAlice, absl::StrCat(kAlice, ";ext=13")}), IsEmpty());
  EXPECT_THAT(MatchesOf(caller_, {absl::StrCat(kAlice, ";ext=12")}),
              ElementsAre("0 sip:alice@acme.example"));
}

TEST_F(MatchingTest, EveryAnswerSaysItsRevisionAndWhenToAskAgain) {
  const std::int64_t revision = Upsert("acme", "alice", {kAlice});
  const v1::MatchContactsResponse answer = Ask(Request(caller_, {kNobody}));
  EXPECT_EQ(answer.revision(), revision);
  EXPECT_TRUE(answer.full());
  // A day, spread by a tenth.
  EXPECT_GE(answer.next_check_delay().seconds(), 86'400 * 9 / 10);
  EXPECT_LE(answer.next_check_delay().seconds(), 86'400 * 11 / 10);
}

TEST_F(MatchingTest, AChangeIsVisibleToTheNextRequest) {
  ASSERT_THAT(MatchesOf(caller_, {kAlice}), IsEmpty());
  for (int i = 0; i < 20; ++i) {
    Upsert("acme", "alice", {kAlice});
    EXPECT_THAT(MatchesOf(caller_, {kAlice}), ElementsAre("0 sip:alice@acme.example"));
    Remove("acme", "alice");
    EXPECT_THAT(MatchesOf(caller_, {kAlice}), IsEmpty());
  }
}

TEST_F(MatchingTest, SinceARevisionOnlyWhatCameLaterIsNamed) {
  Upsert("acme", "alice", {kAlice});
  const std::int64_t revision = Ask(Request(caller_, {kAlice, kBob})).revision();
  EXPECT_THAT(Ask(Since(revision, {kAlice, kBob}, {})).matches(), IsEmpty());
  Upsert("acme", "bob", {kBob});
  const v1::MatchContactsResponse answer = Ask(Since(revision, {kAlice, kBob}, {}));
  EXPECT_THAT(Lines(answer.matches()), ElementsAre("1 sip:bob@acme.example"));
  EXPECT_FALSE(answer.full());
  EXPECT_EQ(answer.revision(), revision + 1);
}

TEST_F(MatchingTest, WhatIsNoLongerTrueIsRevoked) {
  Upsert("acme", "alice", {kAlice});
  Upsert("acme", "bob", {kBob});
  Upsert("acme", "carol", {kNobody});
  const std::int64_t revision = Ask(Request(caller_, {kAlice, kBob, kNobody})).revision();
  Remove("acme", "alice");                                                  // left
  Upsert("acme", "bob", {kBob}, /*enabled=*/true, /*discoverable=*/false);  // hid
  const v1::MatchContactsResponse answer = Ask(Since(
      revision, {kAlice, kBob, kNobody},
      {{0, "sip:alice@acme.example"}, {1, "sip:bob@acme.example"}, {2, "sip:carol@acme.example"}}));
  EXPECT_THAT(answer.matches(), IsEmpty());
  EXPECT_THAT(Lines(answer.revoked_matches()),
              ElementsAre("0 sip:alice@acme.example", "1 sip:bob@acme.example"));
}

TEST_F(MatchingTest, ANumberThatMovesIsARevocationAndANewMatch) {
  Upsert("acme", "alice", {kAlice});
  Upsert("acme", "bob", {kBob});
  const std::int64_t revision = Ask(Request(caller_, {kAlice})).revision();
  Upsert("acme", "alice", {});
  Upsert("acme", "bob", {kAlice, kBob});
  const v1::MatchContactsResponse answer =
      Ask(Since(revision, {kAlice}, {{0, "sip:alice@acme.example"}}));
  EXPECT_THAT(Lines(answer.matches()), ElementsAre("0 sip:bob@acme.example"));
  EXPECT_THAT(Lines(answer.revoked_matches()), ElementsAre("0 sip:alice@acme.example"));
}

TEST_F(MatchingTest, ARevisionFromTheFutureGetsTheWhole) {
  Upsert("acme", "alice", {kAlice});
  const v1::MatchContactsResponse answer =
      Ask(Since(1000, {kAlice, kBob}, {{1, "sip:bob@acme.example"}}));
  EXPECT_TRUE(answer.full());
  EXPECT_THAT(Lines(answer.matches()), ElementsAre("0 sip:alice@acme.example"));
  EXPECT_THAT(Lines(answer.revoked_matches()), ElementsAre("1 sip:bob@acme.example"));
}

TEST_F(MatchingTest, AStreamCountsItsIndexesAndSeesOneRevision) {
  Upsert("acme", "alice", {kAlice});
  const v1::GetPolicyResponse policy = Policy(caller_);
  const auto context = CallWith(caller_);
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  const auto ask = [&](const std::vector<std::string>& identifiers) {
    v1::MatchContactsStreamRequest request;
    request.set_epoch(policy.epoch().number());
    request.set_digests(Digests(policy, identifiers));
    v1::MatchContactsStreamResponse response;
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    return response;
  };
  EXPECT_THAT(Lines(ask({kNobody, kAlice}).matches()), ElementsAre("1 sip:alice@acme.example"));
  Upsert("acme", "bob", {kBob});
  const v1::MatchContactsStreamResponse second = ask({kAlice, kBob});
  EXPECT_THAT(Lines(second.matches()), ElementsAre("2 sip:alice@acme.example"));
  EXPECT_EQ(second.revision(), 1);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(MatchesOf(caller_, {kBob}), testing::SizeIs(1));
}

TEST_F(MatchingTest, AnEmptyRequestIsAnswered) {
  EXPECT_THAT(MatchesOf(caller_, {}), IsEmpty());
  const auto context = CallWith(caller_);
  const auto stub = v1::MatchService::NewStub(app_);
  const auto stream = stub->MatchContactsStream(context.get());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(MatchingTest, RotationKeepsDigestsOfTheEpochBefore) {
  Upsert("acme", "alice", {kAlice});
  const v1::MatchContactsRequest old = Request(caller_, {kAlice});
  ASSERT_EQ(Admin({"epoch", "rotate", "acme"}).exit_code, 0);
  EXPECT_THAT(Lines(Ask(old).matches()), ElementsAre("0 sip:alice@acme.example"));
  const v1::MatchContactsRequest fresh = Request(caller_, {kAlice});
  EXPECT_EQ(fresh.epoch(), 2);
  EXPECT_NE(fresh.digests(), old.digests());
  EXPECT_THAT(Lines(Ask(fresh).matches()), ElementsAre("0 sip:alice@acme.example"));
}

TEST_F(MatchingTest, ManyCallersAndChangesAtOnce) {
  Upsert("acme", "alice", {kAlice});
  const v1::MatchContactsRequest request = Request(caller_, {kAlice, kBob});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        v1::MatchContactsResponse response;
        EXPECT_TRUE(Match(caller_, request, &response).ok());
        EXPECT_EQ(response.matches(0).aor(), "sip:alice@acme.example");
      }
    });
  }
  threads.emplace_back([&] {
    for (int j = 0; j < 20; ++j) {
      Upsert("acme", "bob", {kBob});
      Remove("acme", "bob");
    }
  });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace smartcontacts::integration
