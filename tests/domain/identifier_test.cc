#include "domain/identifier.h"

#include <gtest/gtest.h>

namespace smartcontacts {
namespace {

TEST(Identifier, AcceptsTheThreeCanonicalForms) {
  for (const char* text : {"tel:+4985449180", "tel:+123", "tel:+123456789012345",
                           "tel:+4985449180;ext=1", "tel:+4985449180;ext=1234567",
                           "tel:10;phone-context=acme.example", "tel:123456;phone-context=a"}) {
    const auto identifier = Identifier::Parse(text);
    ASSERT_TRUE(identifier.ok()) << text;
    EXPECT_EQ(identifier->value(), text);
  }
}

TEST(Identifier, RefusesEverythingElse) {
  for (const char* text : {"",
                           "tel:",
                           "tel:+",
                           "+4985449180",
                           "tel:+12",
                           "tel:+1234567890123456",
                           "tel:+0123456",
                           "tel:+49 8544",
                           "tel:+49-8544",
                           "TEL:+4985449180",
                           "tel:+4985449180;ext=",
                           "tel:+4985449180;ext=12345678",
                           "tel:+4985449180;ext=1;ext=2",
                           "tel:+4985449180;ext=x",
                           "tel:+4985449180;phone-context=a",
                           "tel:101",
                           "tel:1;phone-context=a",
                           "tel:1234567;phone-context=a",
                           "tel:101;phone-context=",
                           "tel:101;phone-context=A.example",
                           "tel:101;phone-context=a;ext=1",
                           "tel:*21;phone-context=a",
                           "tel:+4985449180 "}) {
    EXPECT_FALSE(Identifier::Parse(text).ok()) << text;
  }
}

TEST(Identifier, KnowsItsPhoneContext) {
  EXPECT_EQ(Identifier::Extension("101", "acme.example")->phone_context(), "acme.example");
  EXPECT_EQ(Identifier::Global("4985449180")->phone_context(), std::nullopt);
}

}  // namespace
}  // namespace smartcontacts
