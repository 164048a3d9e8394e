#include "tests/conformance/sync_property.h"

namespace smartcontacts::storage {

TEST_P(SyncProperty, AnyHistoryAgreesWithTheModel) {
  EXPECT_TRUE(rc::check("a history of syncs", [this] {
    Reset();
    Check(*rc::gen::container<std::vector<Move>>(sync_property::Moves()));
  }));
}

}  // namespace smartcontacts::storage
