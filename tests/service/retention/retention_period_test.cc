#include "service/retention/retention_period.h"

#include <gtest/gtest.h>

#include "tests/conformance/fixtures.h"

namespace smartcontacts::service {
namespace {

using fixtures::kNow;

TEST(RetentionPeriodTest, TheShorterOfPeriodAndCeilingCounts) {
  Tenant tenant = fixtures::NewTenant("acme");
  tenant.policy.retention = {.offered = true, .period = absl::Hours(48)};
  EXPECT_EQ(SyncedAfter(tenant, absl::Hours(72), kNow), kNow - absl::Hours(48));
  EXPECT_EQ(SyncedAfter(tenant, absl::Hours(24), kNow), kNow - absl::Hours(24));
}

TEST(RetentionPeriodTest, WithoutAnOfferNothingThatIsRetainedIsUsed) {
  Tenant tenant = fixtures::NewTenant("acme");
  tenant.policy.retention.offered = false;
  EXPECT_EQ(SyncedAfter(tenant, absl::Hours(72), kNow), absl::InfiniteFuture());
}

}  // namespace
}  // namespace smartcontacts::service
