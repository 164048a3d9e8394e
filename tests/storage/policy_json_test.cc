#include "storage/policy_json.h"

#include <gtest/gtest.h>

namespace smartcontacts::storage {
namespace {

// A new setting needs no migration.
TEST(PolicyJson, WhatAnEarlierVersionDidNotWriteHasItsDefault) {
  const auto policy = PolicyFromJson(
      R"({"match_quota": {"full_capacity": 7, "full_refill_per_day": 8,
          "incremental_capacity": 9, "incremental_refill_per_day": 10}})");
  ASSERT_TRUE(policy.ok()) << policy.status();
  MatchQuota expected{.full_capacity = 7,
                      .full_refill_per_day = 8,
                      .incremental_capacity = 9,
                      .incremental_refill_per_day = 10};
  expected.evaluation_capacity = 5'000;
  expected.evaluation_refill_per_day = 100;
  EXPECT_EQ(policy->match_quota, expected);
  EXPECT_EQ(*PolicyFromJson("{}"), TenantPolicy());
}

}  // namespace
}  // namespace smartcontacts::storage
