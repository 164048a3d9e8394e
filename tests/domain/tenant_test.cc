#include "domain/tenant.h"

#include <gtest/gtest.h>

namespace smartcontacts {
namespace {

Tenant ValidTenant() {
  Tenant tenant{.id = *TenantId::Parse("acme"), .sip_domains = {"acme.example"}};
  tenant.policy.dial_plan.default_region = "DE";
  return tenant;
}

TEST(TenantPolicy, EveryQuotaHasLimits) {
  ASSERT_TRUE(Validate(ValidTenant()).ok()) << Validate(ValidTenant());
  for (std::int64_t MatchQuota::*field :
       {&MatchQuota::full_capacity, &MatchQuota::full_refill_per_day,
        &MatchQuota::incremental_capacity, &MatchQuota::incremental_refill_per_day,
        &MatchQuota::evaluation_capacity, &MatchQuota::evaluation_refill_per_day}) {
    for (const auto& [value, valid] : {std::pair<std::int64_t, bool>{-1, false},
                                       {0, false},
                                       {1, true},
                                       {1'000'000'000, true},
                                       {1'000'000'001, false}}) {
      Tenant tenant = ValidTenant();
      tenant.policy.match_quota.*field = value;
      EXPECT_EQ(Validate(tenant).ok(), valid) << value;
    }
  }
}

}  // namespace
}  // namespace smartcontacts
