#include "service/replication/follower.h"

#include <gmock/gmock.h>

#include <memory>

#include "absl/time/clock.h"
#include "crypto/master_key.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/fixtures.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::service {
namespace {

using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Another server purged the tenant, whose directory this one does not have in memory: a request in
// the private mode or of an administrator left only its key here.
TEST(FollowerTest, AKeyOfATenantThatIsGoneLeavesMemory) {
  crypto::InitializeOrDie();
  const TemporaryDirectory directory;
  const auto key_store = *storage::OpenSqliteKeyStore(directory / "keys.db");
  const auto keys = *storage::KeyRing::Open(
      *crypto::MasterKey::Parse(crypto::MasterKey::GenerateText()), *key_store);
  const auto store = *storage::OpenSqliteStore(directory / "data.db", *keys);
  ASSERT_TRUE(store->CreateTenant(fixtures::NewTenant("acme"), fixtures::Salt(1), By(kNow)).ok());
  ASSERT_TRUE(keys->GetOrCreate(Id("purged"), kNow).ok());
  ASSERT_THAT(keys->Held(), UnorderedElementsAre(Id("acme"), Id("purged")));

  const Log log = *Log::Create("error");
  const auto clock = [] { return kNow; };
  TenantCache tenants(*store, clock, log, std::size_t{1} << 30);
  Freshness freshness(absl::Seconds(60), false);
  const Follower follower({*store, *keys, tenants, freshness, log, [] {}});
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (keys->Held().size() > 1 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_THAT(keys->Held(), ElementsAre(Id("acme")));
}

}  // namespace
}  // namespace smartcontacts::service
