#include "client/private_matching/private_book_matcher.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "client/private_matching/directory_lookup.h"
#include "client/private_matching/misbehaviour.h"
#include "tests/client/private_matching/private_match_test.h"
#include "tests/client/refusal.h"

namespace smartcontacts::client {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "the line is cut");

std::vector<int> UpTo(int count) {
  std::vector<int> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

class PrivateBookMatcherTest : public PrivateMatchTest {};

TEST_F(PrivateBookMatcherTest, TheFirstRunFindsWhoIsASubscriber) {
  service_.Put(Id(1), AorOf(1));
  service_.Put(Id(7), AorOf(7));
  service_.Pad(20);
  const auto result = Match({1, 2, 3});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(found_, ElementsAre("Contact 1: sip:101@acme.example"));
  EXPECT_EQ(result->book.matches, 1);
  EXPECT_EQ(result->book.revision, 2);
  EXPECT_EQ(result->book.candidates, 3);
  EXPECT_EQ(result->book.book.contacts, 3);
  EXPECT_EQ(result->book.next_check_delay, absl::Hours(1));
  EXPECT_EQ(result->identifiers, 3);
  EXPECT_EQ(result->evaluated, 3);
  EXPECT_EQ(result->waiting, 0);
  EXPECT_GT(result->downloaded_bytes, 22 * 104);
  EXPECT_THAT(service_.batches_, ElementsAre(3));
  EXPECT_EQ(service_.unary_evaluations_, 1);
}

TEST_F(PrivateBookMatcherTest, TheSecondRunEvaluatesNothingAndAsksForChangesOnly) {
  service_.Put(Id(1), AorOf(1));
  ASSERT_TRUE(Match({1, 2}).ok());
  service_.Put(Id(2), AorOf(2));
  const auto result = Match({1, 2});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(found_,
              ElementsAre("Contact 1: sip:101@acme.example", "Contact 2: sip:102@acme.example"));
  EXPECT_THAT(service_.batches_, IsEmpty());
  EXPECT_EQ(result->evaluated, 0);
  ASSERT_THAT(service_.directory_requests_, SizeIs(1));
  EXPECT_EQ(service_.directory_requests_[0].changes().since_revision(), 1);
}

TEST_F(PrivateBookMatcherTest, WhoLeftIsFoundNoMore) {
  service_.Put(Id(1), AorOf(1));
  service_.Put(Id(1), AorOf(5));
  service_.Put(Id(2), AorOf(2));
  ASSERT_TRUE(Match({1, 2}).ok());
  service_.Remove(Id(1), AorOf(1));
  service_.Remove(Id(2), AorOf(2));
  ASSERT_TRUE(Match({1, 2}).ok());
  EXPECT_THAT(found_, ElementsAre("Contact 1: sip:105@acme.example"));
  EXPECT_TRUE(service_.directory_requests_.at(0).has_changes());
}

TEST_F(PrivateBookMatcherTest, ANewContactIsAllThatIsEvaluated) {
  service_.Put(Id(1), AorOf(1));
  service_.Put(Id(3), AorOf(3));
  ASSERT_TRUE(Match({1, 2}).ok());
  const auto result = Match({1, 2, 3});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(service_.batches_, ElementsAre(1));
  EXPECT_EQ(result->evaluated, 1);
  EXPECT_THAT(found_,
              ElementsAre("Contact 1: sip:101@acme.example", "Contact 3: sip:103@acme.example"));
  ASSERT_THAT(service_.directory_requests_, SizeIs(1));
  EXPECT_TRUE(service_.directory_requests_[0].has_whole());
}

TEST_F(PrivateBookMatcherTest, WhatIsInTheBookNoMoreIsDropped) {
  ASSERT_TRUE(Match({1, 2, 3}).ok());
  ASSERT_TRUE(Match({3}).ok());
  EXPECT_THAT(Kept().identifiers, SizeIs(1));
  EXPECT_TRUE(Kept().identifiers.contains(Id(3)));
  EXPECT_THAT(service_.batches_, IsEmpty());
}

TEST_F(PrivateBookMatcherTest, ASharedNumberNamesAllItsSubscribersInByteOrder) {
  service_.Put(Id(1), "sip:b@acme.example");
  service_.Put(Id(1), "sip:a@acme.example");
  service_.Put(Id(1), "sip:B@acme.example");
  ASSERT_TRUE(Match({1}).ok());
  EXPECT_THAT(found_, ElementsAre("Contact 1: sip:B@acme.example", "Contact 1: sip:a@acme.example",
                                  "Contact 1: sip:b@acme.example"));
}

TEST_F(PrivateBookMatcherTest, OfMoreThan32TheFirstInByteOrderAreNamedAndTheRestIsKept) {
  for (int i = 40; i > 0; --i) service_.Put(Id(1), AorOf(i));
  const auto result = Match({1});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->book.matches, 32);
  ASSERT_THAT(found_, SizeIs(32));
  EXPECT_EQ(found_.front(), "Contact 1: " + AorOf(1));
  EXPECT_EQ(found_.back(), "Contact 1: " + AorOf(32));
  service_.Remove(Id(1), AorOf(1));
  ASSERT_TRUE(Match({1}).ok());
  ASSERT_THAT(found_, SizeIs(32));
  EXPECT_EQ(found_.back(), "Contact 1: " + AorOf(33));
}

TEST_F(PrivateBookMatcherTest, ANumberThatIsTwiceInTheBookIsEvaluatedOnceAndFoundTwice) {
  service_.Put(Id(1), AorOf(1));
  const auto result = Match({1, 1});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->identifiers, 1);
  EXPECT_EQ(result->book.candidates, 2);
  EXPECT_THAT(service_.batches_, ElementsAre(1));
  EXPECT_THAT(found_, SizeIs(2));
}

TEST_F(PrivateBookMatcherTest, AnEmptyDirectoryIsNoError) {
  const auto result = Match({1});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(found_, IsEmpty());
  service_.download_whole_ = false;
  EXPECT_TRUE(Match({1, 2}).ok());
}

TEST_F(PrivateBookMatcherTest, ABookWithoutNumbersIsNoError) {
  service_.Put(Id(1), AorOf(1));
  const auto result = MatchText("BEGIN:VCARD\nVERSION:3.0\nFN:Nobody\nEND:VCARD\n");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->book.revision, 1);
  EXPECT_THAT(service_.batches_, IsEmpty());
}

TEST_F(PrivateBookMatcherTest, ALargeBookGoesThroughOneStream) {
  service_.batch_max_ = 4;
  service_.Put(Id(9), AorOf(9));
  const auto result = Match(UpTo(10));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(service_.batches_, ElementsAre(4, 4, 2));
  EXPECT_EQ(service_.streams_, 1);
  EXPECT_EQ(service_.unary_evaluations_, 0);
  EXPECT_THAT(found_, ElementsAre("Contact 9: sip:109@acme.example"));
}

// --- The filter and the buckets.

TEST_F(PrivateBookMatcherTest, OfALargeDirectoryOnlyTheBucketsOfMatchesAreRead) {
  service_.download_whole_ = false;
  service_.bucket_bits_ = 8;
  service_.Put(Id(1), AorOf(1));
  service_.Put(Id(2), AorOf(2));
  service_.Pad(500);
  const auto result = Match({1, 2, 3, 4, 5});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(found_, SizeIs(2));
  ASSERT_THAT(service_.directory_requests_, SizeIs(3));  // the header beforehand, filter, buckets
  EXPECT_TRUE(service_.directory_requests_[0].has_filter());
  EXPECT_TRUE(service_.directory_requests_[1].has_filter());
  const auto& buckets = service_.directory_requests_[2].buckets();
  // One in a thousand of the others may seem to be there.
  EXPECT_LE(buckets.buckets_size(), 3);
  EXPECT_EQ(buckets.revision(), 2);
  EXPECT_LT(result->downloaded_bytes, 10'000);
}

TEST_F(PrivateBookMatcherTest, LaterRunsAskForChangesThereToo) {
  service_.download_whole_ = false;
  service_.bucket_bits_ = 4;
  service_.Put(Id(1), AorOf(1));
  ASSERT_TRUE(Match({1, 2}).ok());
  service_.Put(Id(2), AorOf(2));
  ASSERT_TRUE(Match({1, 2}).ok());
  EXPECT_THAT(found_, SizeIs(2));
  ASSERT_THAT(service_.directory_requests_, SizeIs(1));
  EXPECT_TRUE(service_.directory_requests_[0].has_changes());
}

TEST_F(PrivateBookMatcherTest, WhenTheDirectoryMovesOnTheFilterIsReadAgain) {
  service_.download_whole_ = false;
  service_.bucket_bits_ = 4;
  service_.Put(Id(1), AorOf(1));
  const grpc::Status moved = Refusal(grpc::StatusCode::FAILED_PRECONDITION, "REVISION_EXPIRED");
  const grpc::Status ok;
  service_.directory_errors_ = {ok, ok, moved, ok, moved};
  const auto result = Match({1});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(service_.directory_requests_, SizeIs(7));
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(PrivateBookMatcherTest, ButNotForEver) {
  service_.download_whole_ = false;
  service_.bucket_bits_ = 4;
  service_.Put(Id(1), AorOf(1));
  const grpc::Status moved = Refusal(grpc::StatusCode::FAILED_PRECONDITION, "REVISION_EXPIRED");
  const grpc::Status ok;
  service_.directory_errors_ = {ok};
  for (int i = 0; i < 10; ++i) {
    service_.directory_errors_.push_back(ok);
    service_.directory_errors_.push_back(moved);
  }
  EXPECT_EQ(ReasonOf(Match({1}).status()), "REVISION_EXPIRED");
  EXPECT_THAT(service_.directory_requests_, SizeIs(1 + 2 * kFilterAttemptsMax));
}

TEST_F(PrivateBookMatcherTest, MoreBucketsThanOneRequestMayHaveAreReadInSeveral) {
  // The outputs are made up, so that nothing has to be evaluated.
  constexpr int kCount = 6000;
  service_.download_whole_ = false;
  service_.bucket_bits_ = 20;
  service_.chunk_entries_ = 1000;
  PrivateState state{.directory_key = service_.signer().public_key(),
                     .epoch = 1,
                     .oprf_key = service_.oprf().public_key()};
  for (int i = 0; i < kCount; ++i) {
    std::vector<std::uint8_t> bytes(crypto::OprfOutput::kSize);
    crypto::RandomBytes(absl::MakeSpan(bytes));
    crypto::OprfOutput output = *crypto::OprfOutput::FromBytes(bytes);
    service_.PutUnder(output, AorOf(i));
    state.identifiers[Id(i)].output = std::move(output);
  }
  ASSERT_TRUE(PrivateStateFile::Open(state_path_)->Write(state).ok());
  const auto result = Match(UpTo(kCount));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(found_, SizeIs(kCount));
  ASSERT_THAT(service_.directory_requests_, SizeIs(3));
  EXPECT_EQ(service_.directory_requests_[1].buckets().buckets_size(), 4096);
  EXPECT_GT(service_.directory_requests_[2].buckets().buckets_size(), 1000);
}

// --- When things move on.

TEST_F(PrivateBookMatcherTest, ChangesThatTheServiceForgotAreLoadedAnew) {
  service_.Put(Id(1), AorOf(1));
  ASSERT_TRUE(Match({1}).ok());
  service_.Remove(Id(1), AorOf(1));
  service_.Put(Id(1), AorOf(2));
  service_.changes_floor_ = 2;
  ASSERT_TRUE(Match({1}).ok());
  EXPECT_THAT(found_, ElementsAre("Contact 1: sip:102@acme.example"));
  ASSERT_THAT(service_.directory_requests_, SizeIs(2));
  EXPECT_TRUE(service_.directory_requests_[1].has_whole());
}

TEST_F(PrivateBookMatcherTest, ANewEpochBeginsAnewAndReplacesTheStateAtTheEnd) {
  service_.Put(Id(1), AorOf(1));
  ASSERT_TRUE(Match({1, 2}).ok());
  const auto before = Files();
  service_.Rotate();
  service_.directory_errors_ = {kLost};
  EXPECT_FALSE(Match({1, 2}).ok());
  EXPECT_EQ(Files(), before);
  const auto result = Match({1, 2});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->evaluated, 2);
  EXPECT_THAT(found_, SizeIs(1));
  EXPECT_EQ(Kept().epoch, 2);
}

TEST_F(PrivateBookMatcherTest, AnEpochThatEndsMeanwhileIsFollowedByTheNext) {
  service_.Put(Id(1), AorOf(1));
  int evaluations = 0;
  service_.before_evaluation_ = [&] {
    if (++evaluations == 1) service_.Rotate();
  };
  const auto result = Match({1, 2});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(found_, SizeIs(1));
  EXPECT_EQ(Kept().epoch, 2);
  EXPECT_EQ(result->evaluated, 2);
}

TEST_F(PrivateBookMatcherTest, APolicyThatNamesAnEpochThatIsOverForEverIsAnError) {
  const v1::GetPolicyResponse old = service_.Policy();
  service_.Rotate();
  service_.epoch_ = 1;  // what the policy goes on saying
  service_.directory_errors_ = {Refusal(grpc::StatusCode::FAILED_PRECONDITION, "EPOCH_EXPIRED")};
  EXPECT_EQ(ReasonOf(MatchUnder(old, Book({1})).status()), "EPOCH_EXPIRED");
}

// --- When the service refuses.

TEST_F(PrivateBookMatcherTest, ADirectoryThatIsStillBeingSealedCostsNoQuota) {
  service_.directory_errors_ = {
      Refusal(grpc::StatusCode::UNAVAILABLE, "SERVICE_UNAVAILABLE", /*retry_delay_s=*/90)};
  const absl::Status status = Match({1}).status();
  EXPECT_EQ(ReasonOf(status), "SERVICE_UNAVAILABLE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("1m30s"));
  EXPECT_THAT(service_.batches_, IsEmpty());
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(PrivateBookMatcherTest, WithoutQuotaNothingIsFoundAndNothingIsKept) {
  service_.evaluation_errors_ = {
      Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", 3600)};
  const absl::Status status = Match({1}).status();
  EXPECT_EQ(ReasonOf(status), "QUOTA_EXCEEDED");
  EXPECT_EQ(RetryDelayOf(status), absl::Hours(1));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(PrivateBookMatcherTest, WhenTheQuotaIsUsedUpTheRestWaits) {
  service_.batch_max_ = 2;
  for (int i = 0; i < 5; ++i) service_.Put(Id(i), AorOf(i));
  const grpc::Status ok;
  service_.evaluation_errors_ = {
      ok, Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", 3600)};
  auto result = Match(UpTo(5));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->evaluated, 2);
  EXPECT_EQ(result->waiting, 3);
  EXPECT_EQ(RetryDelayOf(result->waiting_for), absl::Hours(1));
  EXPECT_THAT(found_, SizeIs(2));
  result = Match(UpTo(5));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->evaluated, 3);
  EXPECT_EQ(result->waiting, 0);
  EXPECT_THAT(found_, SizeIs(5));
}

TEST_F(PrivateBookMatcherTest, WhatWaitedInAnEpochThatEndedMeanwhileWaitsNoMore) {
  service_.batch_max_ = 2;
  service_.Put(Id(1), AorOf(1));
  const grpc::Status ok;
  service_.evaluation_errors_ = {
      ok, Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", 3600)};
  int evaluations = 0;
  service_.before_evaluation_ = [&] {
    if (++evaluations == 2) service_.Rotate();
  };
  const auto result = Match(UpTo(5));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Kept().epoch, 2);
  EXPECT_EQ(result->evaluated, 5);
  EXPECT_EQ(result->waiting, 0);
  EXPECT_TRUE(result->waiting_for.ok()) << result->waiting_for;
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(PrivateBookMatcherTest, NoBatchIsLargerThanTheQuotaCanEverBe) {
  service_.evaluation_capacity_ = 2;
  ASSERT_TRUE(Match({1, 2, 3}).ok());
  EXPECT_THAT(service_.batches_, ElementsAre(2, 1));
  service_.evaluation_capacity_ = 0;
  EXPECT_THAT(std::string(Match({1, 2, 3, 4}).status().message()), HasSubstr("no evaluations"));
}

TEST_F(PrivateBookMatcherTest, WhatWasPaidForIsKeptWhenTheLineIsCut) {
  service_.batch_max_ = 2;
  service_.Put(Id(1), AorOf(1));
  const grpc::Status ok;
  service_.evaluation_errors_ = {ok, kLost};
  const absl::Status status = Match(UpTo(5)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 numbers were evaluated"));
  EXPECT_FALSE(Kept().looked_up);
  service_.directory_errors_ = {kLost};
  EXPECT_FALSE(Match(UpTo(5)).ok());
  const auto result = Match(UpTo(5));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->evaluated, 0);
  EXPECT_THAT(found_, SizeIs(1));
  EXPECT_TRUE(Kept().looked_up);
}

TEST_F(PrivateBookMatcherTest, WhatIsKeptThenStillRemembersTheRevision) {
  service_.Put(Id(1), AorOf(1));
  service_.Put(Id(2), AorOf(2));
  ASSERT_TRUE(Match({1}).ok());
  service_.directory_errors_ = {kLost};
  EXPECT_FALSE(Match({1, 2}).ok());
  service_.revision_ = 1;
  const auto before = Files();
  EXPECT_TRUE(IsMisbehaviour(Match({1, 2}).status()));
  EXPECT_EQ(Files(), before);
}

TEST_F(PrivateBookMatcherTest, ATenantWithoutThePrivateModeIsAskedNothing) {
  service_.mode_ = v1::PRIVATE_MODE_OFF;
  const absl::Status status = Match({1}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("does not offer"));
  EXPECT_THAT(service_.directory_requests_, IsEmpty());
  EXPECT_THAT(Files(), IsEmpty());
  service_.mode_ = v1::PRIVATE_MODE_REQUIRED;
  EXPECT_TRUE(Match({1}).ok());
}

// --- What is on disk.

TEST_F(PrivateBookMatcherTest, ContactsAndAddressesAreNotReadableInTheFile) {
  service_.Put(Id(1), AorOf(1));
  ASSERT_TRUE(Match({1}).ok());
  EXPECT_THAT(Files().at("state"), Not(HasSubstr(Number(1).substr(1))));
  EXPECT_THAT(Files().at("state"), Not(HasSubstr("acme")));
}

TEST_F(PrivateBookMatcherTest, AStateOfAnotherTenantIsLeftAlone) {
  ASSERT_TRUE(Match({1}).ok());
  const auto before = Files();
  service_.BecomeAnotherTenant();
  const absl::Status status = Match({1}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("another tenant"), HasSubstr(service_.connection().server()),
                    HasSubstr("move it")));
  EXPECT_THAT(service_.directory_requests_, IsEmpty());
  EXPECT_EQ(Files(), before);
}

TEST_F(PrivateBookMatcherTest, AStateOfALaterEpochIsLeftAlone) {
  service_.Rotate();
  ASSERT_TRUE(Match({1}).ok());
  const auto before = Files();
  v1::GetPolicyResponse policy = service_.Policy();
  policy.mutable_epoch()->set_number(1);
  const absl::Status status = MatchUnder(policy, Book({1})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("back at epoch 1"));
  EXPECT_EQ(Files(), before);
}

TEST_F(PrivateBookMatcherTest, AStateThatDoesNotOpenIsLeftAloneAndNothingIsAsked) {
  ASSERT_TRUE(Match({1}).ok());
  std::string bytes = ReadFile(state_path_);
  bytes.back() ^= 1;
  WriteFile(state_path_, bytes);
  const auto before = Files();
  const absl::Status status = Match({1}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(service_.directory_requests_, IsEmpty());
  EXPECT_EQ(Files(), before);
}

}  // namespace
}  // namespace smartcontacts::client
