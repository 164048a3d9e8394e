#include "client/retention/match_changes.h"

#include <gmock/gmock.h>

#include "tests/client/retention/states.h"

namespace smartcontacts::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const KnownMatch kFirst{D(1), 1, "sip:101@acme.example"};
const KnownMatch kSecond{D(2), 1, "sip:102@acme.example"};
const KnownMatch kThird{D(3), 1, "sip:103@acme.example"};

TEST(MatchChangesTest, WhatIsFoundIsAnnouncedOnceAndWhatIsNotIsRevoked) {
  const MatchChanges changes =
      CompareMatches({kFirst, kSecond}, {kSecond, kThird}, 1, {D(1), D(2), D(3)});
  EXPECT_THAT(changes.announced, ElementsAre(kThird));
  EXPECT_THAT(changes.revoked, ElementsAre(kFirst));
  EXPECT_THAT(changes.known, ElementsAre(kSecond, kThird));
}

TEST(MatchChangesTest, WhatWasNotAskedForStays) {
  const MatchChanges changes = CompareMatches({kFirst}, {}, 1, {D(2)});
  EXPECT_THAT(changes.revoked, IsEmpty());
  EXPECT_THAT(changes.known, ElementsAre(kFirst));
}

TEST(MatchChangesTest, ANumberThatMovedIsInBothLists) {
  const KnownMatch moved{D(1), 1, "sip:109@acme.example"};
  const MatchChanges changes = CompareMatches({kFirst}, {moved}, 1, {D(1)});
  EXPECT_THAT(changes.announced, ElementsAre(moved));
  EXPECT_THAT(changes.revoked, ElementsAre(kFirst));
}

TEST(MatchChangesTest, ANewEpochTellsOnlyWhatIsReallyNew) {
  const KnownMatch first_anew{D(8), 2, kFirst.aor};
  const KnownMatch other{D(9), 2, "sip:109@acme.example"};
  const MatchChanges changes =
      CompareMatches({kFirst, kSecond}, {first_anew, other}, 2, {D(8), D(9)});
  EXPECT_THAT(changes.announced, ElementsAre(other));
  EXPECT_THAT(changes.revoked, ElementsAre(kSecond));
  EXPECT_THAT(changes.known, ElementsAre(first_anew, other));
}

}  // namespace
}  // namespace smartcontacts::client
